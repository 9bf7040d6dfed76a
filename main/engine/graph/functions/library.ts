import { fail } from '../../kit/index.ts'
import { readAttr } from '../formats/graphdef.ts'
import { type Room, roomFor } from '../formats/tensorProto.ts'
import type { AttrValue } from '../gen/attr_value_pb.ts'
import type { FunctionDef, FunctionDefLibrary } from '../gen/function_pb.ts'
import type { NodeDef } from '../gen/node_def_pb.ts'
import type { Attr } from '../graph.ts'

/** Functions by name, and what room their constants may take. */
export interface Library extends Map<string, FunctionDef> {
  room: Room
}

export const openLibrary = (library: FunctionDefLibrary | undefined): Library =>
  Object.assign(
    new Map((library?.function ?? []).map(definition => [definition.signature?.name ?? '', definition])),
    { room: roomFor() },
  )

/** More than any model has: TensorFlow's own largest reach some ten thousand operations and ten levels of calls. */
const MOST_NODES = 400_000
const MOST_LETTERS = 2 ** 28
const DEEPEST = 200

const CALLS = new Set(['PartitionedCall', 'StatefulPartitionedCall'])
const CHOICES = new Set(['If', 'StatelessIf', 'Case', 'StatelessCase'])

export const isChoice = (op: string): boolean => CHOICES.has(op)

interface Call {
  name: string
  /** What the call sets for the attributes that the function leaves open. */
  attrs: Record<string, Attr>
}

/** The function that a node calls at once: by attribute, or by having its name as operation (TF1). */
export function callOf(
  node: { op: string; attrs: Record<string, Attr> },
  library: Library,
): Call | undefined {
  if (CALLS.has(node.op)) {
    const [call] = functionsIn(node.attrs.f)
    return call && { name: call.name, attrs: { ...node.attrs, ...readAttrs(call.attr, library.room) } }
  }
  return library.has(node.op) ? { name: node.op, attrs: node.attrs } : undefined
}

/** The functions that an attribute names. */
export function functionsIn(attr: Attr | undefined): { name: string; attr: { [name: string]: AttrValue } }[] {
  if (attr?.kind !== 'opaque') return []
  const { value } = attr.value
  if (value.case === 'func') return [value.value]
  return value.case === 'list' ? value.value.func : []
}

const READ = new WeakMap<AttrValue, Attr>()

/** Attributes as the graph holds them. A value that is read again, as in a function called twice, is not copied again. */
export function readAttrs(attrs: { [name: string]: AttrValue }, room: Room): Record<string, Attr> {
  return Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => {
      const known = READ.get(value)
      if (known) return [name, known]
      const attr = readAttr(value, name, room)
      READ.set(value, attr)
      return [name, attr]
    }),
  )
}

interface Weight {
  nodes: number
  letters: number
  depth: number
}

/**
 * What is wrong with the functions that are reached from some nodes before any of them is written out: one that calls
 * itself, one that is not there, or calls of calls whose body would be larger than any model.
 * @throws Failure `unsupported-graph`, `unreadable-file`
 */
export function checkCalls(
  nodes: Iterable<{ name: string; op: string; attrs: Record<string, Attr> }>,
  library: Library,
): void {
  const weights = new Map<string, Weight>()
  const callees = new Map<string, Callee[]>()
  const open = new Set<string>()
  const root = [...nodes].flatMap(node =>
    [
      ...Object.values(node.attrs)
        .flatMap(functionsIn)
        .map(({ name }) => name),
      ...(library.has(node.op) ? [node.op] : []),
    ].map(name => ({ by: node.name, name })),
  )
  for (const { by, name } of root) if (!library.has(name)) throw missing(name, by)
  const stack = root.map(({ name }) => name)
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    if (weights.has(name)) {
      stack.pop()
      continue
    }
    const definition = library.get(name) as FunctionDef
    const calls = callees.get(name) ?? calleesOf(definition, library)
    callees.set(name, calls)
    if (!open.has(name)) {
      open.add(name)
      const next = calls.map(call => call.name).filter(callee => !weights.has(callee))
      const again = next.find(callee => open.has(callee))
      if (again !== undefined) throw recursive(again)
      if (next.length > 0) {
        for (const callee of new Set(next)) stack.push(callee)
        continue
      }
    }
    stack.pop()
    weights.set(name, weigh(name, definition, calls, weights))
    open.delete(name)
  }
  let sum = 0
  for (const { name } of root) sum += weights.get(name)?.nodes ?? 0
  if (sum > MOST_NODES) throw tooLarge(root[0]?.name ?? '')
}

interface Callee {
  by: string
  name: string
}

const calleesOf = ({ nodeDef }: FunctionDef, library: Library): Callee[] =>
  nodeDef.flatMap(node => {
    const names = calledBy(node)
    if (library.has(node.op)) names.push(node.op)
    for (const name of names) if (!library.has(name)) throw missing(name, node.name)
    return names.map(name => ({ by: node.name, name }))
  })

const calledBy = ({ attr }: NodeDef): string[] =>
  Object.values(attr).flatMap(({ value }) => {
    if (value.case === 'func') return [value.value.name]
    return value.case === 'list' ? value.value.func.map(({ name }) => name) : []
  })

function weigh(
  name: string,
  { nodeDef }: FunctionDef,
  calls: Callee[],
  weights: Map<string, Weight>,
): Weight {
  const weight = { nodes: nodeDef.length, letters: 0, depth: 1 }
  for (const node of nodeDef) weight.letters += node.name.length
  for (const call of calls) {
    const inner = weights.get(call.name) as Weight
    weight.nodes += inner.nodes
    weight.letters += inner.letters + (call.by.length + 1) * inner.nodes
    weight.depth = Math.max(weight.depth, inner.depth + 1)
  }
  if (weight.nodes > MOST_NODES || weight.letters > MOST_LETTERS) throw tooLarge(name)
  if (weight.depth > DEEPEST)
    throw fail(
      'unsupported-graph',
      `The functions of the model call each other more than ${DEEPEST} levels deep.`,
      'Export the model again with fewer functions inside functions.',
      { node: name },
    )
  return weight
}

const missing = (name: string, node: string) =>
  fail(
    'unreadable-file',
    `"${node}" calls the function "${name}", which the model does not hold.`,
    'The file may be cut off; export the model again.',
    { node },
  )

const recursive = (name: string) =>
  fail(
    'unsupported-graph',
    `The function "${name}" of the model calls itself.`,
    'Write the recursion as a loop (tf.while_loop) and export the model again.',
    { node: name },
  )

const tooLarge = (name: string) =>
  fail(
    'unsupported-graph',
    `The function "${name}" calls others so many times that it would become more than ${MOST_NODES} operations.`,
    'Export the model again with fewer calls of functions inside functions.',
    { node: name },
  )

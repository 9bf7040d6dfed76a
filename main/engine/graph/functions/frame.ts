import { fail } from '../../kit/index.ts'
import type { FunctionDef } from '../gen/function_pb.ts'
import type { Attr } from '../graph.ts'
import { isChoice, type Library } from './library.ts'
import { countOf, type Reference, readReference } from './reference.ts'
import { type Step, stepOf } from './step.ts'

/** A call whose function's body stands in its place. */
export interface Inlined {
  results: Reference[]
  /** First result of each by its name; undefined where results are called `output`, with a place. */
  places?: Map<string, number>
  /** What runs before the call is done. */
  done: string[]
  /** Node that waits for `done`, made when somebody asks for it. */
  join?: string
}

/** A function's body being written out: its nodes get the call's name before their own. */
export interface Frame {
  call: Step
  steps: Step[]
  at: number
  names: Map<string, string>
  args: Map<string, Reference[]>
  bindings: Record<string, Attr>
  /** What waits for the call's own orders: nodes that read nothing inside. */
  before: string[]
}

/** A call about to be written out. @throws Failure `unreadable-file` for a body that does not fit */
export function frameOf(
  call: Step,
  definition: FunctionDef,
  unique: (name: string) => string,
  library: Library,
): Frame {
  const args = new Map<string, Reference[]>()
  let at = 0
  // A choice hands its branch all but the first of its inputs.
  const given = isChoice(call.op) ? call.inputs.slice(1) : call.inputs
  for (const arg of definition.signature?.inputArg ?? []) {
    const count = countOf(arg, call.attrs)
    args.set(arg.name, given.slice(at, at + count))
    at += count
  }
  const steps = definition.nodeDef.map(node => stepOf(node, library.room))
  const names = new Map<string, string>()
  for (const { name } of steps) {
    if (names.has(name))
      throw fail(
        'unreadable-file',
        `The function that "${call.name}" calls has two operations named "${name}".`,
        'The file may be damaged; export the model again.',
        { node: call.name },
      )
    names.set(name, unique(`${call.name}/${name}`))
  }
  return {
    call,
    steps,
    at: 0,
    names,
    args,
    bindings: call.attrs,
    before: call.controls,
  }
}

/** What the call's results are once its body stands in its place. */
export function inlinedOf(step: Step, definition: FunctionDef, frame: Frame, library: Library): Inlined {
  const places = new Map<string, number>()
  const results: Reference[] = []
  for (const arg of definition.signature?.outputArg ?? []) {
    places.set(arg.name, results.length)
    const first = readReference(definition.ret[arg.name] ?? arg.name)
    const count = countOf(arg, frame.bindings)
    for (let i = 0; i < count; i++) results.push(within(frame, { ...first, index: first.index + i }))
  }
  const controls = Object.values(definition.controlRet)
  const done =
    controls.length > 0
      ? controls.map(name => frame.names.get(name) ?? name)
      : results.map(({ node }) => node)
  return { results, done: [...new Set(done)], ...(library.has(step.op) && { places }) }
}

/** A node of a function's body under the name it gets in place of the call. */
export function place(step: Step, frame: Frame): Step {
  const { call } = frame
  const name = frame.names.get(step.name) as string
  const folder = call.scope.slice(0, Math.max(call.scope.lastIndexOf('/'), 0))
  const inputs = step.inputs.map(input => within(frame, input))
  const isSource = step.inputs.every(input => frame.args.has(input.node)) && step.controls.length === 0
  return {
    name,
    op: step.op,
    device: step.device || call.device,
    inputs,
    controls: [
      ...step.controls.flatMap(source => controlIn(frame, source)),
      ...(isSource ? frame.before : []),
    ],
    attrs: bind(withoutPlace(step.attrs), frame.bindings),
    origin: { ...call.origin, node: `${call.origin.node}/${step.name}` },
    scope: !folder || step.scope.startsWith(`${folder}/`) ? step.scope : `${folder}/${step.scope}`,
  }
}

/** Which nodes share a device is said by names, which change here. */
function withoutPlace({ _class, ...attrs }: Record<string, Attr>): Record<string, Attr> {
  return attrs
}

function controlIn(frame: Frame, source: string): string[] {
  const name = frame.names.get(source)
  if (name !== undefined) return [name]
  return (frame.args.get(source) ?? []).map(({ node }) => node)
}

/** What a reference of a body means outside of it; a hole where a call gives fewer inputs than the function takes. */
function within(frame: Frame, reference: Reference): Reference {
  const name = frame.names.get(reference.node)
  if (name !== undefined) return { ...reference, node: name }
  const index = 'port' in reference ? reference.port : reference.index
  const arg = frame.args.get(reference.node)?.[index]
  if (arg) return arg
  const { call } = frame
  throw fail(
    'unreadable-file',
    `The function that "${call.name}" calls reads "${reference.node}", which is not in it.`,
    'The file may be cut off; export the model again.',
    { node: call.name },
  )
}

/** Attributes that a TF1 function leaves to its caller. */
function bind(attrs: Record<string, Attr>, bindings: Record<string, Attr>): Record<string, Attr> {
  const isOpen = (attr: Attr) => attr.kind === 'opaque' && attr.value.value.case === 'placeholder'
  if (!Object.values(attrs).some(isOpen)) return attrs
  return Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => {
      const open =
        value.kind === 'opaque' && value.value.value.case === 'placeholder' ? value.value.value.value : ''
      return [name, (open && bindings[open]) || value]
    }),
  )
}

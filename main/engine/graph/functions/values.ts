import { clone, create } from '@bufbuild/protobuf'
import { fail } from '../../kit/index.ts'
import { codeOf } from '../dtype.ts'
import { type AttrValue, AttrValueSchema } from '../gen/attr_value_pb.ts'
import { type FunctionDef, FunctionDefSchema } from '../gen/function_pb.ts'
import { OpDefSchema } from '../gen/op_def_pb.ts'
import { TensorShapeProto_DimSchema } from '../gen/tensor_shape_pb.ts'
import { type Attr, attr, constant, type DataType } from '../graph.ts'
import { type Step, stepOf } from './expand.ts'
import { nodeDefOf } from './flatten.ts'
import { functionsIn, type Library } from './library.ts'
import { portIn, type Reference, readReference, writeReference } from './reference.ts'

/** What a handle leads to. */
export interface Held {
  name: string
  dtype: DataType
  shape: number[]
}

/** Nodes that hand on what they are given, and which of their outputs carry an input. */
const CARRIERS: Record<string, (input: number) => number[]> = {
  Identity: () => [0],
  IdentityN: input => [input],
  StopGradient: () => [0],
  Switch: input => (input === 0 ? [0, 1] : []),
  Merge: () => [0],
  Enter: () => [0],
  Exit: () => [0],
  NextIteration: () => [0],
  While: input => [input],
  StatelessWhile: input => [input],
}

/** Ports by the variable whose handle comes out of them. */
type Handles = Map<string, Held>

/**
 * Makes nodes read a value where they were given the handle of a variable: `ReadVariableOp` becomes `Identity`,
 * `ResourceGather` `GatherV2`, and so on; nodes that hand it on, loops and choices carry the value instead, for which
 * their functions are written anew.
 */
export class Values {
  readonly library: Library
  /** Functions written anew, by what they are given. */
  readonly made = new Map<string, FunctionDef>()

  constructor(library: Library) {
    this.library = library
  }

  /**
   * @param sources by name of the node (in a function: argument) whose only output was a handle and is a value now
   * @returns nodes, with some more; and what any reference leads to
   * @throws Failure `unsupported-graph`, with the node, for one that does more with a variable than read it
   */
  read(
    steps: Step[],
    sources: Map<string, Held>,
  ): { steps: Step[]; held(reference: Reference): Held | undefined } {
    const byName = new Map(steps.map(step => [step.name, step]))
    const keyOf = (reference: Reference): string => {
      if ('port' in reference) return `${reference.node}:${reference.port}`
      const source = byName.get(reference.node)
      return `${reference.node}:${source ? portIn(source, reference) : reference.index}`
    }
    const handles = trace(steps, keyOf, sources)
    const held = (reference: Reference) => handles.get(keyOf(reference))
    const changed = new Set<string>()
    const made: Step[] = []
    for (const step of steps) {
      const inputs = step.inputs.map(held)
      if (!inputs.some(Boolean) || sources.has(step.name)) {
        made.push(step)
        continue
      }
      changed.add(step.name)
      made.push(...this.#changed(step, inputs))
    }
    for (const step of made)
      step.inputs = step.inputs.map(input =>
        'out' in input && changed.has(input.node) ? { ...input, out: 'output' } : input,
      )
    return { steps: made, held }
  }

  #changed(step: Step, inputs: (Held | undefined)[]): Step[] {
    const first = inputs[0]
    if (step.op === 'While' || step.op === 'StatelessWhile') return [this.#loop(step, inputs)]
    if (['If', 'StatelessIf', 'Case', 'StatelessCase'].includes(step.op)) return [this.#choice(step, inputs)]
    if (Object.hasOwn(CARRIERS, step.op) && step.op !== 'IdentityN') {
      const held = first ?? inputs.find(Boolean)
      return [{ ...step, attrs: { ...plainAttrs(step), T: attr.type((held as Held).dtype) } }]
    }
    const rewrite = first && Object.hasOwn(READERS, step.op) ? READERS[step.op] : undefined
    if (!first || !rewrite) throw doesMore(step, first ?? (inputs.find(Boolean) as Held))
    return rewrite(step, first)
  }

  #loop(step: Step, inputs: (Held | undefined)[]): Step {
    const attrs = { ...step.attrs }
    for (const role of ['cond', 'body']) attrs[role] = this.#anew(attrs[role], inputs, step, role === 'body')
    attrs.T = withTypes(attrs.T, inputs)
    if (attrs.output_shapes) attrs.output_shapes = withShapes(attrs.output_shapes, inputs)
    const { _output_shapes, ...kept } = attrs
    return { ...step, attrs: kept }
  }

  #choice(step: Step, inputs: (Held | undefined)[]): Step {
    const attrs = { ...step.attrs }
    const given = inputs.slice(1)
    for (const role of ['then_branch', 'else_branch', 'branches'])
      if (attrs[role]) attrs[role] = this.#anew(attrs[role], given, step, false)
    attrs.Tin = withTypes(attrs.Tin, given)
    return { ...step, attrs }
  }

  /** The attribute with its functions written anew for the values that they are given. */
  #anew(named: Attr | undefined, given: (Held | undefined)[], step: Step, isBody: boolean): Attr {
    if (named?.kind !== 'opaque')
      throw fail(
        'unreadable-file',
        `"${step.name}" (${step.op}) names no function.`,
        'Export the model again.',
        {
          node: step.name,
        },
      )
    const value = clone(AttrValueSchema, named.value)
    for (const func of functionsIn({ kind: 'opaque', value }))
      func.name = this.#function(func.name, given, isBody)
    return { kind: 'opaque', value }
  }

  #function(name: string, given: (Held | undefined)[], isBody: boolean): string {
    const key = given.map(held => (held ? `${held.dtype}[${held.shape}]` : '')).join(';')
    const id = `${name} ${key}`
    const before = this.made.get(id)
    if (before) return before.signature?.name as string
    const definition = this.library.get(name)
    if (!definition?.signature)
      throw fail(
        'unreadable-file',
        `The model does not hold its function "${name}".`,
        'Export the model again.',
      )
    const taken = new Set([...this.made.values()].map(({ signature }) => signature?.name))
    let frozen = `${name}_frozen`
    for (let i = 1; taken.has(frozen) || this.library.has(frozen); i++) frozen = `${name}_frozen_${i}`
    const signature = clone(OpDefSchema, definition.signature)
    signature.name = frozen
    const made = create(FunctionDefSchema, { ...definition, signature, resourceArgUniqueId: {} })
    // Kept before its body is looked at: a function that reaches itself finds the name here.
    this.made.set(id, made)
    const sources = new Map<string, Held>()
    for (const [i, held] of given.entries()) {
      const arg = signature.inputArg[i]
      if (!held || !arg) continue
      arg.type = codeOf(held.dtype)
      arg.handleData = []
      arg.experimentalFullType = undefined
      sources.set(arg.name, held)
    }
    const { steps, held } = this.read(
      definition.nodeDef.map(node => stepOf(node, this.library.room)),
      sources,
    )
    const changed = new Set(
      steps.filter(step => step.op !== byName(definition).get(step.name)?.op).map(s => s.name),
    )
    made.ret = Object.fromEntries(
      Object.entries(definition.ret).map(([result, text]) => {
        const reference = readReference(text)
        const isChanged = changed.has(reference.node) && reference.out
        return [result, isChanged ? writeReference({ ...reference, out: 'output' }) : text]
      }),
    )
    for (const [i, result] of signature.outputArg.entries()) {
      const back = held(readReference(definition.ret[result.name] ?? result.name))
      if (!back) continue
      if (!isBody || back.name !== given[i]?.name) throw notConstant(name, back)
      result.type = codeOf(back.dtype)
      result.handleData = []
      result.experimentalFullType = undefined
    }
    made.argAttr = {}
    made.attr = Object.fromEntries(Object.entries(definition.attr).filter(([key]) => key !== '_input_shapes'))
    made.nodeDef = steps.map(nodeDefOf)
    return frozen
  }
}

const byName = ({ nodeDef }: FunctionDef) => new Map(nodeDef.map(node => [node.name, node]))

/** Follows handles through what hands them on. */
function trace(steps: Step[], keyOf: (reference: Reference) => string, sources: Map<string, Held>): Handles {
  const readers = new Map<string, { step: Step; input: number }[]>()
  for (const step of steps)
    for (const [input, reference] of step.inputs.entries()) {
      const key = keyOf(reference)
      const list = readers.get(key)
      if (list) list.push({ step, input })
      else readers.set(key, [{ step, input }])
    }
  const handles: Handles = new Map()
  const open: [string, Held][] = [...sources].map(([name, held]) => [`${name}:0`, held])
  for (let next = open.pop(); next; next = open.pop()) {
    const [key, held] = next
    const before = handles.get(key)
    if (before) {
      if (before.name !== held.name) throw notConstant(key.slice(0, key.lastIndexOf(':')), held)
      continue
    }
    handles.set(key, held)
    for (const { step, input } of readers.get(key) ?? []) {
      const carrier = Object.hasOwn(CARRIERS, step.op) ? CARRIERS[step.op] : undefined
      for (const port of carrier?.(input) ?? []) open.push([`${step.name}:${port}`, held])
    }
  }
  return handles
}

const doesMore = (step: Step, held: Held) =>
  fail(
    'unsupported-graph',
    `"${step.name}" (${step.op}) does more with the variable "${held.name}" than read it.`,
    'Freeze the part of the graph that predicts, not the one that trains.',
    { node: step.name, ...(step.origin.layer && { layer: step.origin.layer }) },
  )

const notConstant = (node: string, held: Held) =>
  fail(
    'unsupported-graph',
    `"${node}" decides at run time which variable it reads, the variable "${held.name}" or another.`,
    'Choose outputs before it, or export the model so that each place reads one variable.',
    { node },
  )

/** Attributes that said what kind of handle there was. */
function plainAttrs(step: Step): Record<string, Attr> {
  const { _output_shapes, _handle_dtypes, _handle_shapes, ...kept } = step.attrs
  return kept
}

const READERS: Record<string, (step: Step, held: Held) => Step[]> = {
  ReadVariableOp: (step, { dtype }) => [{ ...step, op: 'Identity', attrs: { T: attr.type(dtype) } }],
  ResourceGather: (step, { dtype }) => {
    const { batch_dims, Tindices } = step.attrs
    const axis = batch_dims?.kind === 'int' ? batch_dims.value : 0
    const { name } = step
    const place = constant(`${name}/axis`, { dtype: 'int32', shape: [], data: Int32Array.of(axis) })
    return [
      { ...place, controls: [], origin: step.origin, scope: step.scope, inputs: [] },
      {
        ...step,
        op: 'GatherV2',
        inputs: [
          ...step.inputs,
          'port' in (step.inputs[0] as Reference)
            ? { node: place.name, port: 0 }
            : { node: place.name, out: 'output', index: 0 },
        ],
        attrs: {
          Tparams: attr.type(dtype),
          Tindices: Tindices ?? attr.type('int32'),
          Taxis: attr.type('int32'),
          batch_dims: attr.int(axis),
        },
      },
    ]
  },
  ResourceGatherNd: (step, { dtype }) => [
    {
      ...step,
      op: 'GatherNd',
      attrs: { Tparams: attr.type(dtype), Tindices: step.attrs.Tindices ?? attr.type('int32') },
    },
  ],
  VariableShape: (step, { dtype }) => [
    {
      ...step,
      op: 'Shape',
      attrs: { T: attr.type(dtype), out_type: step.attrs.out_type ?? attr.type('int32') },
    },
  ],
  VarIsInitializedOp: step => [isTrue(step)],
  DisableCopyOnRead: step => [{ ...step, op: 'NoOp', inputs: [], attrs: {} }],
}

const isTrue = (step: Step): Step => ({
  ...step,
  ...constant(step.name, { dtype: 'bool', shape: [], data: Uint8Array.of(1) }, step.controls),
  inputs: [],
  origin: step.origin,
})

/** A list of types in which values stand where there were handles. */
function withTypes(types: Attr | undefined, held: (Held | undefined)[]): Attr {
  const value = clone(AttrValueSchema, (types as { value: AttrValue }).value)
  if (value.value.case === 'list')
    for (const [i, one] of held.entries()) if (one) value.value.value.type[i] = codeOf(one.dtype)
  return { kind: 'opaque', value }
}

function withShapes(shapes: Attr, held: (Held | undefined)[]): Attr {
  if (shapes.kind !== 'opaque') return shapes
  const value = clone(AttrValueSchema, shapes.value)
  if (value.value.case === 'list')
    for (const [i, one] of held.entries()) {
      const shape = value.value.value.shape[i]
      if (!one || !shape) continue
      shape.unknownRank = false
      shape.dim = one.shape.map(size => create(TensorShapeProto_DimSchema, { size: BigInt(size) }))
    }
  return { kind: 'opaque', value }
}

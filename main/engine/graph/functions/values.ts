import { clone, create } from '@bufbuild/protobuf'
import { fail } from '../../kit/index.ts'
import { codeOf } from '../dtype.ts'
import { AttrValueSchema } from '../gen/attr_value_pb.ts'
import { type FunctionDef, FunctionDefSchema } from '../gen/function_pb.ts'
import { OpDefSchema } from '../gen/op_def_pb.ts'
import { TensorShapeProto_DimSchema } from '../gen/tensor_shape_pb.ts'
import { type Attr, attr } from '../graph.ts'
import { nodeDefOf } from './flatten.ts'
import { type Held, isCarrier, notConstant, trace } from './handles.ts'
import { functionsIn, isChoice, type Library } from './library.ts'
import { plainAttrs, READERS } from './readers.ts'
import { portIn, type Reference, readReference, writeReference } from './reference.ts'
import { type Step, stepOf } from './step.ts'

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
      if (Object.hasOwn(READERS, step.op)) changed.add(step.name)
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
    if (isChoice(step.op)) return [this.#choice(step, inputs)]
    if (isCarrier(step.op)) {
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

const doesMore = (step: Step, held: Held) =>
  fail(
    'unsupported-graph',
    `"${step.name}" (${step.op}) does more with the variable "${held.name}" than read it.`,
    'Freeze the part of the graph that predicts, not the one that trains.',
    { node: step.name, ...(step.origin.layer && { layer: step.origin.layer }) },
  )

/** A list of types in which values stand where there were handles. */
function withTypes(types: Attr | undefined, held: (Held | undefined)[]): Attr {
  if (types?.kind !== 'opaque') throw noTypes()
  const value = clone(AttrValueSchema, types.value)
  if (value.value.case === 'list')
    for (const [i, one] of held.entries()) if (one) value.value.value.type[i] = codeOf(one.dtype)
  return { kind: 'opaque', value }
}

const noTypes = () =>
  fail(
    'unreadable-file',
    'A loop or choice of the model does not say what it is given.',
    'The file may be damaged; export the model again.',
  )

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

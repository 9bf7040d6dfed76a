import type { Endpoint } from '../../../graph.ts'
import { afterSources } from '../../../order.ts'
import type { LiteModel, LiteOperator, LiteTensor } from '../model.ts'
import type { Draft, Operation, Range, Value } from './draft.ts'

/** A graph as a model of TensorFlow Lite. */
export interface Lowered {
  model: LiteModel
  /** Ranges that training has seen (fake quantization), by index of the tensor. */
  ranges: Map<number, Range>
}

/** The calls that led to a node say nothing of the model, and files of small models are made of names. */
const CALLS = /^(?:(?:Stateful)?PartitionedCall(?:_\d+)?\/)+(?=.)/

/** The draft as a model: what the outputs need, each operator after those that it reads. */
export function finish(
  draft: Draft,
  inputs: Endpoint[],
  outputs: Endpoint[],
  about: { name: string; isOpen: boolean },
): Lowered {
  const tensors: LiteTensor[] = []
  const ranges = new Map<number, Range>()
  const indices = new Map<Value, number>()
  const constants = new Map<string, number>()
  const buffers = new Map<unknown, number>()
  const names = new Map<string, number>()

  const unique = (whole: string) => {
    const name = whole.replace(CALLS, '')
    const count = names.get(name) ?? 0
    names.set(name, count + 1)
    return count === 0 ? name : `${name};${count}`
  }
  /** Equal constants of a few elements, and those that share their elements, are one tensor. */
  const keyOf = ({ data, type, shape, range }: Value) => {
    if (!data) return undefined
    if (!buffers.has(data)) buffers.set(data, buffers.size)
    const content = data.length <= 16 ? data.join() : `#${buffers.get(data)}`
    return `${type}[${shape}]${content}|${range?.min},${range?.max}`
  }
  const index = (value: Value | undefined): number => {
    if (!value) return -1
    const found = indices.get(value)
    if (found !== undefined) return found
    const key = keyOf(value)
    const twin = key === undefined ? undefined : constants.get(key)
    if (twin !== undefined) {
      indices.set(value, twin)
      return twin
    }
    const at = tensors.push(tensorOf(value, unique(value.name), about.isOpen)) - 1
    indices.set(value, at)
    if (key !== undefined) constants.set(key, at)
    if (value.range) ranges.set(at, value.range)
    return at
  }

  ownOutputs(draft, outputs)
  const starts = draft.inputs.map(index)
  const operators = inOrder(draft).map(
    (operation): LiteOperator => ({
      op: operation.op,
      customCode: operation.customCode,
      version: 1,
      inputs: operation.inputs.map(index),
      outputs: operation.outputs.map(index),
      options: operation.options,
      origin: operation.origin,
    }),
  )
  const ends = draft.outputs.map(index)
  const named = (list: Endpoint[], tensorsOf: number[]) =>
    list.map((end, i) => ({ name: end.key ?? end.name, tensor: tensorsOf[i] as number }))
  const model: LiteModel = {
    description: about.name,
    subgraphs: [{ name: 'main', tensors, operators, inputs: starts, outputs: ends }],
    signatures: [
      { key: 'serving_default', subgraph: 0, inputs: named(inputs, starts), outputs: named(outputs, ends) },
    ],
    metadata: [],
  }
  return { model, ranges }
}

/**
 * Each output has a tensor of its own that an operator writes: runtimes hand over no others. What is an input, or another
 * output too, is copied by a RESHAPE to its own shape.
 */
function ownOutputs(draft: Draft, ends: Endpoint[]): void {
  const taken = new Set(draft.inputs)
  for (const [i, value] of draft.outputs.entries()) {
    if (!taken.has(value)) {
      taken.add(value)
      continue
    }
    const name = ends[i]?.name ?? value.name
    const { type, shape, signature, origin } = value
    const sizes = [...(signature ?? shape)]
    const data = Int32Array.from(sizes)
    const target = draft.value({ name: `${name}/shape`, type: 'int32', shape: [sizes.length], data, origin })
    const copy = draft.value({ name, type, shape, signature, origin })
    const options = { new_shape: sizes }
    draft.add({ op: 'RESHAPE', inputs: [value, target], outputs: [copy], options, origin })
    draft.outputs[i] = copy
  }
}

function tensorOf(value: Value, name: string, isOpen: boolean): LiteTensor {
  const { type, shape, signature, data, quantization, origin } = value
  return {
    name,
    type,
    shape,
    ...(isOpen && signature ? { signature } : {}),
    ...(data ? { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) } : {}),
    ...(quantization ? { quantization } : {}),
    ...(origin ? { origin } : {}),
  }
}

/** Operations that the outputs need, in the order in which they were added as far as what they read allows. */
function inOrder(draft: Draft): Operation[] {
  const needed = new Set<Operation>()
  const open = draft.outputs.map(value => value.maker)
  for (let next = open.pop(); next !== undefined || open.length > 0; next = open.pop()) {
    if (!next || needed.has(next)) continue
    needed.add(next)
    for (const input of next.inputs) if (input?.maker) open.push(input.maker)
  }
  const wanted = draft.operations.filter(operation => needed.has(operation))
  return afterSources(wanted, ({ inputs }) => inputs.map(input => input?.maker))
}

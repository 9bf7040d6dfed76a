import type { Tensor as TfTensor } from '@tensorflow/tfjs'
import { fail } from '../../kit/index.ts'
import type { Tf } from '../../tensor/index.ts'
import { attrOf, type GraphNode } from '../graph.ts'
import type { Made, Operand } from './operand.ts'

/** One operation to compute: what it is and what it reads. */
export interface Call {
  tf: Tf
  node: GraphNode
  inputs: Operand[]
}

/** Computes one operation in TensorFlow's meaning of it; more than one result where the operation has several. */
export type Kernel = (call: Call) => Made | Made[]

/** Kernels by the names of their operations in a GraphDef. */
export type Family = Record<string, Kernel>

export function operandAt(inputs: Operand[], index: number): Operand {
  const operand = inputs[index]
  if (!operand) throw new Error(`input ${index} is missing`)
  return operand
}

export const tensorAt = <T extends TfTensor = TfTensor>(inputs: Operand[], index: number): T =>
  operandAt(inputs, index).tensor() as T

/** Whole numbers that an operation reads, like a shape or axes. */
export const wholes = (operand: Operand): number[] => Array.from(operand.data() as Int32Array, Number)

export const scalar = (operand: Operand): number => {
  const [value] = operand.data()
  if (value === undefined) throw new Error('a single number is missing')
  return Number(value)
}

export const flag = (node: GraphNode, name: string, otherwise = false): boolean =>
  attrOf(node, name, 'bool') ?? otherwise

export const int = (node: GraphNode, name: string, otherwise = 0): number =>
  attrOf(node, name, 'int') ?? otherwise

export const float = (node: GraphNode, name: string, otherwise: number): number =>
  attrOf(node, name, 'float') ?? otherwise

export const text = (node: GraphNode, name: string): string | undefined => attrOf(node, name, 'string')

/** An axis from the front. */
export const axisOf = (axis: number, rank: number): number => {
  const own = axis < 0 ? axis + rank : axis
  if (!(own >= 0 && own < Math.max(rank, 1))) throw new Error(`there is no axis ${axis}`)
  return own
}

export const unsupported = (node: GraphNode, what: string) =>
  fail(
    'unsupported-graph',
    `"${node.name}" (${node.op}) ${what}, which cannot be computed here.`,
    'Export the graph for use on a CPU, with channels last and for predicting.',
    { node: node.name, ...(node.origin?.layer && { layer: node.origin.layer }) },
  )

/** Refuses channels that stand before rows and columns, which no CPU kernel of TensorFlow takes either. */
export function channelsLast(node: GraphNode): void {
  const format = text(node, 'data_format') ?? 'NHWC'
  if (format !== 'NHWC' && format !== 'NDHWC')
    throw unsupported(node, 'expects the channels before rows and columns')
}

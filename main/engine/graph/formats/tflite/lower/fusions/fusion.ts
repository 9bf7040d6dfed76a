import { sameShape, sizeOf } from '../../../../graph.ts'
import type { Draft, Operation, Value } from '../draft.ts'

/** One way in which a few operators are put together. */
export interface Fusion {
  /** Operators that it starts from: the last of those that it looks at. */
  on: string[]
  /** Changes the draft if it can; true if it did. */
  rewrite(operation: Operation, draft: Draft): boolean
}

/** The operator that makes a value, if it is one of these. */
export const madeBy = (value: Value | undefined, ...ops: string[]): Operation | undefined =>
  value?.maker && ops.includes(value.maker.op) ? value.maker : undefined

export const activationOf = (operation: Operation): string =>
  String(operation.options.fused_activation_function ?? 'NONE')

/** The one number that all elements of a constant are, or undefined. */
export function uniform(value: Value | undefined): number | undefined {
  if (!value?.data || value.data.length === 0) return undefined
  const first = value.data[0]
  return value.data.every(item => item === first) ? Number(first) : undefined
}

export const isNear = (value: number | undefined, wanted: number): boolean =>
  value !== undefined && Math.abs(value - wanted) <= 1e-5 * Math.max(1, Math.abs(wanted))

/** The sizes of a value, -1 where one is open. */
export const open = (value: Value): number[] => value.signature ?? value.shape

/** Of one shape, whatever the batch. */
export const alike = (a: Value, b: Value): boolean =>
  sameShape(a.shape, b.shape) && sameShape(open(a), open(b))

/** The constant's elements for each of `channels`, if it differs along the last axis only. */
export function perChannel(
  value: Value | undefined,
  channels: number,
  rank: number,
): Float32Array | undefined {
  if (value?.type !== 'float32' || !value.data || value.shape.length > rank) return undefined
  const count = sizeOf(value.shape)
  const data = value.data as Float32Array
  if (count === 1) return new Float32Array(channels).fill(data[0] as number)
  return count === channels && value.shape.at(-1) === channels ? data : undefined
}

/** The two inputs of an operator that may stand in any order, the one that fits the test first. */
export function either(operation: Operation, test: (value: Value) => boolean): [Value, Value] | undefined {
  const [a, b] = operation.inputs as [Value, Value]
  if (test(a)) return [a, b]
  return test(b) ? [b, a] : undefined
}

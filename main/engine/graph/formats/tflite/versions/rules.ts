import type { LiteOperator, LiteTensor, LiteType } from '../model.ts'

/** An operator as its version's rule sees it. */
export interface Signature {
  operator: LiteOperator
  /** Undefined for an optional one that is left out. */
  inputs: (LiteTensor | undefined)[]
  outputs: (LiteTensor | undefined)[]
}

export type Rule = (signature: Signature) => number

/**
 * A rule by element types alone: the first that fits, else `otherwise`.
 * @param cases `int16:3 int8,uint8:2`
 * @param input the one whose type decides
 */
export const byType = (cases: string, input = 0, otherwise = 1): Rule => {
  const list = cases.split(' ').map(text => {
    const [types = '', version] = text.split(':')
    return { types: types.split(','), version: Number(version) }
  })
  return ({ inputs }) => {
    const type = inputs[input]?.type
    return list.find(({ types }) => type !== undefined && types.includes(type))?.version ?? otherwise
  }
}

/** Types of the first input, the second one and the first output: `is(signature, 'float32', 'int8', 'float32')`. */
export const is = (
  { inputs, outputs }: Signature,
  input: LiteType,
  weights: LiteType | undefined,
  output: LiteType,
): boolean =>
  inputs[0]?.type === input &&
  (weights === undefined || inputs[1]?.type === weights) &&
  outputs[0]?.type === output

export const typeAt = ({ inputs }: Signature, input: number): LiteType | undefined => inputs[input]?.type

export const rankAt = ({ inputs }: Signature, input: number): number => inputs[input]?.shape.length ?? 0

export const flag = ({ operator }: Signature, option: string): boolean => operator.options[option] === true

/** Whether an option is there and says something else than the first value of its enum. */
export const given = ({ operator }: Signature, option: string, none: string): boolean => {
  const value = operator.options[option]
  return value !== undefined && value !== none
}

/** Whether the tensor has a scale for each index along that axis. */
export const perChannel = (tensor: LiteTensor | undefined, axis: number): boolean =>
  tensor?.quantization?.scale.length !== undefined && tensor.quantization.scale.length === tensor.shape[axis]

/** Whether two inputs of unlike shapes meet and one has more axes than the first kernels could deal with. */
export const broadcastsWide = ({ inputs }: Signature): boolean => {
  const [a, b] = inputs
  const alike = a?.shape.length === b?.shape.length && a?.shape.every((size, i) => size === b?.shape[i])
  return inputs.length > 1 && !alike && inputs.some(input => (input?.shape.length ?? 0) > 4)
}

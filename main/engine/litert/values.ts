import type { LiteTensor, LiteType } from '../graph/index.ts'
import { fail } from '../kit/index.ts'
import type { Elements } from './arrays.ts'

/** Parameters of a tensor in whole numbers: `real = (q - zeroPoint) * scale`. */
export interface Step {
  scale: number
  zeroPoint: number
}

/** The parameters of a tensor that has one pair of them. */
export const stepOf = (tensor: LiteTensor | undefined): Step | undefined => {
  const quantization = tensor?.type === 'float32' ? undefined : tensor?.quantization
  if (quantization?.scale.length !== 1) return undefined
  return { scale: quantization.scale[0] ?? 1, zeroPoint: quantization.zeroPoint[0] ?? 0 }
}

/**
 * Plain values in the type that an input takes; what lies beyond its ends is cut off.
 * @param name of the input, for the words of a failure
 * @throws Failure `bad-input` for an input that takes no numbers
 */
export function toElements(
  values: Float32Array,
  type: LiteType,
  step: Step | undefined,
  name: string,
): Elements {
  const whole = (low: number, high: number) =>
    values.map(value =>
      Math.min(high, Math.max(low, Math.round(step ? value / step.scale + step.zeroPoint : value))),
    )
  switch (type) {
    case 'float32':
      return values
    case 'int8':
      return Int8Array.from(whole(-128, 127))
    case 'uint8':
      return Uint8Array.from(whole(0, 255))
    case 'int16':
      return Int16Array.from(whole(-32768, 32767))
    case 'int32':
      return Int32Array.from(values, value => Math.round(value))
    case 'int64':
      return BigInt64Array.from(values, value => BigInt(Math.round(value)))
    case 'bool':
      return Uint8Array.from(values, value => (value ? 1 : 0))
    default:
      throw fail(
        'bad-input',
        `The input "${name}" is of the type ${type}, which rows of numbers do not give.`,
        'Convert the model so that it takes numbers.',
      )
  }
}

/** Values as they were meant, out of the type that they are held in. */
export function toFloats(elements: Elements, step: Step | undefined): Float32Array {
  if (elements instanceof Float32Array && !step) return elements
  return Float32Array.from(elements as ArrayLike<number>, value =>
    step ? (Number(value) - step.zeroPoint) * step.scale : Number(value),
  )
}

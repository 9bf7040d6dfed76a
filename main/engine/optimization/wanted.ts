import type { Split, Tolerance, VariantSettings } from '#contract'
import { fail } from '../kit/index.ts'
import type { CalibrateBy } from './quantize/index.ts'
import type { PictureScale } from './samples/index.ts'

/** What is wanted of a variant; what is left out is as the contract says. */
export interface Wanted {
  model: string
  signature?: string | undefined
  outputs?: string[] | undefined
  to: VariantSettings['to']
  quantize: VariantSettings['quantize']
  io?: 'float32' | 'int8'
  calibration?: string | undefined
  calibrateBy?: CalibrateBy
  pictures?: PictureScale
  calibrationRows?: number
  perTensorDense?: boolean
  keepFloat?: string[]
  tolerance?: number | undefined
  classTolerance?: number | undefined
  minElements?: number
  split?: Split
  out?: string | undefined
}

/** A TFLite file, alone or as an array in C. */
export const isLite = ({ to }: Pick<Wanted, 'to'>): boolean => to === 'tflite' || to === 'c'

/** Whether activations are whole numbers too, which needs their ranges. */
export const isWhole = ({ quantize }: Pick<Wanted, 'quantize'>): boolean =>
  quantize === 'int8' || quantize === 'int16'

/** The losses that were said to be allowed; null where nothing was said. */
export const toleranceOf = ({ tolerance, classTolerance }: Wanted): Tolerance | null =>
  tolerance === undefined && classTolerance === undefined
    ? null
    : { points: tolerance ?? 100, classPoints: classTolerance ?? 100 }

/** @throws Failure `bad-input` for what no file can hold or what has no meaning together */
export function checkWanted(wanted: Wanted): void {
  const { to, quantize, io, keepFloat = [], perTensorDense } = wanted
  if (!isLite(wanted) && isWhole(wanted))
    throw fail(
      'bad-input',
      `A ${to === 'tfjs' ? 'TensorFlow.js model' : 'GraphDef'} cannot hold ${quantize} activations.`,
      'Convert to tflite, or quantize to dynamic.',
    )
  if (to === 'graphdef' && quantize === 'float16')
    throw fail(
      'bad-input',
      'A GraphDef cannot hold float16 weights here.',
      'Convert to tflite or tfjs, or quantize to dynamic.',
    )
  if (io === 'int8' && quantize !== 'int8')
    throw fail(
      'bad-input',
      'Inputs and outputs are int8 only in an int8 model.',
      'Add --quantize int8, or leave --io out.',
    )
  const chooses = isLite(wanted) && (quantize === 'dynamic' || isWhole(wanted))
  if (keepFloat.length > 0 && !chooses)
    throw fail(
      'bad-input',
      'Layers can stay float only in a TFLite model in 8 or 16 bits.',
      'Convert to tflite with --quantize int8 or dynamic, or leave --keep-float out.',
    )
  if (perTensorDense && !chooses)
    throw fail(
      'bad-input',
      'One scale for a dense kernel has a meaning only in a TFLite model in 8 or 16 bits.',
      'Convert to tflite with --quantize int8 or dynamic, or leave --per-tensor-dense out.',
    )
}

/** How a variant was made, for making it again. */
export const settingsOf = (wanted: Wanted, keepFloat: string[]): VariantSettings => ({
  to: wanted.to,
  quantize: wanted.quantize,
  ...(isWhole(wanted)
    ? {
        io: wanted.io ?? 'float32',
        calibrateBy: wanted.calibrateBy ?? 'minmax',
        ...(wanted.calibration ? { calibration: wanted.calibration } : {}),
      }
    : {}),
  ...(wanted.perTensorDense ? { perTensorDense: true } : {}),
  ...(keepFloat.length > 0 ? { keepFloat } : {}),
})

import type { Quantization, Split, Variant, VariantKind, WrittenFormat } from '#contract'
import { fileName } from '../../ui/index.ts'

/** What the dialog asks for, as the contract's `optimization.convert` takes it. */
export interface ConvertForm {
  to: WrittenFormat
  quantize: Quantization
  io: 'float32' | 'int8'
  calibration: string
  calibrateBy: 'minmax' | 'average' | 'percentile' | 'mse'
  pictures: '0..1' | '-1..1' | '0..255'
  calibrationRows: number
  perTensorDense: boolean
  keepFloat: string[]
  searches: boolean
  points: number
  classPoints: number
  minElements: number
  split: Split
  out: string
}

export const newForm = (): ConvertForm => ({
  to: 'tflite',
  quantize: 'int8',
  io: 'float32',
  calibration: '',
  calibrateBy: 'minmax',
  pictures: '0..1',
  calibrationRows: 500,
  perTensorDense: false,
  keepFloat: [],
  searches: false,
  points: 1,
  classPoints: 3,
  minElements: 1024,
  split: 'test',
  out: '',
})

/** The form that makes a variant again, to write it out or to change one thing. */
export function formOf({ settings }: Pick<Variant, 'settings'>): ConvertForm {
  const form = newForm()
  if (!settings) return { ...form, to: 'graphdef', quantize: 'none' }
  return {
    ...form,
    to: settings.to,
    quantize: settings.quantize,
    io: settings.io ?? 'float32',
    calibration: settings.calibration ?? '',
    calibrateBy: settings.calibrateBy ?? 'minmax',
    perTensorDense: settings.perTensorDense ?? false,
    keepFloat: [...(settings.keepFloat ?? [])],
  }
}

/** Why a format cannot hold numbers this way; null where it can. */
export function quantizeTrouble(to: WrittenFormat, quantize: Quantization): string | null {
  const isLite = to === 'tflite' || to === 'c'
  if (!isLite && (quantize === 'int8' || quantize === 'int16'))
    return 'Only TensorFlow Lite holds activations as whole numbers.'
  if (to === 'graphdef' && quantize === 'float16') return 'A GraphDef does not hold 16-bit floats.'
  return null
}

export const isWhole = ({ quantize }: Pick<ConvertForm, 'quantize'>): boolean =>
  quantize === 'int8' || quantize === 'int16'
export const isLite = ({ to }: Pick<ConvertForm, 'to'>): boolean => to === 'tflite' || to === 'c'

/** The call that the form stands for; what does not apply is left out. */
export function inputOf(form: ConvertForm, model: string, signature: string | null, ofRun: boolean) {
  const whole = isWhole(form)
  const lite = isLite(form)
  const calibration = form.calibration.trim()
  const out = form.out.trim()
  return {
    model,
    ...(signature ? { signature } : {}),
    to: form.to,
    quantize: form.quantize,
    ...(form.quantize === 'int8' ? { io: form.io } : {}),
    ...(calibration ? { calibration, pictures: form.pictures } : {}),
    ...(whole ? { calibrateBy: form.calibrateBy, calibrationRows: form.calibrationRows } : {}),
    ...(lite && form.quantize === 'int8' ? { perTensorDense: form.perTensorDense } : {}),
    ...(lite && form.keepFloat.length ? { keepFloat: form.keepFloat } : {}),
    ...(whole && form.searches ? { tolerance: form.points, classTolerance: form.classPoints } : {}),
    ...(form.quantize === 'dynamic' ? { minElements: form.minElements } : {}),
    ...(ofRun ? { split: form.split } : {}),
    ...(out ? { out } : {}),
  }
}

/** The kinds that are made by one press, with how. */
export const QUICK: { kind: VariantKind; to: WrittenFormat; quantize: Quantization }[] = [
  { kind: 'float32', to: 'graphdef', quantize: 'none' },
  { kind: 'dynamic-range', to: 'graphdef', quantize: 'dynamic' },
  { kind: 'tflite-float32', to: 'tflite', quantize: 'none' },
  { kind: 'tflite-float16', to: 'tflite', quantize: 'float16' },
  { kind: 'tflite-dynamic-range', to: 'tflite', quantize: 'dynamic' },
  { kind: 'tflite-int8', to: 'tflite', quantize: 'int8' },
  { kind: 'tflite-int16', to: 'tflite', quantize: 'int16' },
]

/** A name for the file that is written: `bearing-wear-int8.tflite`. */
export function fileNameOf(title: string, { to, quantize }: Pick<ConvertForm, 'to' | 'quantize'>): string {
  const name = fileName(title.replace(/\.(pb|pbtxt|tflite|keras|h5|hdf5|json|meta|index)$/i, ''))
  const ending = { tflite: '.tflite', graphdef: '.pb', c: '.cc', tfjs: '-tfjs' }[to]
  return `${name}${quantize === 'none' ? '' : `-${quantize}`}${ending}`
}

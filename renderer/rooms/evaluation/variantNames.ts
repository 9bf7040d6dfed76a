import type { Split, VariantKind } from '#contract'
import type { Option } from '../../ui/index.ts'

/** The forms of a model that can be measured. */
export const VARIANTS: Option<VariantKind>[] = [
  { value: 'layers', label: 'layers', hint: 'As trained' },
  { value: 'float32', label: 'float32', hint: 'Frozen; made first where it is not there' },
  {
    value: 'dynamic-range',
    label: 'dynamic-range',
    hint: '8-bit weights; made first where they are not there',
  },
  { value: 'tflite-float32', label: 'TFLite float32', hint: 'TensorFlow Lite, 32-bit' },
  { value: 'tflite-float16', label: 'TFLite float16', hint: 'TensorFlow Lite, 16-bit weights' },
  { value: 'tflite-dynamic-range', label: 'TFLite dynamic-range', hint: '8-bit weights' },
  { value: 'tflite-int8', label: 'TFLite int8', hint: '8-bit weights and activations' },
  { value: 'tflite-int16', label: 'TFLite int16', hint: '8-bit weights, 16-bit activations' },
]
export const variantName = (kind: VariantKind): string =>
  VARIANTS.find(one => one.value === kind)?.label ?? kind

/** The rows that a model can be measured on. */
export const SPLITS: Option<Split>[] = [
  { value: 'test', label: 'Test' },
  { value: 'eval', label: 'Eval' },
  { value: 'train', label: 'Train' },
]

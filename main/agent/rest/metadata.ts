import { imageOf, inputsOf } from '../../engine/encoding/index.ts'
import type { Model } from '../serving/index.ts'

const DTYPE: Record<string, string> = {
  float: 'DT_FLOAT',
  integer: 'DT_INT64',
  boolean: 'DT_BOOL',
  text: 'DT_STRING',
  date: 'DT_STRING',
  timestamp: 'DT_STRING',
  image: 'DT_UINT8',
}

/** TensorFlow Serving's metadata, with the features as inputs and, beside it, what else a person wants to know. */
export function metadataOf({ file, transform }: Model): object {
  const shape = (...sizes: number[]) => ({
    dim: [-1, ...sizes].map(size => ({ size: String(size), name: '' })),
    unknown_rank: false,
  })
  const isNumber = file.task === 'regression'
  const image = imageOf(transform)
  const inputs = Object.fromEntries(
    inputsOf(transform).map(({ name, type }) => [
      name,
      {
        dtype: DTYPE[type] ?? 'DT_STRING',
        tensor_shape: image ? shape(image.height, image.width, image.channels) : shape(),
        name,
      },
    ]),
  )
  const method_name = 'tensorflow/serving/predict'
  const scores = {
    dtype: 'DT_FLOAT',
    tensor_shape: isNumber ? shape() : shape(file.label.classes.length),
    name: 'scores',
  }
  return {
    model_spec: { name: file.model, signature_name: '', version: String(file.version) },
    metadata: {
      signature_def: {
        signature_def: {
          serving_default: {
            inputs,
            outputs: isNumber
              ? { value: { dtype: 'DT_FLOAT', tensor_shape: shape(), name: 'value' } }
              : { class: { dtype: 'DT_STRING', tensor_shape: shape(), name: 'class' }, scores },
            method_name,
          },
          scores: { inputs, outputs: { scores }, method_name },
        },
      },
      edgewright: {
        variant: file.variant,
        task: file.task,
        label: file.label.column,
        classes: file.label.classes,
        metrics: file.metrics,
        lineage: file.lineage,
      },
    },
  }
}

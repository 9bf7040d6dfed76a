import type { Kind, LayerOf } from './kind.ts'
import { only, refused } from './refused.ts'

const product = (shape: readonly number[]) => shape.reduce((all, size) => all * size, 1)

export const input: Kind<LayerOf<'input'>> = {
  shape: ({ width }) => [width],
  keras: ({ width }) => [
    {
      class_name: 'InputLayer',
      config: { batch_input_shape: [null, width], dtype: 'float32', sparse: false },
    },
  ],
}

export const columns: Kind<LayerOf<'columns'>> = {
  shape(layer, inputs) {
    const shape = only(layer, inputs, null, 'a list of numbers a row')
    if (!(layer.from >= 0 && layer.from < layer.to && layer.to <= (shape.at(-1) as number)))
      throw refused(layer, inputs, `columns ${layer.from} to before ${layer.to}`)
    return shape.with(-1, layer.to - layer.from)
  },
  keras: ({ from, to }) => [{ class_name: 'Edgewright>Columns', config: { from, to } }],
}

export const reshape: Kind<LayerOf<'reshape'>> = {
  shape(layer, inputs) {
    const shape = only(layer, inputs, null, 'one value')
    if (product(shape) !== product(layer.shape))
      throw refused(layer, inputs, `${product(layer.shape)} numbers a row`)
    return layer.shape
  },
  keras: ({ shape }) => [{ class_name: 'Reshape', config: { target_shape: shape } }],
}

export const flatten: Kind<LayerOf<'flatten'>> = {
  shape: (layer, inputs) => [product(only(layer, inputs, null, 'one value'))],
  keras: () => [{ class_name: 'Flatten', config: { data_format: 'channels_last' } }],
}

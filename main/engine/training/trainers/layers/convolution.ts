import { glorot, type Kind, type LayerOf, zeros } from './kind.ts'
import { only, refused } from './refused.ts'

/** How many places a window of `size` has over `length` values. */
const places = (length: number, size: number, strides: number, padding: string) =>
  Math.ceil((padding === 'valid' ? length - size + 1 : length) / strides)

const options = ({ filters, size, strides, activation, seed }: LayerOf<'conv1d'> | LayerOf<'conv2d'>) => ({
  filters,
  kernel_size: size,
  strides,
  activation,
  use_bias: true,
  kernel_initializer: glorot(seed),
  bias_initializer: zeros,
})

export const conv1d: Kind<LayerOf<'conv1d'>> = {
  shape(layer, inputs) {
    const [steps] = only(layer, inputs, 2, 'steps of channels') as [number, number]
    const count = places(steps, layer.size, layer.strides, layer.padding)
    if (count < 1) throw refused(layer, inputs, `at least ${layer.size} steps`)
    return [count, layer.filters]
  },
  weights: ({ size, filters }, [shape]) => [
    ['kernel', [size, shape?.[1] as number, filters]],
    ['bias', [filters]],
  ],
  keras(layer, [shape]) {
    const config = options(layer)
    if (layer.padding !== 'causal')
      return [{ class_name: 'Conv1D', config: { ...config, padding: layer.padding } }]
    // TensorFlow.js neither convolves causally nor pads one axis: zeros are put before the steps as above a picture.
    const [steps, channels] = shape as [number, number]
    const before = layer.size - 1
    return [
      { class_name: 'Reshape', config: { target_shape: [steps, 1, channels] } },
      {
        class_name: 'ZeroPadding2D',
        config: {
          padding: [
            [before, 0],
            [0, 0],
          ],
          data_format: 'channels_last',
        },
      },
      { class_name: 'Reshape', config: { target_shape: [steps + before, channels] } },
      { class_name: 'Conv1D', config: { ...config, padding: 'valid' } },
    ]
  },
}

export const conv2d: Kind<LayerOf<'conv2d'>> = {
  shape(layer, inputs) {
    const [height, width] = only(layer, inputs, 3, 'height, width and channels') as number[]
    const shape = [height, width].map(length =>
      places(length as number, layer.size, layer.strides, layer.padding),
    )
    if (shape.some(count => count < 1))
      throw refused(layer, inputs, `pictures of at least ${layer.size} by ${layer.size}`)
    return [...shape, layer.filters]
  },
  weights: ({ size, filters }, [shape]) => [
    ['kernel', [size, size, shape?.[2] as number, filters]],
    ['bias', [filters]],
  ],
  keras: layer => [{ class_name: 'Conv2D', config: { ...options(layer), padding: layer.padding } }],
}

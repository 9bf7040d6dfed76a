import type { NetLayer } from '../netSpec.ts'
import type { Kind, LayerOf, RowShape } from './kind.ts'
import { only, refused } from './refused.ts'

/** The largest of each window; windows lie side by side, and what does not fill one is left out. */
function pooled(
  layer: LayerOf<'max-pool-1d'> | LayerOf<'max-pool-2d'>,
  inputs: RowShape[],
  axes: 1 | 2,
): RowShape {
  const shape = only(layer, inputs, axes + 1, axes === 1 ? 'steps of channels' : 'height, width and channels')
  const counts = shape.slice(0, -1).map(length => Math.floor(length / layer.size))
  if (counts.some(count => count < 1)) throw refused(layer, inputs, `at least ${layer.size} on each axis`)
  return [...counts, shape.at(-1) as number]
}

export const maxPool1d: Kind<LayerOf<'max-pool-1d'>> = {
  shape: (layer, inputs) => pooled(layer, inputs, 1),
  keras: ({ size }) => [
    { class_name: 'MaxPooling1D', config: { pool_size: size, strides: size, padding: 'valid' } },
  ],
}

export const maxPool2d: Kind<LayerOf<'max-pool-2d'>> = {
  shape: (layer, inputs) => pooled(layer, inputs, 2),
  keras: ({ size }) => [
    {
      class_name: 'MaxPooling2D',
      config: {
        pool_size: [size, size],
        strides: [size, size],
        padding: 'valid',
        data_format: 'channels_last',
      },
    },
  ],
}

const averaged = (layer: NetLayer, inputs: RowShape[], rank: number, wants: string): RowShape =>
  only(layer, inputs, rank, wants).slice(-1)

export const globalAveragePool1d: Kind<LayerOf<'global-average-pool-1d'>> = {
  shape: (layer, inputs) => averaged(layer, inputs, 2, 'steps of channels'),
  keras: () => [{ class_name: 'GlobalAveragePooling1D', config: {} }],
}

export const globalAveragePool2d: Kind<LayerOf<'global-average-pool-2d'>> = {
  shape: (layer, inputs) => averaged(layer, inputs, 3, 'height, width and channels'),
  keras: () => [{ class_name: 'GlobalAveragePooling2D', config: { data_format: 'channels_last' } }],
}

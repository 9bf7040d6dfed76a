import type { NetLayer } from '../netSpec.ts'
import { conv1d, conv2d } from './convolution.ts'
import { activation, dense, dropout } from './dense.ts'
import { embeddingBag } from './embedding.ts'
import { add, concat } from './joining.ts'
import type { Kind, LayerOf } from './kind.ts'
import { globalAveragePool1d, globalAveragePool2d, maxPool1d, maxPool2d } from './pooling.ts'
import { gru } from './recurrent.ts'
import { columns, flatten, input, reshape } from './shaping.ts'

export type { KerasLayer, RowShape } from './kind.ts'

const KINDS: { [K in NetLayer['kind']]: Kind<LayerOf<K>> } = {
  input,
  columns,
  reshape,
  dense,
  dropout,
  conv1d,
  conv2d,
  gru,
  'max-pool-2d': maxPool2d,
  'max-pool-1d': maxPool1d,
  'global-average-pool-1d': globalAveragePool1d,
  'global-average-pool-2d': globalAveragePool2d,
  flatten,
  'embedding-bag': embeddingBag,
  concat,
  add,
  activation,
}

/** What the kind of a layer is. */
export const kindOf = (layer: NetLayer): Kind<NetLayer> => KINDS[layer.kind] as Kind<NetLayer>

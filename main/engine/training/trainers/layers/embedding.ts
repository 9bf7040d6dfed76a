import type { Kind, LayerOf } from './kind.ts'
import { only } from './refused.ts'

export const embeddingBag: Kind<LayerOf<'embedding-bag'>> = {
  shape: (layer, inputs) => [...only(layer, inputs, null, 'places in its table').slice(0, -1), layer.units],
  weights: ({ entries, units }) => [['embeddings', [entries, units]]],
  keras: ({ entries, units, seed }) => [
    { class_name: 'Edgewright>EmbeddingBag', config: { entries, units, seed } },
  ],
}

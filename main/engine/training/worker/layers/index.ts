import type { layers } from '@tensorflow/tfjs'
import type { Tf } from '../../../tensor/index.ts'
import { columnsOf } from './columns.ts'
import { embeddingBagOf } from './embeddingBag.ts'

type Layer = layers.Layer

/** Layers of our own, which TensorFlow.js lacks. A saved model names them `Edgewright>Columns`, as Keras names such a class. */
export interface OwnLayers {
  /** Columns `from` to before `to` of the last axis. No weights. */
  columns(config: { name?: string; from: number; to: number }): Layer
  /**
   * The last axis holds whole numbers, places in a table `embeddings` of `entries` rows of `units`; place 0 is nothing.
   * `[..., length]` becomes `[..., units]`: the mean of the rows that are there, zeros where none is. The table begins
   * Glorot-uniform from `seed`.
   */
  embeddingBag(config: { name?: string; entries: number; units: number; seed?: number }): Layer
}

const made = new WeakMap<object, OwnLayers>()

/** The layers for one TensorFlow.js, which from then on can load models that hold them. */
export function ownLayers(tf: Tf): OwnLayers {
  let own = made.get(tf)
  if (!own) {
    const [Columns, EmbeddingBag] = [columnsOf(tf), embeddingBagOf(tf)]
    tf.serialization.registerClass(Columns, 'Edgewright', 'Columns')
    tf.serialization.registerClass(EmbeddingBag, 'Edgewright', 'EmbeddingBag')
    own = {
      columns: config => new Columns(config),
      embeddingBag: config => new EmbeddingBag(config),
    }
    made.set(tf, own)
  }
  return own
}

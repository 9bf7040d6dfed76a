import type { LayerVariable, layers, Shape, serialization, Tensor } from '@tensorflow/tfjs'
import type { Tf } from '../../../tensor/index.ts'
import { oneShape, oneTensor } from './one.ts'

export interface EmbeddingBagConfig {
  name?: string
  entries: number
  units: number
  seed?: number
}

/**
 * Makes the class for one TensorFlow.js: a bag of words as the mean of what its words stand for (Joulin et al., Bag of
 * Tricks for Efficient Text Classification, arXiv:1607.01759). The row of place 0 is there, so that a place is a row, and
 * never learns.
 */
export const embeddingBagOf = (tf: Tf): serialization.SerializableConstructor<layers.Layer> =>
  class EmbeddingBag extends tf.layers.Layer {
    static className = 'Edgewright>EmbeddingBag'
    readonly entries: number
    readonly units: number
    readonly seed: number | undefined
    #table!: LayerVariable

    constructor(config: EmbeddingBagConfig) {
      super(config)
      this.entries = config.entries
      this.units = config.units
      this.seed = config.seed
    }

    override build(): void {
      const initial = tf.initializers.glorotUniform(this.seed === undefined ? {} : { seed: this.seed })
      this.#table = this.addWeight('embeddings', [this.entries, this.units], 'float32', initial)
      this.built = true
    }

    override computeOutputShape(shape: Shape | Shape[]): Shape {
      return oneShape(shape).with(-1, this.units)
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const places = tf.cast(oneTensor(inputs), 'int32')
        const there = tf.cast(tf.notEqual(places, tf.scalar(0, 'int32')), 'float32')
        const rows = tf.gather(this.#table.read(), places)
        const sum = tf.sum(tf.mul(rows, tf.expandDims(there, -1)), -2)
        return tf.div(sum, tf.maximum(tf.sum(there, -1, true), 1))
      })
    }

    override getConfig(): serialization.ConfigDict {
      const { entries, units, seed } = this
      return { ...super.getConfig(), entries, units, ...(seed === undefined ? {} : { seed }) }
    }
  }

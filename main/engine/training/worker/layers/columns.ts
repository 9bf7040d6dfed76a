import type { layers, Shape, serialization, Tensor } from '@tensorflow/tfjs'
import type { Tf } from '../../../tensor/index.ts'
import { oneShape, oneTensor } from './one.ts'

export interface ColumnsConfig {
  name?: string
  from: number
  to: number
}

/** Makes the class for one TensorFlow.js: a slice of the last axis, whose gradient fills the rest with zeros. */
export const columnsOf = (tf: Tf): serialization.SerializableConstructor<layers.Layer> =>
  class Columns extends tf.layers.Layer {
    static className = 'Edgewright>Columns'
    readonly from: number
    readonly to: number

    constructor(config: ColumnsConfig) {
      super(config)
      this.from = config.from
      this.to = config.to
    }

    override computeOutputShape(shape: Shape | Shape[]): Shape {
      const of = oneShape(shape)
      const last = of.at(-1)
      if (!(this.from >= 0 && this.from < this.to && (typeof last !== 'number' || this.to <= last)))
        throw new RangeError(`${this.name}: columns ${this.from} to ${this.to} of ${last}`)
      return of.with(-1, this.to - this.from)
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const x = oneTensor(inputs)
      const begin = x.shape.map((_, axis) => (axis === x.rank - 1 ? this.from : 0))
      return tf.slice(x, begin, x.shape.with(-1, this.to - this.from))
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), from: this.from, to: this.to }
    }
  }

import type { NetLayer } from '../netSpec.ts'

export type LayerOf<K extends NetLayer['kind']> = Extract<NetLayer, { kind: K }>

/** The shape of one row, without the axis of rows. */
export type RowShape = readonly number[]

/** A layer as Keras and TensorFlow.js write it down. */
export interface KerasLayer {
  class_name: string
  /** Options in Keras' snake case, without the name. */
  config: Record<string, unknown>
}

/** What a kind of layer is. One value a kind. */
export interface Kind<L extends NetLayer> {
  /**
   * Shape of a row that it gives.
   * @throws Failure `bad-input` where it cannot take in what it is given
   */
  shape(layer: L, inputs: RowShape[]): RowShape
  /** Its trained weights in Keras' order, each with its shape. */
  weights?(layer: L, inputs: RowShape[]): [name: string, shape: number[]][]
  /** The Keras layers that do this, one after another; the last of them has the name and the weights. */
  keras(layer: L, inputs: RowShape[]): KerasLayer[]
}

/** Uniform between plus and minus `sqrt(6 / (fan in + fan out))` (Glorot and Bengio, 2010). */
export const glorot = (seed: number) => ({
  class_name: 'VarianceScaling',
  config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed },
})

export const zeros = { class_name: 'Zeros', config: {} }

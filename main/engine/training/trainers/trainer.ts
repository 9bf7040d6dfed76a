import type { LayersModel } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import type { TrainWork } from '../work.ts'

/** What kind of net is built for a plan. One file a kind; to add one, write it beside this and list it in `index.ts`. */
export interface Trainer {
  name: string
  title: string
  /**
   * Takes categories as an index and embeds them. Without it they come as one-hot, and the first dense layer is their
   * embedding: a row of an embedding is a one-hot vector times a matrix.
   */
  embeds: boolean
  /**
   * Builds the net: layers one after another, from `[rows, inputs]` to `[rows, outputs]`. Classes: the last layer is
   * an `Activation` (softmax, or sigmoid for a binary task) and what goes into it are the logits that the loss is
   * taken of. Regression: the last layer is linear. All initial weights must come from `work.seed`.
   */
  build(tf: Tf, work: TrainWork): LayersModel
}

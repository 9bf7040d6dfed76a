/**
 * A net as data: layers by name, each with the names of those that it takes in, in an order in which every layer comes
 * after its inputs. From the same value TensorFlow.js layers are built here, and Keras layers by the trainer in Python,
 * with the same weights in the same order: layer by layer, within one as Keras has them (kernel, recurrent kernel, bias).
 *
 * The first layer is the `input`, `[rows, width]`; `logits` names the layer that the loss is taken of (for regression
 * the value), `output` the one that answers.
 */
export interface NetSpec {
  layers: NetLayer[]
  logits: string
  output: string
}

export type Activation = 'linear' | 'relu' | 'tanh' | 'sigmoid' | 'softmax'

/**
 * Glorot-uniform weights from the seed of their layer (Glorot and Bengio, 2010), a recurrent kernel from the next seed;
 * biases begin at 0.
 */
interface Trained {
  seed: number
}

export type NetLayer = { name: string; inputs: string[] } & (
  | { kind: 'input'; width: number }
  /** Columns `from` to before `to` of the last axis. */
  | { kind: 'columns'; from: number; to: number }
  | { kind: 'reshape'; shape: number[] }
  /** With `zeros` its weights begin at 0: what it is added to holds until it has learned. */
  | ({ kind: 'dense'; units: number; activation: Activation; bias: boolean; zeros?: true } & Trained)
  | { kind: 'dropout'; rate: number }
  | ({
      kind: 'conv1d'
      filters: number
      size: number
      strides: number
      padding: 'same' | 'valid' | 'causal'
      activation: Activation
    } & Trained)
  | ({
      kind: 'conv2d'
      filters: number
      size: number
      strides: number
      padding: 'same' | 'valid'
      activation: Activation
    } & Trained)
  /** The last state; gates as Keras has them with `reset_after` off. */
  | ({ kind: 'gru'; units: number } & Trained)
  | { kind: 'max-pool-2d'; size: number }
  | { kind: 'max-pool-1d'; size: number }
  | { kind: 'global-average-pool-1d' }
  | { kind: 'global-average-pool-2d' }
  | { kind: 'flatten' }
  /** Whole numbers that are places in a table of `entries` rows; place 0 is nothing. The mean of the rows that are there. */
  | ({ kind: 'embedding-bag'; entries: number; units: number } & Trained)
  | { kind: 'concat' }
  | { kind: 'add' }
  | { kind: 'activation'; activation: Activation }
)

import { glorot, type Kind, type LayerOf, zeros } from './kind.ts'
import { only } from './refused.ts'

/** Gated recurrent unit (Cho et al., 2014, arXiv:1406.1078v1: the reset gate before the product), the last state. */
export const gru: Kind<LayerOf<'gru'>> = {
  shape(layer, inputs) {
    only(layer, inputs, 2, 'steps of channels')
    return [layer.units]
  },
  weights: ({ units }, [shape]) => [
    ['kernel', [shape?.[1] as number, 3 * units]],
    ['recurrent_kernel', [units, 3 * units]],
    ['bias', [3 * units]],
  ],
  keras: ({ units, seed }) => [
    {
      class_name: 'GRU',
      config: {
        units,
        activation: 'tanh',
        recurrent_activation: 'sigmoid',
        use_bias: true,
        kernel_initializer: glorot(seed),
        recurrent_initializer: glorot(seed + 1),
        bias_initializer: zeros,
        return_sequences: false,
        return_state: false,
        go_backwards: false,
        stateful: false,
        unroll: false,
        reset_after: false,
      },
    },
  ],
}

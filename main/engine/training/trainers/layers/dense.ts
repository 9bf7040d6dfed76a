import { glorot, type Kind, type LayerOf, zeros } from './kind.ts'
import { only } from './refused.ts'

const ROWS = 'a list of numbers a row'

export const dense: Kind<LayerOf<'dense'>> = {
  shape: (layer, inputs) => [...only(layer, inputs, null, ROWS).slice(0, -1), layer.units],
  weights: ({ units, bias }, [shape]) => [
    ['kernel', [shape?.at(-1) as number, units]],
    ...(bias ? [['bias', [units]] as [string, number[]]] : []),
  ],
  keras: ({ units, activation, bias, zeros: atZero, seed }) => [
    {
      class_name: 'Dense',
      config: {
        units,
        activation,
        use_bias: bias,
        kernel_initializer: atZero ? zeros : glorot(seed),
        bias_initializer: zeros,
      },
    },
  ],
}

export const dropout: Kind<LayerOf<'dropout'>> = {
  shape: (layer, inputs) => only(layer, inputs, null, ROWS),
  keras: ({ rate }) => [{ class_name: 'Dropout', config: { rate } }],
}

export const activation: Kind<LayerOf<'activation'>> = {
  shape: (layer, inputs) => only(layer, inputs, null, ROWS),
  keras: layer => [{ class_name: 'Activation', config: { activation: layer.activation } }],
}

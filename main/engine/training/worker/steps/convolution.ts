import type { Tensor, Variable } from '@tensorflow/tfjs'
import { biasGrad, reluGrad, type Tf } from '../../../tensor/index.ts'
import type { NetLayer } from '../../trainers/index.ts'
import { kernel, type Step, stepWith } from './step.ts'

/** A convolution over pictures, linear or ReLU; one over steps is one over pictures of one row. */
export function convolution(
  tf: Tf,
  layer: Extract<NetLayer, { kind: 'conv1d' | 'conv2d' }>,
  weights: Variable[],
): Step {
  const { strides, activation } = layer
  // Causal padding was put before the steps by a layer of its own.
  const pad = layer.padding === 'causal' ? 'valid' : layer.padding
  const about = { strides: [strides, strides], pad, dataFormat: 'NHWC', dilations: [1, 1] }
  const isRow = layer.kind === 'conv1d'
  const picture = (x: Tensor) => (isRow ? tf.reshape(x, [x.shape[0] as number, 1, ...x.shape.slice(1)]) : x)
  const filterOf = (w: Tensor) => (isRow ? tf.reshape(w, [1, ...w.shape]) : w)
  return stepWith(
    tf,
    weights,
    (x, [w, bias]) => {
      const y = kernel(
        tf,
        'FusedConv2D',
        { x: picture(x), filter: filterOf(w as Tensor), bias: bias as Tensor },
        { ...about, activation },
      )
      return isRow ? tf.reshape(y, [y.shape[0] as number, ...y.shape.slice(2)]) : y
    },
    (dy, y, x, [w, bias], learns) => {
      const dz = picture(activation === 'relu' ? reluGrad(tf, dy, y) : dy)
      const [pictures, filter] = [picture(x), filterOf(w as Tensor)]
      const dw = kernel(
        tf,
        'Conv2DBackpropFilter',
        { x: pictures, dy: dz },
        { ...about, filterShape: filter.shape },
      )
      return [
        tf.reshape(dw, (w as Tensor).shape),
        ...(bias ? [biasGrad(tf, dz)] : []),
        ...(learns
          ? [
              tf.reshape(
                kernel(
                  tf,
                  'Conv2DBackpropInput',
                  { dy: dz, filter },
                  { ...about, inputShape: pictures.shape },
                ),
                x.shape,
              ),
            ]
          : []),
      ]
    },
  )
}

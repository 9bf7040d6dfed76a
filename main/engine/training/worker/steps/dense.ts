import type { Variable } from '@tensorflow/tfjs'
import { biasGrad, reluGrad, type Tf } from '../../../tensor/index.ts'
import type { NetLayer } from '../../trainers/index.ts'
import { kernel, type Step, stepWith } from './step.ts'

/** A dense layer on rows, linear or ReLU: `dz = dy (y > 0)`, `dW = x' dz`, `db = sum(dz)`, `dx = dz W'`. */
export function dense(tf: Tf, layer: Extract<NetLayer, { kind: 'dense' }>, weights: Variable[]): Step {
  const times = (transposeA: boolean, transposeB: boolean) => ({ transposeA, transposeB })
  return stepWith(
    tf,
    weights,
    (a, [b, bias]) =>
      bias
        ? kernel(
            tf,
            '_FusedMatMul',
            { a, b: b as typeof a, bias },
            { ...times(false, false), activation: layer.activation },
          )
        : kernel(tf, 'BatchMatMul', { a, b: b as typeof a }, times(false, false)),
    (dy, y, x, [w, bias], learns) => {
      const dz = layer.activation === 'relu' ? reluGrad(tf, dy, y) : dy
      return [
        kernel(tf, 'BatchMatMul', { a: x, b: dz }, times(true, false)),
        ...(bias ? [biasGrad(tf, dz)] : []),
        ...(learns ? [kernel(tf, 'BatchMatMul', { a: dz, b: w as typeof x }, times(false, true))] : []),
      ]
    },
  )
}

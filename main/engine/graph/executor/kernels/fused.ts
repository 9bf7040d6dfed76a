import type { Tensor1D, Tensor as TfTensor } from '@tensorflow/tfjs'
import type { Attr } from '../../graph.ts'
import { type Call, type Family, float, type Kernel, tensorAt, unsupported } from '../kernel.ts'
import { matMul } from './linear.ts'
import { conv2d, depthwise } from './window.ts'

/** A product with what was fused behind it: bias or normalization, addition, activation, in their order. */
const fused =
  (product: (call: Call) => TfTensor): Kernel =>
  call => {
    const { tf, node, inputs } = call
    let at = 2
    let x = product(call)
    for (const op of textsOf(node.attrs.fused_ops)) {
      if (op === 'BiasAdd' || op === 'Add' || op === 'AddV2') x = tf.add(x, tensorAt(inputs, at++))
      else if (op === 'FusedBatchNorm' || op === 'FusedBatchNormV3') {
        const [scale, offset, mean, variance] = [0, 1, 2, 3].map(i => tensorAt<Tensor1D>(inputs, at + i)) as [
          Tensor1D,
          Tensor1D,
          Tensor1D,
          Tensor1D,
        ]
        at += 4
        x = tf.batchNorm(x, mean, variance, offset, scale, float(node, 'epsilon', 1e-4))
      } else if (op === 'Prelu') x = tf.prelu(x, tensorAt(inputs, at++))
      else if (op === 'LeakyRelu') x = tf.leakyRelu(x, float(node, 'leakyrelu_alpha', 0.2))
      else if (op === 'Relu') x = tf.relu(x)
      else if (op === 'Relu6') x = tf.relu6(x)
      else if (op === 'Elu') x = tf.elu(x)
      else if (op === 'Sigmoid') x = tf.sigmoid(x)
      else if (op === 'Tanh') x = tf.tanh(x)
      else throw unsupported(node, `fuses the operation ${op}`)
    }
    return x
  }

function textsOf(value: Attr | undefined): string[] {
  const list = value?.kind === 'opaque' && value.value.value.case === 'list' ? value.value.value.value.s : []
  return list.map(bytes => new TextDecoder().decode(bytes))
}

/** Operations that graph optimizers of TensorFlow and TensorFlow.js put together. */
export const fusions: Family = {
  FusedDepthwiseConv2dNative: fused(depthwise),
  _FusedConv2D: fused(conv2d),
  _FusedDepthwiseConv2dNative: fused(depthwise),
  _FusedMatMul: fused(matMul),
}

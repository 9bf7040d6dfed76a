import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs'
import type { Tf } from './tf.ts'

/** The part of tfjs-node's backend that runs one of TensorFlow's operations by its name. */
interface NativeBackend {
  binding: { TF_ATTR_TYPE: number; TF_ATTR_STRING: number; TF_FLOAT: number }
  executeSingleOutput(
    name: string,
    attrs: { name: string; type: number; value: unknown }[],
    inputs: TensorInfo[],
  ): TensorInfo
}

/** Gives native TensorFlow.js the gradients that TensorFlow has as one operation each, see `gradients.ts`. */
export function installNativeKernels(tf: Tf): void {
  const kernels: Record<string, KernelFunc> = {
    ReluGrad: ({ inputs, backend }) => {
      const native = backend as unknown as NativeBackend
      return native.executeSingleOutput('ReluGrad', [floats(native)], [inputs.dy, inputs.y] as TensorInfo[])
    },
    BiasAddGrad: ({ inputs, backend }) => {
      const native = backend as unknown as NativeBackend
      const format = { name: 'data_format', type: native.binding.TF_ATTR_STRING, value: 'NHWC' }
      return native.executeSingleOutput('BiasAddGrad', [floats(native), format], [inputs.dy as TensorInfo])
    },
  }
  for (const [kernelName, kernelFunc] of Object.entries(kernels))
    if (!tf.getKernel(kernelName, 'tensorflow'))
      tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc })
}

const floats = ({ binding }: NativeBackend) => ({
  name: 'T',
  type: binding.TF_ATTR_TYPE,
  value: binding.TF_FLOAT,
})

import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { Tf } from '../tf.ts'
import type { Hands } from './hands/index.ts'
import type { Simd } from './simd/index.ts'

/**
 * One kernel that is added to the WASM backend, or takes the place of its own. `build` gets the workbench and the package's own kernel of that name (absent
 * when the package has none) and returns what runs instead.
 */
export interface WasmKernel {
  name: string
  build(bench: Bench, stock: KernelFunc | undefined): KernelFunc
}

/** What a kernel works with: it makes, reads and frees data in the WASM heap below TensorFlow.js' tensors. */
export interface Bench {
  tf: Tf
  /** Our own functions on addresses of the heap, which are the `byteOffset` of a view. */
  simd: Simd
  /** Threads that large work is shared out to. */
  hands: Hands
  /** New uninitialized float data in the heap. Allocation may move the heap: take `floats` views after it. */
  make(shape: number[]): TensorInfo
  /** A view on the heap, valid until the next allocation. */
  floats(info: TensorInfo): Float32Array
  ints(info: TensorInfo): Int32Array
  /** Runs another kernel of this backend; the caller frees the result. */
  call(kernel: string, inputs: NamedTensorInfoMap, attrs?: object): TensorInfo
  free(...infos: TensorInfo[]): void
}

export function benchOf(tf: Tf, simd: Simd, hands: Hands): Bench {
  const backend = tf.findBackend('wasm') as unknown as BackendWasm
  return {
    tf,
    simd,
    hands,
    make: shape => backend.makeOutput(shape, 'float32'),
    floats: info => backend.typedArrayFromHeap(info) as Float32Array,
    ints: info => backend.typedArrayFromHeap(info) as Int32Array,
    call(kernel, inputs, attrs = {}) {
      const config = tf.getKernel(kernel, 'wasm')
      if (!config) throw new Error(`The WASM backend has no kernel ${kernel}`)
      return config.kernelFunc({ inputs, backend, attrs: attrs as NamedAttrMap }) as TensorInfo
    },
    free(...infos) {
      for (const info of infos) backend.disposeData(info.dataId)
    },
  }
}

/** The same data seen under another shape; owns nothing, so only the original is freed. */
export const view = (info: TensorInfo, shape: number[]): TensorInfo => ({ ...info, shape })

/** The inputs of a kernel by name, which the caller's operation guarantees to be there. */
export function inputsOf<N extends string>(inputs: NamedTensorInfoMap): Record<N, TensorInfo> {
  return inputs as Record<N, TensorInfo>
}

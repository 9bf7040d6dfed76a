import type { KernelFunc } from '@tensorflow/tfjs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { Tf } from '../tf.ts'
import { adamStep } from './adamStep.ts'
import { conv2d } from './conv2d.ts'
import { conv2dBackpropFilter } from './conv2dBackpropFilter.ts'
import { conv2dBackpropInput } from './conv2dBackpropInput.ts'
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './depthwiseBackprop.ts'
import { fusedMatMul } from './fusedMatMul.ts'
import { biasAddGrad, reluGrad } from './gradients.ts'
import type { Hands } from './hands/index.ts'
import { benchOf, type WasmKernel } from './kernel.ts'
import { matMul } from './matMul.ts'
import { maxPoolGrad } from './maxPoolGrad.ts'
import { guardMemory } from './memory.ts'
import { samePadding } from './samePadding.ts'
import type { Simd } from './simd/index.ts'
import { unsortedSegmentSum } from './unsortedSegmentSum.ts'

export { handsOf } from './hands/index.ts'
export { type Simd, simdOf, withSharedMemory } from './simd/index.ts'

const KERNELS: WasmKernel[] = [
  matMul,
  fusedMatMul,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  maxPoolGrad,
  unsortedSegmentSum,
  reluGrad,
  biasAddGrad,
  adamStep,
  ...samePadding,
  ...conv2d,
]

const done = new WeakSet<object>()

/**
 * Completes the kernels of the WASM backend, which must be running already (its own kernels bind to the module
 * when it starts, and some of ours call them). Doing it twice does nothing.
 *
 * @tensorflow/tfjs-backend-wasm 4.22 has no backward kernels for convolutions and embeddings, and leaves its fast
 * matrix product as soon as an operand is transposed, which is what every dense gradient does; ours is in `product.ts`.
 * Some of its forward convolutions are wrong, see `samePadding.ts`; a matrix that is seen in two shapes kills it, see `sharedRight.ts`; and it
 * does not notice that its memory is full, see `memory.ts`.
 */
export function installKernels(tf: Tf, simd: Simd, hands: Hands): void {
  if (done.has(tf)) return
  done.add(tf)
  guardMemory(tf.findBackend('wasm') as unknown as BackendWasm)
  const bench = benchOf(tf, simd, hands)
  for (const { name, build } of KERNELS) {
    // Typed as always there; absent kernels are why this file exists.
    const stock = (tf.getKernel(name, 'wasm') as { kernelFunc: KernelFunc } | undefined)?.kernelFunc
    if (stock) tf.unregisterKernel(name, 'wasm')
    tf.registerKernel({ kernelName: name, backendName: 'wasm', kernelFunc: build(bench, stock) })
  }
}

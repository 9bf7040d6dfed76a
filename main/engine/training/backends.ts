import type { Plan } from '#contract'
import { findNative } from '../tensor/index.ts'

interface Backend {
  name: Exclude<Plan['backend'], 'auto'>
  title: string
  ready: boolean
  why: string
}

/**
 * What can compute here, in the order that the automatic backend tries, and what is missing for the rest. Looks only;
 * loading is the worker's part.
 */
export function backends(): Backend[] {
  const native = findNative()
  const wasm = typeof WebAssembly !== 'undefined'
  return [
    {
      name: 'tensorflow',
      title: 'Native TensorFlow',
      ready: native.folder !== undefined,
      why: native.folder
        ? 'tfjs-node is installed.'
        : `${native.why}; it is fetched at install where it can be.`,
    },
    {
      name: 'wasm',
      title: 'WebAssembly',
      ready: wasm,
      why: wasm ? 'Comes with Edgewright.' : 'This runtime has no WebAssembly.',
    },
    { name: 'cpu', title: 'Plain JavaScript', ready: true, why: 'Runs everywhere, slowly.' },
  ]
}

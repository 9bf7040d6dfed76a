import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plan } from '#contract'

interface Backend {
  name: Exclude<Plan['backend'], 'auto'>
  title: string
  ready: boolean
  why: string
}

/** What can compute here, fastest first, and what is missing for the rest. Looks only; loading is the worker's part. */
export function backends(): Backend[] {
  const native = hasNative()
  const wasm = typeof WebAssembly !== 'undefined'
  return [
    {
      name: 'tensorflow',
      title: 'Native TensorFlow',
      ready: native,
      why: native
        ? 'tfjs-node is installed.'
        : 'tfjs-node is not installed: its binary is fetched at install and was not reachable.',
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

/** The package may be there without its binary, which comes by a download of its own. */
function hasNative(): boolean {
  try {
    const from = createRequire(import.meta.url)
    const folder = dirname(from.resolve('@tensorflow/tfjs-node/package.json'))
    const { binary } = from(join(folder, 'package.json')) as {
      binary: { module_path: string; module_name: string }
    }
    const place = binary.module_path.replace('{napi_build_version}', process.versions.napi ?? '8')
    return [place, 'lib/napi-v8'].some(path => existsSync(join(folder, path, `${binary.module_name}.node`)))
  } catch {
    return false
  }
}

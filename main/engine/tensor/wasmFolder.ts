import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'

/** The two builds that a process without threads can take: SIMD, and plain for older machines. */
export const WASM_FILES = ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm.wasm'] as const

/**
 * The folder (with a trailing separator) that holds the WebAssembly files, or undefined.
 * `asked` is taken alone when given; else the folder of the running file (where a bundle may carry them), then the
 * installed package.
 */
export function findWasmFolder(asked?: string): string | undefined {
  const folder = (asked === undefined ? usual() : [asked]).find(candidate =>
    WASM_FILES.every(file => existsSync(join(candidate, file))),
  )
  return folder === undefined ? undefined : folder + (folder.endsWith(sep) ? '' : sep)
}

function usual(): string[] {
  const folders: string[] = []
  // A CommonJS bundle has `__dirname`, everything else `import.meta`; the started script's folder is the last resort.
  const here = import.meta.dirname ?? (typeof __dirname === 'string' ? __dirname : undefined)
  for (const folder of [here, process.argv[1] && dirname(process.argv[1])]) {
    if (!folder) continue
    folders.push(folder)
    try {
      folders.push(dirname(createRequire(join(folder, 'here.js')).resolve('@tensorflow/tfjs-backend-wasm')))
    } catch {
      // Not installed there: a bundle on a device has no node_modules.
    }
  }
  return folders
}

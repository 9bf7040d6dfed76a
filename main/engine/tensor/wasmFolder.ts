import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { programFolders } from './folders.ts'

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
  for (const folder of programFolders()) {
    folders.push(folder)
    try {
      folders.push(dirname(createRequire(join(folder, 'here.js')).resolve('@tensorflow/tfjs-backend-wasm')))
    } catch {
      // Not installed there: a bundle on a device has no node_modules.
    }
  }
  return folders
}

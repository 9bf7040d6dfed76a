import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { programFolders } from './folders.ts'

const PACKAGE = '@tensorflow/tfjs-node'

/** Where native TensorFlow is, the package's folder and its binary, or in a few words why it is not. */
export type Native = { folder: string; binary: string; why?: undefined } | { folder?: undefined; why: string }

/**
 * Looks for native TensorFlow (tfjs-node) and loads nothing. It is an optional package: npm drops it where its binary
 * cannot be fetched. `EDGEWRIGHT_TFJS_NODE` names a folder whose `node_modules` holds one that was built by hand (on
 * Linux `.ci/tfjs-node.sh` builds it); that one is then taken or none.
 */
export function findNative(): Native {
  const named = process.env.EDGEWRIGHT_TFJS_NODE
  for (const from of named ? [resolve(named)] : programFolders()) {
    const folder = packageFrom(from)
    if (!folder) continue
    const binary = binaryOf(folder)
    return existsSync(binary) ? { folder, binary } : { why: 'tfjs-node is installed without its binary' }
  }
  return {
    why: named
      ? `tfjs-node is not in ${named}, which EDGEWRIGHT_TFJS_NODE names`
      : 'tfjs-node is not installed',
  }
}

/**
 * Loads what was found.
 * @param oneThread that an operation runs on one thread, which TensorFlow is told when it is loaded and not again
 * @throws what the system says of a binary that does not load
 */
export function loadNative(
  { folder, binary }: { folder: string; binary: string },
  { oneThread }: { oneThread: boolean },
): object {
  // tfjs-node 4.22 calls two functions that Node 23 removed from `node:util`.
  const require = createRequire(join(folder, 'package.json'))
  const util = require('node:util') as Record<string, unknown>
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  util.isArray ??= Array.isArray
  // The native library reports each processor feature it was not built for on stderr, unless asked not to.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  if (oneThread) process.env.TF_NUM_INTRAOP_THREADS ??= '1'
  // First the binary alone: one that does not load leaves no half of the package behind.
  require(binary)
  return require(folder)
}

function packageFrom(folder: string): string | undefined {
  try {
    return dirname(createRequire(join(folder, 'here.js')).resolve(`${PACKAGE}/package.json`))
  } catch {
    return undefined
  }
}

/** The package may be there without this file, which comes by a download of its own. */
function binaryOf(folder: string): string {
  const { binary } = createRequire(join(folder, 'package.json'))('./package.json') as {
    binary: { module_path: string; module_name: string; napi_versions: number[] }
  }
  const newest = Number(process.versions.napi ?? 8)
  const version = Math.max(...binary.napi_versions.filter(each => each <= newest))
  const place = binary.module_path.replace('{napi_build_version}', String(version))
  return join(folder, place, `${binary.module_name}.node`)
}

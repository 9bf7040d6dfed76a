import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWith, type Program } from '../../../e2e/runtime.ts'

/** The folder named in `EDGEWRIGHT_TFJS_NODE`, or what `.ci/tfjs-node.sh` built. */
function findNativeFolder(): Program {
  const cache =
    process.env.EDGEWRIGHT_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'edgewright')
  const path = process.env.EDGEWRIGHT_TFJS_NODE || join(cache, 'tfjs-node')
  return existsSync(join(path, 'node_modules'))
    ? { path }
    : { why: 'EDGEWRIGHT_TFJS_NODE names no native TensorFlow; on Linux .ci/tfjs-node.sh builds one' }
}

describeWith(findNativeFolder(), 'native TensorFlow', native => {
  test('has the gradients of the plain backend: those it is asked for by name, and of every net', () => {
    const said = execFileSync(process.execPath, [join(import.meta.dirname, 'nativeGradients.ts')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, EDGEWRIGHT_TFJS_NODE: native },
    })
    const differences = Object.entries(JSON.parse(said) as Record<string, number>)
    expect(differences.length).toBeGreaterThan(30)
    for (const [name, difference] of differences) expect([name, difference < 1e-5]).toEqual([name, true])
  }, 60_000)
})

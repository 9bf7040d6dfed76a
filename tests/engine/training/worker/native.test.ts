import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { multiplicationsOf } from '../../../../main/engine/training/worker/multiplications.ts'
import { describeWith, type Program } from '../../../e2e/runtime.ts'
import { NETS } from '../nets/every.ts'

const TENSOR = new URL('../../../../main/engine/tensor/index.ts', import.meta.url).href

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

test('how often a net multiplies counts each weight as often as it is used', () => {
  const counted = (name: string) => multiplicationsOf((NETS[name] as (typeof NETS)[string]).net)
  expect(counted('wide and deep')).toBe(7 * 6 + 7 + (3 * 7 + 3) + 3 * 6)
  // Four numbers for each of five words, then the head.
  expect(counted('words')).toBe(4 * 5 + (6 * 3 + 3))
  const [first, second] = [8 * 8 * (9 * 3 * 4 + 4), 1 * (9 * 4 * 5 + 5)]
  expect(counted('pictures')).toBe(first + second + (10 * 3 + 3))
})

describeWith(findNativeFolder(), 'native TensorFlow', native => {
  test('is taken for large work, and WASM for small', () => {
    const opened = (multiplications: number) =>
      execFileSync(
        process.execPath,
        [
          ...['--input-type=module', '-e'],
          `const { openTensor } = await import(${JSON.stringify(TENSOR)})
           console.log((await openTensor({ multiplications: ${multiplications} })).backend)`,
        ],
        { encoding: 'utf8', env: { ...process.env, EDGEWRIGHT_TFJS_NODE: native } },
      ).trim()
    expect([opened(1000), opened(1e9)]).toEqual(['wasm', 'tensorflow'])
  }, 30_000)

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

import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Evaluation, Run, Variant } from '#contract'
import { findNative } from '../../../main/engine/tensor/index.ts'
import { temporaryFolder } from '../../contract/house.ts'
import { describeWith, type Program } from '../../e2e/runtime.ts'
import { bearingsCsv } from '../../e2e/table.ts'
import { openEngine } from '../engine.ts'

const golden = join(import.meta.dirname, '../../golden/graph')

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

/** Opens the backend `auto` and computes graphs in a process of its own, which sees native TensorFlow in `folder`. */
async function openIn(folder: string, ...args: string[]) {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, 'nativeProcess.ts'), ...args],
    { env: { ...process.env, EDGEWRIGHT_TFJS_NODE: folder } },
  )
  return { ...JSON.parse(stdout), stderr } as {
    backend: string
    detail: string
    differences: number[]
    stderr: string
  }
}

/** The same figures, numbers within 1e-5. */
function expectClose(actual: unknown, expected: unknown): void {
  if (typeof expected === 'number') {
    expect(actual).toBeTypeOf('number')
    expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(1e-5)
  } else if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(actual as object)).toEqual(Object.keys(expected))
    for (const [key, value] of Object.entries(expected))
      expectClose((actual as Record<string, unknown>)[key], value)
  } else expect(actual).toBe(expected)
}

describeWith(findNativeFolder(), 'native TensorFlow', native => {
  const before = process.env.EDGEWRIGHT_TFJS_NODE
  const bare = temporaryFolder()
  beforeAll(() => {
    process.env.EDGEWRIGHT_TFJS_NODE = native
  })
  afterAll(() => {
    if (before === undefined) delete process.env.EDGEWRIGHT_TFJS_NODE
    else process.env.EDGEWRIGHT_TFJS_NODE = before
    bare.remove()
  })

  test('is what the automatic backend takes, and prints nothing of its own', async () => {
    expect(await openIn(native)).toMatchObject({
      backend: 'tensorflow',
      detail: expect.stringMatching(/^TensorFlow native, TensorFlow\.js 4\./),
      stderr: '',
    })
  })

  test('is found from a relative folder too', async () => {
    expect(await openIn(relative(process.cwd(), native))).toMatchObject({ backend: 'tensorflow', stderr: '' })
  })

  for (const model of ['classifier', 'convnet', 'layers'])
    test(`answers what TensorFlow answers with the golden graph ${model}, frozen and with 8-bit weights`, async () => {
      const file = (name: string) => join(golden, model, name)
      const { backend, differences } = await openIn(
        native,
        ...[file('frozen.pb'), file('rows.bin'), file('frozen.bin')],
        ...[file('quantized.pb'), file('rows.bin'), file('quantized.bin')],
      )
      expect(backend).toBe('tensorflow')
      expect(differences).toHaveLength(2)
      for (const difference of differences) expect(difference).toBeLessThanOrEqual(1e-5)
    })

  test('that is not where it is said to be, or has no binary, is passed over in words', async () => {
    process.env.EDGEWRIGHT_TFJS_NODE = bare.path
    try {
      expect(findNative()).toEqual({ why: expect.stringContaining(bare.path) })
      const folder = join(bare.path, 'node_modules', '@tensorflow', 'tfjs-node')
      mkdirSync(folder, { recursive: true })
      cpSync(join(native, 'node_modules/@tensorflow/tfjs-node/package.json'), join(folder, 'package.json'))
      expect(findNative()).toEqual({ why: expect.stringContaining('without its binary') })
      expect(await openIn(bare.path)).toMatchObject({ backend: 'wasm', stderr: '' })
    } finally {
      process.env.EDGEWRIGHT_TFJS_NODE = native
    }
  })

  test('whose library is missing is passed over, and leaves nothing behind that disturbs WASM', async () => {
    const halved = join(bare.path, 'halved')
    const folder = join(halved, 'node_modules', '@tensorflow', 'tfjs-node')
    const { binary } = findNative() as { binary: string }
    const place = relative(join(native, 'node_modules/@tensorflow/tfjs-node'), binary)
    mkdirSync(join(folder, place, '..'), { recursive: true })
    cpSync(join(native, 'node_modules/@tensorflow/tfjs-node/package.json'), join(folder, 'package.json'))
    cpSync(binary, join(folder, place))
    expect(await openIn(halved)).toMatchObject({ backend: 'wasm', stderr: '' })
  })

  test('trains the same model to the bit for the same seed; it is frozen, and WASM gives its figures', async () => {
    const house = await openEngine()
    try {
      const file = join(house.folder, 'bearings.csv')
      writeFileSync(file, bearingsCsv(3000))
      await house.work(house.engine.dataset.import({ file, name: 'bearings' }))
      const plan = {
        dataset: 'bearings',
        label: 'worn',
        name: 'wear',
        without: ['serial'],
        dropout: 0.2,
        epochs: 4,
        // By itself so small a net goes to WASM.
        backend: 'tensorflow' as const,
      }
      const run = await house.work<Run>(house.engine.training.start(plan))
      const again = await house.work<Run>(house.engine.training.start(plan))
      const other = await house.work<Run>(house.engine.training.start({ ...plan, seed: 2 }))
      for (const each of [run, again, other])
        expect(each.backend).toMatch(/^tensorflow: TensorFlow native, TensorFlow\.js 4\./)
      expect(again.artifact).toBe(run.artifact)
      expect(again.epochs.map(epoch => epoch.loss)).toEqual(run.epochs.map(epoch => epoch.loss))
      expect(other.artifact).not.toBe(run.artifact)
      const { backends } = await house.engine.training.choices({})
      expect(backends[0]).toMatchObject({ name: 'tensorflow', ready: true })

      const frozen = await house.work<Variant>(house.engine.optimization.freeze({ model: run.id }))
      expect(frozen.compared?.maxDifference).toBeLessThanOrEqual(1e-5)

      const evaluate = () =>
        house.work<Evaluation>(house.engine.evaluation.run({ run: run.id, split: 'test', variant: 'layers' }))
      const onNative = await evaluate()
      process.env.EDGEWRIGHT_TFJS_NODE = join(bare.path, 'nothing')
      const onWasm = await evaluate()
      expect(findNative().folder).toBeUndefined()
      for (const figures of ['rows', 'metrics', 'perClass', 'confusion'] as const)
        expectClose(onWasm[figures], onNative[figures])
    } finally {
      process.env.EDGEWRIGHT_TFJS_NODE = native
      await house.close()
    }
  })
})

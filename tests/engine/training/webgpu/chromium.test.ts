import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Epoch } from '#contract'
import { seeded } from '../../../../main/engine/kit/index.ts'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import type { Target } from '../../../../main/engine/training/targets/target.ts'
import { webgpuTarget } from '../../../../main/engine/training/targets/webgpu.ts'
import { FILES, type TrainWork } from '../../../../main/engine/training/work.ts'
import { train } from '../../../../main/engine/training/worker/train.ts'
import { describeWith, findChromium } from '../../../e2e/runtime.ts'
import { NETS, rowsOf } from '../nets/every.ts'
import { suite } from '../targets/suite.ts'
import { listener, until } from '../targets/work.ts'
import { openGpuPage } from './page.ts'

describeWith(findChromium(), "this computer's GPU, lent by a real page", path => {
  const own = webgpuTarget()
  let page: Awaited<ReturnType<typeof openGpuPage>>
  const folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
  beforeAll(async () => {
    page = await openGpuPage(own, path)
    await until(() => own.ready().ready, 'the offer of the GPU')
  }, 120_000)
  afterAll(async () => {
    await page?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  // The suite's works name the plainest backend, which a GPU is not.
  const target: Target = {
    ...own,
    run(place, options) {
      const file = join(place, FILES.work)
      const work = JSON.parse(readFileSync(file, 'utf8')) as TrainWork
      writeFileSync(file, JSON.stringify({ ...work, backend: 'auto' }))
      return own.run(place, options)
    },
  }
  suite('webgpu', () => target, { seconds: 120 })

  test.each(Object.keys(NETS))(
    'teaches the net "%s" as WebAssembly does, and gives back its weights',
    async name => {
      const { net, width } = NETS[name] as (typeof NETS)[string]
      const rows = 24
      const work: TrainWork = {
        ...{ kind: 'train', trainer: 'tabular', backend: 'auto', task: 'multiclass' },
        ...{ inputs: width, outputs: 3, epochs: 2, batch: 12, learningRate: 0.01, schedule: 'cosine' },
        ...{ warmup: 0, patience: 0, seed: 3, rows: { train: rows, eval: rows }, net },
        classWeights: [1, 0.5, 2],
      }
      const places = ['gpu', 'wasm'].map(where => join(folder, `${name}-${where}`)) as [string, string]
      for (const place of places) layWork(place, work, name)
      const { heard, options } = listener()
      await own.run(places[0], options)
      const epochs: Epoch[] = []
      await train(places[1], work, await openTensor({ backend: 'wasm' }), said => {
        if (said.kind === 'epoch') epochs.push(said.figures)
      })
      const ours = heard.messages.flatMap(said => (said.kind === 'epoch' ? [said.figures] : []))
      expect(ours.map(({ epoch }) => epoch)).toEqual([1, 2])
      ours.forEach(({ loss, evalLoss }, i) => {
        expect(loss).toBeCloseTo(epochs[i]?.loss as number, 3)
        expect(evalLoss as number).toBeCloseTo(epochs[i]?.evalLoss as number, 3)
      })
      const [found, wanted] = places.map(place => floatsIn(join(place, FILES.weights))) as [
        number[],
        number[],
      ]
      expect(found.length).toBe(wanted.length)
      found.forEach((value, i) => {
        expect(Math.abs(value - (wanted[i] as number))).toBeLessThan(1e-3)
      })
    },
    120_000,
  )

  test('without a complaint of the browser', () => {
    // The suite gave it a data file that ends too early.
    expect(page.complaints).toEqual([])
  })
})

const floatsIn = (file: string) => [...new Float32Array(new Uint8Array(readFileSync(file)).buffer)]

function layWork(place: string, work: TrainWork, name: string): void {
  mkdirSync(place)
  const put = (file: string, values: Float32Array) =>
    writeFileSync(join(place, file), new Uint8Array(values.buffer))
  for (const split of ['train', 'eval'] as const) {
    const count = work.rows[split]
    put(FILES.features(split), rowsOf(name, count, seeded(split.length)))
    put(
      FILES.labels(split),
      Float32Array.from({ length: count }, (_, i) => i % 3),
    )
  }
  writeFileSync(join(place, FILES.work), JSON.stringify(work))
}

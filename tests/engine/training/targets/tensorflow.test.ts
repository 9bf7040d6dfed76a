import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLine } from '../../../../main/engine/training/targets/docker/line.ts'
import { FILES } from '../../../../main/engine/training/work.ts'
import { classifier, writeWork } from '../python/work.ts'
import { inMemory, openDocker, specOf, unless } from './places.ts'
import { tensorflowBase } from './tensorflowBase.ts'
import { listener } from './work.ts'

const python = process.env.EDGEWRIGHT_TF_PYTHON
const { skip, hint } = unless(specOf('docker'))
const without = python ? '' : ' (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)'

describe.skipIf(skip || (!python && !process.env.CI))(
  `the trainer's TensorFlow image, on the TensorFlow of this computer${hint}${without}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
    const target = openDocker(specOf('docker'))
    let image: string
    beforeAll(async () => {
      if (!python) throw new Error('EDGEWRIGHT_TF_PYTHON names no Python with TensorFlow.')
      const { docker, close } = openLine(specOf('docker'), inMemory())
      const base = await tensorflowBase(docker, python)
      close()
      const how = { signal: AbortSignal.timeout(120_000), step: () => {} }
      image = (await target.prepare?.({ kind: 'tensorflow', base }, how))?.[0] as string
    }, 180_000)
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test('trains in one container, and in two that hear each other, to the same quality', {
      timeout: 180_000,
    }, async () => {
      const losses = await Promise.all(
        [1, 2].map(async workers => {
          const work = join(folder, `workers-${workers}`)
          writeWork(work, { inputs: 6, net: classifier(6, [16], 3), epochs: 5 })
          // One worker has TensorFlow by the name of the image, several have it always.
          const { heard, options } = listener({ wants: { workers, ...(workers === 1 && { image }) } })
          expect(await target.run(work, options)).toEqual({ kind: 'done', best: 5, stoppedEarly: false })
          const ready = heard.messages.find(message => message.kind === 'ready')
          expect(ready?.backend).toMatch(/^tensorflow: 2\.\d+\.\d+ in Python/)
          expect(ready?.backend.includes('2 workers')).toBe(workers === 2)
          const epochs = heard.messages.filter(message => message.kind === 'epoch')
          expect(epochs.map(({ figures }) => figures.epoch)).toEqual([1, 2, 3, 4, 5])
          expect(readFileSync(join(work, FILES.weights)).length).toBe((6 * 16 + 16 + 16 * 3 + 3) * 4)
          expect(heard.images).toHaveLength(1)
          return epochs.at(-1)?.figures.evalLoss as number
        }),
      )
      expect(losses[0]).toBeLessThan(0.9)
      expect(losses[1]).toBeCloseTo(losses[0] as number, 4)
    })
  },
)

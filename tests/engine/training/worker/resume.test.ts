import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { seeded } from '../../../../main/engine/kit/index.ts'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import { FILES, type Message, type TrainWork } from '../../../../main/engine/training/work.ts'
import { readCheckpoint } from '../../../../main/engine/training/worker/checkpointFile.ts'
import { train } from '../../../../main/engine/training/worker/train.ts'
import { aFolder } from '../bench.ts'
import { NETS, rowsOf } from '../nets/every.ts'

const TRAIN = 45
const EVAL = 11

const folder = aFolder()
afterAll(() => folder.remove())

/** A work folder of a net: dropout where the net has some, a warm-up that ends within an epoch, then a cosine. */
function aWork(name: string, place: string): string {
  const path = join(folder.path, `${name} ${place}`)
  mkdirSync(path)
  const { net, width } = NETS[name] as (typeof NETS)[string]
  const write = (file: string, values: Float32Array) =>
    writeFileSync(join(path, file), new Uint8Array(values.buffer))
  for (const [split, rows, seed] of [
    ['train', TRAIN, 1],
    ['eval', EVAL, 2],
  ] as const) {
    write(FILES.features(split), rowsOf(name, rows, seeded(seed)))
    write(
      FILES.labels(split),
      Float32Array.from({ length: rows }, (_, i) => i % 3),
    )
  }
  const work: TrainWork = {
    ...{ kind: 'train', trainer: 'tabular', backend: 'wasm', task: 'multiclass', inputs: width, outputs: 3 },
    ...{ rows: { train: TRAIN, eval: EVAL }, epochs: 6, batch: 8, learningRate: 0.02, schedule: 'cosine' },
    ...{ warmup: 1.5, patience: 0, seed: 3, net, classWeights: [1, 2, 0.5] },
  }
  writeFileSync(join(path, FILES.work), JSON.stringify(work))
  return path
}

/** One life of a worker; what it said, and what ended it. */
async function lifeOf(worker: string, path: string) {
  const child = fork(join(import.meta.dirname, worker), [path], { stdio: 'ignore' })
  const said: Message[] = []
  child.on('message', message => said.push(message as Message))
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return { said, signal }
}

test.each(Object.keys(NETS))(
  'the net "%s" whose worker was killed after an epoch ends with the bits of one that never stopped',
  async name => {
    const [straight, killed] = [aWork(name, 'straight'), aWork(name, 'killed')]
    const work = JSON.parse(readFileSync(join(straight, FILES.work), 'utf8')) as TrainWork
    const opened = await openTensor({ backend: 'wasm' })
    const [, first] = await Promise.all([
      train(straight, work, opened, () => {}),
      lifeOf('../dyingWorker.ts', killed),
    ])
    expect(first.signal).toBe('SIGKILL')
    expect(existsSync(join(killed, FILES.weights))).toBe(false)
    expect(readCheckpoint(join(killed, FILES.checkpoint))?.epochs).toHaveLength(3)

    const { said } = await lifeOf('../dyingWorker.ts', killed)
    expect(said[0]).toMatchObject({ kind: 'ready', epochs: [{ epoch: 1 }, { epoch: 2 }, { epoch: 3 }] })
    expect(said.at(-1)).toMatchObject({ kind: 'done' })
    const bytes = (path: string) => readFileSync(join(path, FILES.weights)).toString('hex')
    expect(bytes(killed)).toBe(bytes(straight))
    const figures = (path: string) => {
      const { epochs = [], ...rest } = readCheckpoint(join(path, FILES.checkpoint)) ?? {}
      return { ...rest, epochs: epochs.map(({ seconds, ...epoch }) => epoch) }
    }
    expect(figures(killed)).toEqual(figures(straight))
  },
  30_000,
)

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Usage } from '#contract'
import type {
  Demands,
  LineAbout,
  Placement,
  RunOptions,
} from '../../../../main/engine/training/targets/target.ts'
import {
  FILES,
  type Message,
  type ScriptWork,
  type TrainWork,
} from '../../../../main/engine/training/work.ts'

const floats = (folder: string, file: string, values: number[]) =>
  writeFileSync(join(folder, file), new Uint8Array(Float32Array.from(values).buffer))

/** A small net to be taught on the plainest backend, the same everywhere. */
export function trainFolder(
  folder: string,
  { epochs = 3, rows = 64, backend = 'cpu' as TrainWork['backend'] } = {},
): string {
  mkdirSync(folder, { recursive: true })
  const x = Array.from({ length: rows }, (_, i) => (i - rows / 2) / (rows / 4))
  for (const split of ['train', 'eval'] as const) {
    floats(folder, FILES.features(split), x)
    floats(
      folder,
      FILES.labels(split),
      x.map(value => Number(value > 0)),
    )
  }
  const work: TrainWork = {
    ...{ kind: 'train', trainer: 'tabular', backend, task: 'binary', inputs: 1, outputs: 1 },
    ...{ epochs, batch: 16, learningRate: 0.1, schedule: 'constant', warmup: 0, patience: 0, seed: 1 },
    rows: { train: rows, eval: rows },
    net: {
      layers: [
        { name: 'features', inputs: [], kind: 'input', width: 1 },
        {
          name: 'logits',
          inputs: ['features'],
          kind: 'dense',
          units: 1,
          activation: 'linear',
          bias: true,
          seed: 1,
        },
        { name: 'probabilities', inputs: ['logits'], kind: 'activation', activation: 'sigmoid' },
      ],
      logits: 'logits',
      output: 'probabilities',
    },
    classWeights: null,
  }
  writeFileSync(join(folder, FILES.work), JSON.stringify(work))
  return folder
}

/** A person's own program for Node, with a data file each. */
export function scriptFolder(
  folder: string,
  image: string,
  source: string,
  {
    data = 'a,b\n1,2\n' as string | Uint8Array,
    ...work
  }: Partial<ScriptWork> & { data?: string | Uint8Array } = {},
): string {
  const put = (name: string, body: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), body)
  }
  put('data/train.csv', data)
  put('data/eval.csv', 'a,b\n3,4\n')
  put('program/run.mjs', source)
  const script: ScriptWork = {
    kind: 'script',
    image,
    script: 'program/run.mjs',
    env: {
      TRAIN_DATA: 'data/train.csv',
      EVAL_DATA: 'data/eval.csv',
      MODEL_DIR: FILES.model,
      HPARAMS: '{"rate":0.5}',
    },
    ...work,
  }
  put(FILES.work, JSON.stringify(script))
  return folder
}

/** All that a target tells while it runs, kept for the test. */
export function listener(more: Partial<RunOptions> & { wants?: Partial<Demands> } = {}) {
  const { wants, ...rest } = more
  const heard = {
    messages: [] as Message[],
    lines: [] as (LineAbout & { text: string })[],
    steps: [] as string[],
    usages: [] as Usage[],
    images: [] as string[],
    grown: [] as string[],
    placement: null as Placement | null,
    cursor: null as string | null,
    begun: null as number | null,
  }
  const stop = new AbortController()
  const options: RunOptions = {
    signal: stop.signal,
    demands: { workers: 1, network: false, mixedPrecision: false, ...wants },
    tell(message, about = {}) {
      heard.begun ??= Date.now()
      heard.messages.push(message)
      heard.cursor = about.cursor ?? heard.cursor
    },
    line(text, about = {}) {
      heard.lines.push({ ...about, text })
      heard.cursor = about.cursor ?? heard.cursor
    },
    step: words => void heard.steps.push(words),
    usage: usage => void heard.usages.push(usage),
    image: digest => void heard.images.push(digest),
    grown: path => void heard.grown.push(path),
    placed: placement => {
      heard.placement = placement
    },
    ...rest,
  }
  return { heard, options, stop, texts: () => heard.lines.filter(line => !line.from).map(line => line.text) }
}

export async function until(what: () => boolean, words: string, seconds = 40): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !what(); await new Promise(done => setTimeout(done, 25)))
    if (Date.now() > end) throw new Error(`it did not come about: ${words}`)
}

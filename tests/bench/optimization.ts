import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../contract/house.ts'
import { terminal } from '../e2e/terminal.ts'
import { type Figure, figure } from './measure.ts'
import type { FreezeReport } from './optimizationFreeze.ts'

const RUNS = 3
const SCRIPT = fileURLToPath(new URL('./optimizationModels.py', import.meta.url))
const FREEZE = fileURLToPath(new URL('./optimizationFreeze.ts', import.meta.url))
const VARIANTS = ['none', 'float16', 'dynamic', 'int8'] as const

/** Nets whose variants are held against TensorFlow's; the large ones take minutes each. */
const SMALL = ['dscnn', 'mlp', 'mobilenetv2']
const LARGE = ['mobilenet', 'mobilenetv3small', 'efficientnetb0', 'resnet50', 'densenet121']

type Compared = Record<(typeof VARIANTS)[number], { ours: number; theirs: number; difference: number }>

/**
 * Freezing, folding and quantizing Inception v3 beside TensorFlow doing the same, and TFLite variants of well-known nets
 * beside its converter's. Needs EDGEWRIGHT_TF_PYTHON, a Python with TensorFlow and LiteRT. With EDGEWRIGHT_BENCH_LONG
 * also the large nets. Models are made once and kept in the folder that EDGEWRIGHT_BENCH_MODELS names.
 */
export async function optimization(): Promise<Figure[]> {
  const python = process.env.EDGEWRIGHT_TF_PYTHON
  if (!python) throw new Error('name a Python with TensorFlow and LiteRT as EDGEWRIGHT_TF_PYTHON')
  const folder = temporaryFolder()
  const models = process.env.EDGEWRIGHT_BENCH_MODELS ?? join(folder.path, 'models')
  mkdirSync(models, { recursive: true })
  const theirs = (verb: string, name: string): Promise<string> =>
    new Promise((done, failed) =>
      execFile(
        python,
        [SCRIPT, verb, name, join(models, name)],
        { maxBuffer: 1 << 26, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } },
        (error, out) => (error ? failed(error) : done(out.trim().split('\n').at(-1) ?? '')),
      ),
    )
  const made = async (name: string) => {
    if (!existsSync(join(models, name, 'theirs-int8.tflite'))) await theirs('make', name)
    return join(models, name)
  }
  try {
    const { json } = terminal(join(folder.path, 'home'), folder.path)
    return [...(await frozen()), ...(await converted())]

    async function frozen(): Promise<Figure[]> {
      const place = await made('inceptionv3')
      const ours: FreezeReport[] = []
      const other: FreezeReport[] = []
      for (let nth = 0; nth < RUNS; nth++) {
        ours.push(await own(join(place, 'saved'), join(folder.path, 'ours.pb')))
        other.push(JSON.parse(await theirs('freeze', 'inceptionv3')) as FreezeReport)
      }
      const ratio = (of: (report: FreezeReport) => number) =>
        ours.map((mine, i) => of(mine) / of(other[i] as FreezeReport))
      const MiB = 1024 * 1024
      return [
        figure(
          'Inception v3 frozen and quantized',
          'MiB',
          ours.map(each => each.bytes / MiB),
          23,
        ),
        figure(
          'freeze, fold and quantize, start excluded',
          's',
          ours.map(each => each.seconds),
        ),
        figure(
          'share of TensorFlow’s time, start excluded',
          'of 1',
          ratio(each => each.seconds),
          1,
        ),
        figure(
          'share of TensorFlow’s time, start included',
          'of 1',
          ratio(each => each.withImport),
          1,
        ),
        figure(
          'peak memory as a multiple of the SavedModel',
          'times',
          ours.map(each => each.peakBytes / fileBytes(place)),
          3,
        ),
        figure(
          'peak memory as a multiple of the frozen graph',
          'times',
          ours.map(each => each.peakBytes / each.floatBytes),
          3,
        ),
        figure(
          'TensorFlow’s peak memory as a multiple of that',
          'times',
          ours.map((mine, i) => (other[i] as FreezeReport).peakBytes / mine.floatBytes),
        ),
      ]
    }

    async function converted(): Promise<Figure[]> {
      const figures: Figure[] = []
      const sizes: number[] = []
      const differences = { none: [] as number[], int8: [] as number[] }
      for (const name of [...SMALL, ...(process.env.EDGEWRIGHT_BENCH_LONG ? LARGE : [])]) {
        const place = await made(name)
        const seconds: number[] = []
        for (const quantize of VARIANTS) {
          const began = performance.now()
          await json(
            ...['optimization', 'convert', '--model', join(place, 'saved'), '--quantize', quantize],
            ...['--calibration', join(place, 'rows.npz'), '--calibration-rows', '16'],
            ...[
              '--out',
              join(place, `ours-${quantize}.tflite`),
              '--workspace',
              join(folder.path, 'workspace'),
            ],
          )
          seconds.push((performance.now() - began) / 1000)
        }
        const found = JSON.parse(await theirs('compare', name)) as Compared
        for (const quantize of VARIANTS) {
          const { ours, theirs: other, difference } = found[quantize]
          sizes.push(ours / other)
          if (quantize === 'none' || quantize === 'int8') differences[quantize].push(difference)
          figures.push(
            figure(`${name}, ${quantize}: size beside TensorFlow’s`, 'of 1', [ours / other]),
            figure(`${name}, ${quantize}: largest difference of an output`, 'units', [difference]),
          )
        }
        figures.push(figure(`${name}: convert and prove, each`, 's', seconds))
      }
      const nets = sizes.length / VARIANTS.length
      const worst = (values: number[]) => [Math.max(...values)]
      figures.push(
        figure(`largest file beside TensorFlow’s, ${nets} nets in 4 forms`, 'of 1', worst(sizes), 1.02),
        figure(
          `float outputs beside TensorFlow’s file, ${nets} nets`,
          'units',
          worst(differences.none),
          1e-4,
        ),
        // One step of an 8-bit softmax is 1/256.
        figure(
          `int8 outputs beside TensorFlow’s file, ${nets} nets`,
          'steps',
          worst(differences.int8.map(each => each * 256)),
          1,
        ),
      )
      return figures
    }
  } finally {
    folder.remove()
  }
}

const fileBytes = (place: string) =>
  ['saved/saved_model.pb', 'saved/variables/variables.data-00000-of-00001'].reduce(
    (sum, name) => sum + statSync(join(place, name)).size,
    0,
  )

const own = (model: string, out: string): Promise<FreezeReport> =>
  new Promise((done, failed) => {
    const began = performance.now()
    execFile(process.execPath, [FREEZE, model, out], (error, text) => {
      if (error) failed(error)
      else done({ ...(JSON.parse(text) as FreezeReport), withImport: (performance.now() - began) / 1000 })
    })
  })

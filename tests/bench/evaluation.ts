import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seeded } from '../../main/engine/kit/index.ts'
import { temporaryFolder } from '../contract/house.ts'
import { terminal } from '../e2e/terminal.ts'
import { type Figure, figure } from './measure.ts'

const ROWS = 1_000_000
/** Five columns of ten values: fifty slices. */
const COLUMNS = ['site', 'shift', 'kind', 'maker', 'age']
const RUNS = 3

async function predictions(path: string, rows: number): Promise<void> {
  const random = seeded(9)
  const out = createWriteStream(path)
  out.write(`label,probability,${COLUMNS.join(',')}\n`)
  for (let at = 0; at < rows; ) {
    let text = ''
    for (const end = Math.min(rows, at + 10_000); at < end; at++) {
      const label = Number(random() < 0.3)
      const score = Math.min(
        0.999999,
        Math.max(0.000001, 0.3 + 0.35 * (label - 0.3) + 0.3 * (random() - 0.5)),
      )
      text += `${label},${score.toFixed(6)},${COLUMNS.map(name => `${name}${Math.floor(random() * 10)}`).join(',')}\n`
    }
    if (!out.write(text)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}

interface Theirs {
  seconds: number
  withImport: number
  peakBytes: number
  slices: number
  accuracy: number
  auc: number
}

const theirs = (python: string, file: string) =>
  new Promise<Theirs>((done, failed) =>
    execFile(
      python,
      [fileURLToPath(new URL('./evaluation.py', import.meta.url)), file, COLUMNS.join(',')],
      { env: { ...process.env, PYTHONWARNINGS: 'ignore', TF_CPP_MIN_LOG_LEVEL: '3' }, maxBuffer: 1 << 24 },
      (error, text) => {
        const [seconds, withImport, peakBytes, slices, accuracy, auc] =
          text.trim().split('\n').at(-1)?.split(' ').map(Number) ?? []
        if (error || !seconds || !withImport || !peakBytes || !slices || !accuracy || !auc)
          failed(error ?? new Error(`TFMA printed ${text}`))
        else done({ seconds, withImport, peakBytes, slices, accuracy, auc })
      },
    ),
  )

/**
 * One million predictions with fifty slices from a file, from the command line with its start, all intervals and the
 * search for the worst slices. With EDGEWRIGHT_TFMA_PYTHON, a Python that has TensorFlow Model Analysis, that runs right
 * after ours on the same file.
 */
export async function evaluation(): Promise<Figure[]> {
  const python = process.env.EDGEWRIGHT_TFMA_PYTHON
  const folder = temporaryFolder()
  try {
    const file = join(folder.path, 'predictions.csv')
    await predictions(file, ROWS)
    const { run } = terminal(join(folder.path, 'home'), folder.path)
    const ours: number[] = []
    const engines: number[] = []
    const others: Theirs[] = []
    for (let nth = 0; nth < RUNS; nth++) {
      const began = performance.now()
      const answer = await run(
        ...['evaluation', 'run', '--predictions', file, '--by', COLUMNS.join(','), '--json'],
        ...['--workspace', join(folder.path, `workspace-${nth}`)],
      )
      ours.push((performance.now() - began) / 1000)
      if (answer.code !== 0) throw new Error(answer.err)
      const found = JSON.parse(answer.out) as {
        seconds: number
        slices: unknown[]
        metrics: Record<string, number>
      }
      engines.push(found.seconds)
      if (found.slices.length !== 10 * COLUMNS.length) throw new Error(`${found.slices.length} slices`)
      if (!python || nth > 0) continue
      const their = await theirs(python, file)
      if (Math.abs(their.accuracy - (found.metrics.accuracy ?? 0)) > 1e-6)
        throw new Error(`accuracy ${found.metrics.accuracy} here and ${their.accuracy} by TFMA`)
      others.push(their)
    }
    const own = figure('1 M rows, 50 slices, from the command line', 's', ours)
    const figures = [own, figure('1 M rows, 50 slices, in the engine', 's', engines)]
    if (others.length) {
      const whole = figure(
        '1 M rows, 50 slices, TFMA with its import',
        's',
        others.map(each => each.withImport),
      )
      figures.push(
        whole,
        figure(
          '1 M rows, 50 slices, TFMA without its import',
          's',
          others.map(each => each.seconds),
        ),
        figure(
          '1 M rows, 50 slices, TFMA, largest memory',
          'MB',
          others.map(each => each.peakBytes / 1e6),
        ),
        figure("ours of each second of TFMA's, both with their start", 's', [own.median / whole.median], 1),
      )
    }
    return figures
  } finally {
    folder.remove()
  }
}

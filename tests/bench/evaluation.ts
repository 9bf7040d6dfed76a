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
/** Rows that both evaluate. */
const COMPARED = 100_000
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
        Math.max(0.000001, 0.3 + 0.35 * (label - 0.3) + 0.6 * (random() - 0.5)),
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
  /** Of the processor. */
  work: number
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
        const [seconds, withImport, work, peakBytes, slices, accuracy, auc] =
          text.trim().split('\n').at(-1)?.split(' ').map(Number) ?? []
        if (error || !seconds || !withImport || !work || !peakBytes || !slices || !accuracy || !auc)
          failed(error ?? new Error(`TFMA printed ${text}`))
        else done({ seconds, withImport, work, peakBytes, slices, accuracy, auc })
      },
    ),
  )

interface Ours {
  whole: number
  engine: number
  accuracy: number
}

/** From the command line, in a workspace that was not there before. */
async function ours(folder: string, file: string, nth: string): Promise<Ours> {
  const { run } = terminal(join(folder, 'home'), folder)
  const began = performance.now()
  const answer = await run(
    ...['evaluation', 'run', '--predictions', file, '--by', COLUMNS.join(','), '--json'],
    ...['--workspace', join(folder, `workspace-${nth}`)],
  )
  const whole = (performance.now() - began) / 1000
  if (answer.code !== 0) throw new Error(answer.err)
  const found = JSON.parse(answer.out) as {
    seconds: number
    slices: unknown[]
    metrics: Record<string, number>
  }
  if (found.slices.length !== 10 * COLUMNS.length) throw new Error(`${found.slices.length} slices`)
  return { whole, engine: found.seconds, accuracy: found.metrics.accuracy ?? 0 }
}

/**
 * One million predictions with fifty slices from a file, from the command line with its start, all intervals and the
 * search for the worst slices. With EDGEWRIGHT_TFMA_PYTHON, a Python that has TensorFlow Model Analysis, that runs right
 * after ours on the same file: on 100,000 rows, since it takes most of an hour for a million, which
 * EDGEWRIGHT_BENCH_LONG lets it.
 */
export async function evaluation(): Promise<Figure[]> {
  const python = process.env.EDGEWRIGHT_TFMA_PYTHON
  const folder = temporaryFolder()
  try {
    const file = join(folder.path, 'predictions.csv')
    await predictions(file, ROWS)
    const runs: Ours[] = []
    for (let nth = 0; nth < RUNS; nth++) runs.push(await ours(folder.path, file, `${nth}`))
    const own = (of: (run: Ours) => number, where: string) =>
      figure(`1 M rows, 50 slices, ${where}`, 's', runs.map(of))
    const figures = [own(run => run.whole, 'from the command line'), own(run => run.engine, 'in the engine')]
    if (!python) return figures
    const rows = process.env.EDGEWRIGHT_BENCH_LONG ? ROWS : COMPARED
    const both = join(folder.path, 'compared.csv')
    await predictions(both, rows)
    const mine = await ours(folder.path, both, 'compared')
    const their = await theirs(python, both)
    if (Math.abs(their.accuracy - mine.accuracy) > 1e-6)
      throw new Error(`accuracy ${mine.accuracy} here and ${their.accuracy} by TFMA`)
    const title = `${rows.toLocaleString('en-US')} rows, 50 slices`
    figures.push(
      figure(`${title}, from the command line`, 's', [mine.whole]),
      figure(`${title}, TFMA with its import`, 's', [their.withImport]),
      figure(`${title}, TFMA without its import`, 's', [their.seconds]),
      figure(`${title}, TFMA, time of the processor`, 's', [their.work]),
      figure(`${title}, TFMA, largest memory`, 'MB', [their.peakBytes / 1e6]),
      figure(
        `${title}, ours of each second of TFMA's, both with their start`,
        's',
        [mine.whole / their.withImport],
        1,
      ),
    )
    return figures
  } finally {
    folder.remove()
  }
}

import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { temporaryFolder } from '../contract/house.ts'
import { terminal } from '../e2e/terminal.ts'
import { type Figure, figure } from './measure.ts'

const RUNS = 3
/** What `statisticsEngine.ts` reports of one run. */
export interface StatisticsReport {
  /** From a file of text to statistics and their message in a file, each value read and its type inferred. */
  protoSeconds: number
  /** The largest that the process ever was, in bytes. */
  peakBytes: number
}

/** The lines of UCI Adult, train and eval together. */
function adultLines(): string[] {
  const inputs = join(process.env.EDGEWRIGHT_SHARED ?? '../shared', 'golden', 'tfdv', 'inputs')
  if (!existsSync(inputs))
    throw new Error('UCI Adult is not at hand; name the folder that holds it as EDGEWRIGHT_SHARED')
  const read = (name: string) =>
    gunzipSync(readFileSync(join(inputs, `${name}.csv.gz`)))
      .toString('utf8')
      .trimEnd()
      .split('\n')
  return [...read('train'), ...read('eval').slice(1)]
}

/** Writes so many rows by repeating those there are. */
async function repeated(path: string, lines: string[], rows: number): Promise<void> {
  const out = createWriteStream(path)
  const [header, ...body] = lines
  out.write(`${header}\n`)
  const whole = `${body.join('\n')}\n`
  for (let left = rows; left > 0; left -= body.length) {
    const text = left >= body.length ? whole : `${body.slice(0, left).join('\n')}\n`
    if (!out.write(text)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}

const ours = (file: string, folder: string): Promise<StatisticsReport> =>
  new Promise((done, failed) => {
    const child = fork(fileURLToPath(new URL('./statisticsEngine.ts', import.meta.url)), [file, folder], {
      execArgv: [],
    })
    let report: StatisticsReport | undefined
    child.once('message', message => {
      report = message as StatisticsReport
    })
    child.once('exit', code => (report ? done(report) : failed(new Error(`the engine ended with ${code}`))))
  })

/** From file to message by TFDV in a process of its own: with the import of its libraries, and without. */
const THEIRS = `
import time
started = time.time()
import sys, resource
import pandas, tensorflow_data_validation as tfdv
way, path, out = sys.argv[1:4]
began = time.time()
if way == 'csv':
  statistics = tfdv.generate_statistics_from_csv(path, delimiter=',')
else:
  statistics = tfdv.generate_statistics_from_dataframe(pandas.read_csv(path))
with open(out, 'wb') as file:
  file.write(statistics.SerializeToString())
ended = time.time()
print(ended - began, ended - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
`

const theirs = (python: string, way: 'csv' | 'frame', file: string, out: string) =>
  new Promise<{ seconds: number; withImport: number; peakBytes: number }>((done, failed) =>
    execFile(
      python,
      ['-c', THEIRS, way, file, out],
      { env: { ...process.env, PYTHONWARNINGS: 'ignore', TF_CPP_MIN_LOG_LEVEL: '3' }, maxBuffer: 1 << 24 },
      (error, text) => {
        const [seconds, withImport, peakBytes] = text.trim().split('\n').at(-1)?.split(' ').map(Number) ?? []
        if (error || !seconds || !withImport || !peakBytes) failed(error ?? new Error(`TFDV printed ${text}`))
        else done({ seconds, withImport, peakBytes })
      },
    ),
  )

/**
 * Statistics of UCI Adult made longer by repetition, from text to a message in a file. With EDGEWRIGHT_TFDV_PYTHON, a
 * Python that has TensorFlow Data Validation, that runs right after ours on the same file. With
 * EDGEWRIGHT_BENCH_LONG also 50 million rows.
 */
export async function statistics(): Promise<Figure[]> {
  const python = process.env.EDGEWRIGHT_TFDV_PYTHON
  const folder = temporaryFolder()
  const figures: Figure[] = []
  try {
    const lines = adultLines()
    const small = join(folder.path, 'adult.csv')
    await repeated(small, lines, lines.length - 1)
    const { run } = terminal(join(folder.path, 'home'), folder.path)
    /** Seconds of the command, in a workspace that has computed nothing yet. */
    async function command(file: string, name: string): Promise<number> {
      const began = performance.now()
      const out = join(folder.path, `${name}.pb`)
      const answer = await run(
        ...['statistics', 'compute', '--data', file, '--tfdv', '--out', out],
        ...['--workspace', join(folder.path, `workspace-${name}`)],
      )
      if (answer.code !== 0 || !statSync(out).size) throw new Error(answer.err)
      return (performance.now() - began) / 1000
    }
    const seconds: number[] = []
    for (let nth = 0; nth < RUNS; nth++) seconds.push(await command(small, `adult-${nth}`))
    figures.push(figure('48,842 rows from the command line, its start included', 's', seconds, 2))

    const sizes: [string, number, boolean][] = [
      ['1 M', 1_000_000, true],
      ['5 M', 5_000_000, true],
    ]
    if (process.env.EDGEWRIGHT_BENCH_LONG) sizes.push(['50 M', 50_000_000, false])
    for (const [name, rows, besideTheirs] of sizes) {
      const file = join(folder.path, `adult-${rows}.csv`)
      await repeated(file, lines, rows)
      // Turn by turn, so that what else the machine does meets both. Of many rows TFDV takes too long to run it often.
      const turns = rows > 5_000_000 ? 1 : RUNS
      const theirTurns = !python || !besideTheirs ? 0 : rows > 1_000_000 ? 1 : RUNS
      const reports: StatisticsReport[] = []
      const commands: number[] = []
      const frames: Awaited<ReturnType<typeof theirs>>[] = []
      for (let nth = 0; nth < turns; nth++) {
        reports.push(await ours(file, join(folder.path, `engine-${rows}-${nth}`)))
        commands.push(await command(file, `adult-${rows}-${nth}`))
        if (python && nth < theirTurns)
          frames.push(await theirs(python, 'frame', file, join(folder.path, 'theirs.pb')))
      }
      const own = figure(
        `${name} rows, text to message`,
        's',
        reports.map(({ protoSeconds }) => protoSeconds),
      )
      const whole = figure(`${name} rows from the command line, its start included`, 's', commands)
      figures.push(
        own,
        whole,
        figure(
          `${name} rows, largest memory`,
          'MB',
          reports.map(({ peakBytes }) => peakBytes / 1e6),
          1500,
        ),
      )
      if (!python || !frames.length) continue
      const frame = figure(
        `${name} rows, TFDV of a data frame, without its import`,
        's',
        frames.map(each => each.seconds),
      )
      const wholeFrame = figure(
        `${name} rows, TFDV of a data frame, its import included`,
        's',
        frames.map(each => each.withImport),
      )
      const most = rows === 1_000_000 ? 0.25 : 0.333
      figures.push(
        frame,
        wholeFrame,
        figure(
          `${name} rows, TFDV of a data frame, largest memory`,
          'MB',
          frames.map(({ peakBytes }) => peakBytes / 1e6),
        ),
        figure(
          `${name} rows, ours of each second of TFDV's data frame, both without their start`,
          's',
          [own.median / frame.median],
          most,
        ),
        figure(
          `${name} rows, ours of each second of TFDV's data frame, both with their start`,
          's',
          [whole.median / wholeFrame.median],
          most,
        ),
      )
      if (rows > 1_000_000) continue
      const csv = await theirs(python, 'csv', file, join(folder.path, 'theirs.pb'))
      figures.push(
        figure(`${name} rows, TFDV of a CSV file, without its import`, 's', [csv.seconds]),
        figure(`${name} rows, ours of each second of TFDV's CSV`, 's', [own.median / csv.seconds], 1 / 40),
      )
    }
  } finally {
    folder.remove()
  }
  return figures
}

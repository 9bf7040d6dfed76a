import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../contract/house.ts'
import { type Figure, figure, quantile } from './measure.ts'

const RUNS = 3

/** What `flightsEngine.ts` reports of one run. */
export interface FlightsReport {
  importSeconds: number
  statisticsSeconds: number
  /** The largest that the process ever was, in bytes. */
  peakBytes: number
  /** Milliseconds of each page of 100 rows at a random place. */
  pages: number[]
}

/** Import and first statistics of 3 million Parquet rows, and pages of them, in a process of its own. */
export async function flights(): Promise<Figure[]> {
  const reports: FlightsReport[] = []
  for (let run = 0; run < RUNS; run++) {
    const folder = temporaryFolder()
    try {
      reports.push(
        await new Promise<FlightsReport>((done, failed) => {
          const child = fork(fileURLToPath(new URL('./flightsEngine.ts', import.meta.url)), [folder.path], {
            execArgv: [],
          })
          child.once('message', message => done(message as FlightsReport))
          child.once('exit', code => failed(new Error(`the engine ended with ${code}`)))
        }),
      )
    } finally {
      folder.remove()
    }
  }
  const values = (of: (report: FlightsReport) => number) => reports.map(of)
  return [
    figure(
      'import of 3 M rows',
      's',
      values(each => each.importSeconds),
    ),
    figure(
      'first statistics',
      's',
      values(each => each.statisticsSeconds),
    ),
    figure(
      'import and first statistics',
      's',
      values(each => each.importSeconds + each.statisticsSeconds),
      15,
    ),
    figure(
      'largest memory of the engine',
      'MB',
      values(each => each.peakBytes / 1e6),
      1500,
    ),
    figure(
      'page of 100 of 3 M rows, median',
      'ms',
      values(each => quantile(each.pages, 0.5)),
      100,
    ),
    figure(
      'page of 100 of 3 M rows, 95th percentile',
      'ms',
      values(each => quantile(each.pages, 0.95)),
      100,
    ),
  ]
}

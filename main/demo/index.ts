import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type ExitCode, tell } from '../cli/index.ts'
import { hostEngine } from '../host.ts'
import { connectInMemory, failureFrom } from '../transport/index.ts'
import { type Journey, journey } from './journey.ts'

const HELP = `Usage: edgewright demo [--keep <folder>] [--epochs <n>] [--json]

The whole journey on the sample data: import, statistics, validation, training, evaluation, freezing, 8-bit weights,
publishing, and a device that answers over REST. It needs no network and leaves nothing behind.

  --keep <folder>  keep the workspace there, to open it in the window
  --epochs <n>     epochs to train at most (default 30)
  --json           print what was made, and the seconds of each stage, as JSON
`

/** `edgewright demo`: the main job in a terminal. */
export async function demo(args: string[]): Promise<ExitCode> {
  let values: { keep?: string; epochs?: string; json?: boolean; help?: boolean }
  try {
    ;({ values } = parseArgs({
      args,
      options: {
        keep: { type: 'string' },
        epochs: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`)
    return 2
  }
  const epochs = Number(values.epochs ?? 30)
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (!Number.isInteger(epochs) || epochs < 1) {
    process.stderr.write(`--epochs must be a whole number of at least 1.\n`)
    return 2
  }

  const temporary = mkdtempSync(join(tmpdir(), 'edgewright-demo-'))
  // Without --keep the signing key and the settings of the person who tries it out stay untouched.
  if (!values.keep) process.env.EDGEWRIGHT_HOME = join(temporary, 'home')
  let host: Awaited<ReturnType<typeof hostEngine>> | undefined
  try {
    host = await hostEngine(values.keep ? resolve(values.keep) : join(temporary, 'workspace'))
    const made = await journey(connectInMemory(host.router), { epochs, quiet: values.json ?? false })
    process.stdout.write(values.json ? `${JSON.stringify(made, null, 2)}\n` : `\n${summary(made)}\n`)
    if (values.keep)
      process.stdout.write(
        `\nThe workspace is kept. Open it with: npm start -- --workspace ${resolve(values.keep)}\n`,
      )
    return 0
  } catch (error) {
    tell(failureFrom(error), values.json)
    return 1
  } finally {
    await host?.close()
    rmSync(temporary, { recursive: true, force: true })
  }
}

const percent = (share: number) => `${(share * 100).toFixed(1)}%`
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`

/** A prediction in a few words: the class and how sure the model is, or the number. */
function answered(answer: unknown): string {
  const { class: label, scores } = (answer ?? {}) as { class?: string; scores?: Record<string, number> }
  return label === undefined ? JSON.stringify(answer) : `${label}, ${percent(scores?.[label] ?? 0)} sure,`
}

function summary(made: Journey): string {
  const rows: [string, string][] = [
    ['Data', `${made.dataset}, ${made.rows.toLocaleString('en-US')} rows, ${made.columns} columns`],
    ['Statistics', `${made.columns} features in ${made.splits} splits`],
    ['Anomalies', made.anomalies === 0 ? 'none' : `${made.anomalies}, ${made.blocking} of them block`],
    ['Model', `${made.model} v${made.version}, ${made.epochs} epochs on ${made.backend.split(',')[0]}`],
    [
      'Accuracy',
      `${percent(made.accuracy)} on ${made.testRows.toLocaleString('en-US')} rows that were kept apart`,
    ],
    ['8-bit weights', `${percent(made.accuracyAfter)} on the same rows`],
    ['File', `${kilobytes(made.bytesBefore)} before, ${kilobytes(made.bytesAfter)} after`],
    ['Release', `sequence ${made.sequence}, signed by key ${made.key.slice(0, 12)}`],
    ['Device', `${made.device.name} at ${made.device.address}, v${made.device.version}`],
    ['It answered', `${answered(made.answer)} in ${made.answerMilliseconds.toFixed(1)} ms`],
    ['In all', `${made.seconds.all?.toFixed(1)} s`],
  ]
  return ['What was made', ...rows.map(([what, words]) => `  ${what.padEnd(14)} ${words}`)].join('\n')
}

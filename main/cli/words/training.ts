import { stripVTControlCharacters } from 'node:util'
import type { Epoch, Repeat, Run, RunComparison, RunLine, RunMetric, RunRow, RunValue } from '#contract'
import { bytesInWords, counted, figure, firstOf, named } from './figures.ts'
import { tableInWords } from './table.ts'

/** Figures of an epoch that were measured: `loss 0.31, accuracy 0.85, eval loss 0.33, eval accuracy 0.84`. */
const figuresOf = ({ loss, accuracy, evalLoss, evalAccuracy }: Epoch): string =>
  Object.entries({ loss, accuracy, 'eval loss': evalLoss, 'eval accuracy': evalAccuracy })
    .flatMap(([name, value]) => (value === null ? [] : [`${name} ${figure(value)}`]))
    .join(', ')

const dataOf = ({ plan, rows }: Run): string | null =>
  plan.dataset &&
  `${plan.dataset}, ${(['train', 'eval', 'test'] as const).map(split => `${split} ${rows[split].toLocaleString('en-US')}`).join(', ')}`

const taskOf = ({ plan: { label }, task, classes }: Run): string | null =>
  label &&
  `${label}, ${task === 'regression' ? 'a value' : `one of ${counted(classes.length, 'class', 'classes')}: ${firstOf(classes, 5)}`}`

/** What a run was trained by: a trainer or a program of one's own, where, and on what. */
function byOf({ origin, plan, backend }: Run): string | null {
  if (origin === 'imported') return 'elsewhere'
  const what =
    origin === 'script'
      ? [plan.script, plan.image && `image ${plan.image}`].filter(Boolean).join(', ')
      : plan.trainer
  return `${what} on ${plan.target}${backend ? ` (${backend})` : ''}`
}

function epochsOf({ plan, epochs, best, stoppedEarly, origin }: Run): string | null {
  if (epochs.length === 0) return null
  const asked = origin === 'trained' ? ` of ${plan.epochs}` : ''
  return [
    `${epochs.length}${asked}`,
    stoppedEarly ? 'stopped early' : null,
    best === null ? null : `the best is ${best}`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** How a run stands, in one line: `run-3 of census succeeded`. */
export const standInWords = ({ id, model, state }: Pick<Run, 'id' | 'model' | 'state'>): string =>
  `${id} of ${model} ${state === 'running' ? 'is running' : state === 'interrupted' ? 'was interrupted' : state === 'cancelled' ? 'was cancelled' : state}`

/** A run for a person: how it stands, what it learned from and how, its figures, and what came of it. */
export function runInWords(run: Run): string {
  const { epochs, best, artifact, bytes, parameters, inputs, search, repeats, failure } = run
  const shown = epochs.find(({ epoch }) => epoch === best) ?? epochs.at(-1)
  return [
    standInWords(run),
    ...(failure ? [failure.message, failure.remedy] : []),
    ...named([
      ['data', dataOf(run)],
      ['predicts', taskOf(run)],
      ['by', byOf(run)],
      ['epochs', epochsOf(run)],
      ['figures', shown ? figuresOf(shown) : null],
      [
        'model',
        artifact &&
          [
            bytes === null ? null : bytesInWords(bytes),
            parameters === null ? null : counted(parameters, 'parameter'),
            inputs ? counted(inputs, 'input') : null,
          ]
            .filter(Boolean)
            .join(', '),
      ],
      ['image', run.imageDigest],
      ['search', search],
      ['repeats', repeats],
      ['tags', run.tags.join(', ')],
      ['notes', run.notes],
    ]),
  ].join('\n')
}

/** A run while it is watched, a line each time. */
export function watchedRunInWords(run: Run): string {
  const last = run.epochs.at(-1)
  return `${standInWords(run)}${last ? `: epoch ${last.epoch}, ${figuresOf(last)}` : ''}`
}

const minute = (at: string) => at.slice(0, 16).replace('T', ' ')

const mainOf = ({ epochs, best, task }: Run): string | null => {
  const shown = epochs.find(({ epoch }) => epoch === best) ?? epochs.at(-1)
  if (!shown) return null
  const accuracy = shown.evalAccuracy ?? shown.accuracy
  return task !== 'regression' && accuracy !== null
    ? `accuracy ${figure(accuracy)}`
    : `loss ${figure(shown.evalLoss ?? shown.loss)}`
}

export const runsInWords = ({ runs, total }: { runs: Run[]; total: number }): string =>
  runs.length
    ? [
        ...tableInWords<Run>(
          [
            { head: 'run', of: ({ id }) => id },
            { head: 'model', of: ({ model }) => model },
            { head: 'state', of: ({ state }) => state },
            { head: 'by', of: ({ plan, origin }) => (origin === 'trained' ? plan.trainer : origin) },
            { head: 'target', of: ({ plan }) => plan.target },
            { head: 'epochs', of: ({ epochs }) => epochs.length || null, right: true },
            { head: 'eval', of: mainOf },
            { head: 'begun', of: ({ at }) => minute(at), spare: true },
            { head: 'data', of: ({ plan }) => plan.dataset, spare: true },
            { head: 'tags', of: ({ tags }) => firstOf(tags, 2), spare: true },
          ],
          runs,
        ),
        ...(total > runs.length
          ? [`${counted(runs.length, 'run')} of ${total.toLocaleString('en-US')}`]
          : []),
      ].join('\n')
    : 'There are no runs yet.'

export const runPageInWords = ({ runs, total }: { runs: RunRow[]; total: number }): string =>
  runs.length
    ? [
        ...tableInWords<RunRow>(
          [
            { head: 'run', of: ({ id }) => id },
            { head: 'model', of: ({ model }) => model },
            { head: 'state', of: ({ state }) => state },
            { head: 'by', of: ({ trainer, origin }) => (origin === 'trained' ? trainer : origin) },
            { head: 'target', of: ({ target }) => target },
            { head: 'values', of: ({ values }) => values.map(valueInWords).join('  '), wraps: true },
            { head: 'begun', of: ({ at }) => minute(at), spare: true },
            { head: 'tags', of: ({ tags }) => firstOf(tags, 2), spare: true },
          ],
          runs,
        ),
        `${counted(runs.length, 'run')} of ${total.toLocaleString('en-US')}`,
      ].join('\n')
    : 'No run is like that.'

const valueInWords = (value: RunValue): string =>
  typeof value === 'number' ? figure(value) : value === null ? '' : String(value)

/** Log lines as they were written, those that went wrong marked: `14:02:11 ! …`. */
export const linesInWords = ({ lines }: { lines: RunLine[] }): string =>
  lines
    .map(({ at, level, text }) => `${at.slice(11, 19)} ${level === 'info' ? ' ' : '!'} ${harmless(text)}`)
    .join('\n')

/** Colors that a program wrote say nothing here, nor does what else a terminal would obey. */
const harmless = (text: string) =>
  stripVTControlCharacters(text).replace(/\p{Cc}/gu, sign => (sign === '\t' ? '  ' : ''))

interface Logged {
  lines: RunLine[]
  total?: number | undefined
}

/** The log of a run; where there is more of it, how to see that. */
export function logInWords({ lines, total = 0 }: Logged): string {
  if (lines.length === 0) return total ? 'There are no more lines.' : 'Its log is empty.'
  const [first, last] = [lines[0]?.sequence ?? 1, lines.at(-1)?.sequence ?? 0]
  return [
    linesInWords({ lines }),
    ...(last < total || first > 1
      ? [
          `Lines ${first.toLocaleString('en-US')} to ${last.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}; ` +
            (last < total ? `more with --after ${last}, the newest with --last.` : 'all with --follow.'),
        ]
      : []),
  ].join('\n')
}

const cell = (value: RunValue | undefined): string =>
  value === null || value === undefined ? '–' : valueInWords(value)

interface Compared {
  name: string
  values: readonly RunValue[]
}

/** What is not the same for all runs: what they were given, and what came of it. One column a run. */
export function runComparisonInWords({ runs, parameters, same, metrics }: RunComparison): string {
  const columns = runs.map(({ id }, i) => ({
    head: id as string,
    of: ({ values }: Compared) => cell(values[i]),
  }))
  const table = (head: string, lines: Compared[]): string[] =>
    tableInWords<Compared>([{ head, of: ({ name }) => name }, ...columns], lines)
  return [
    runs.map(standInWords).join(', '),
    '',
    ...(parameters.length
      ? [...table('given', parameters), `${counted(same, 'setting')} the same for all`]
      : [`They were given the same in all ${counted(same, 'setting')}.`]),
    ...(metrics.length
      ? [
          '',
          ...table(
            'at the end',
            metrics.map(({ key, last }) => ({ name: key, values: last })),
          ),
        ]
      : []),
  ].join('\n')
}

/** Whether a run that was done again gave the same. */
export const repeatInWords = ({ run, repeats, verdict, says, changed, first }: Repeat): string =>
  [
    `${run.id} repeats ${repeats}: ${verdict}`,
    says,
    ...(first && !says.includes(first.figure)
      ? [
          `first different: ${first.figure}${first.epoch === null ? '' : ` of epoch ${first.epoch}`}, ${cell(first.was)} then, ${cell(first.is)} now`,
        ]
      : []),
    ...changed.map(what => `changed: ${what}`),
  ].join('\n')

export const importedInWords = ({ runs, notes }: { runs: Run[]; notes: string[] }): string =>
  [
    ...(runs.length === 1
      ? [runInWords(runs[0] as Run)]
      : [
          `${counted(runs.length, 'run')} imported${
            runs.length
              ? `: ${firstOf(
                  runs.map(({ id, model }) => `${id} of ${model}`),
                  8,
                )}`
              : ''
          }`,
        ]),
    ...notes.map(note => `! ${note}`),
  ].join('\n')

/** Curves in one line each. */
export const metricsInWords = ({ metrics, total }: { metrics: RunMetric[]; total: number }): string =>
  metrics.length
    ? [
        ...tableInWords<RunMetric>(
          [
            { head: 'metric', of: ({ key }) => key },
            { head: 'run', of: ({ run }) => run },
            { head: 'points', of: ({ points }) => points.toLocaleString('en-US'), right: true },
            { head: 'last', of: ({ last }) => cell(last), right: true },
            { head: 'least', of: ({ least }) => cell(least), right: true },
            { head: 'most', of: ({ most }) => cell(most), right: true },
          ],
          metrics,
        ),
        ...(total > metrics.length
          ? [`${counted(metrics.length, 'curve')} of ${total.toLocaleString('en-US')}`]
          : []),
      ].join('\n')
    : 'Nothing was recorded.'

export const runFilesInWords = ({ files }: { files: { path: string; bytes: number }[] }): string =>
  files.length
    ? tableInWords<{ path: string; bytes: number }>(
        [
          { head: 'file', of: ({ path }) => path, wraps: true },
          { head: 'size', of: ({ bytes }) => bytesInWords(bytes), right: true },
        ],
        files,
      ).join('\n')
    : 'It has no files of its own.'

/** Code and commands stand as they are, to be copied. */
export const scriptInWords = ({ text }: { text: string }): string => text

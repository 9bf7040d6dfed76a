import type {
  ComparedSlice,
  Comparison,
  Evaluated,
  Evaluation,
  Explanation,
  FoundSlice,
  GateVerdict,
  PredictedRow,
  SliceFigures,
  WhatIf,
} from '#contract'
import { counted, figure, firstOf, named } from './figures.ts'
import { tableInWords } from './table.ts'

/** The figures that most people ask for first; the others follow in a line. */
const FIRST = [
  ...[
    'accuracy',
    'balancedAccuracy',
    'precision',
    'recall',
    'f1',
    'auc',
    'averagePrecision',
    'mcc',
    'logLoss',
  ],
  ...['brier', 'ece', 'rmse', 'mae', 'medianAbsoluteError', 'mape', 'bias', 'r2', 'pearson'],
]

const range = (interval: { low: number; high: number } | null | undefined): string =>
  interval ? `${figure(interval.low)} to ${figure(interval.high)}` : ''

const chanceWords = (chance: number | null): string =>
  chance === null ? '' : chance < 0.001 ? '< 0.001' : figure(chance)

const nameOf = ({ run, model, variant }: Pick<Evaluation, 'run' | 'model' | 'variant'>): string =>
  [run ?? model, ...(variant === 'layers' ? [] : [variant])].join(' as ')

/** An evaluation for a person: its figures with their intervals, its slices, the worst ones, and what the gate says. */
export function evaluationInWords(evaluation: Evaluation): string {
  const { id, metrics, intervals = {}, slices = [], sliced, worst, leftOut = [], gate } = evaluation
  const rest = Object.keys(metrics).filter(name => !FIRST.includes(name))
  const of = evaluation.source ? 'of a file of predictions' : `of ${evaluation.split}`
  return [
    `${nameOf(evaluation)}: ${counted(evaluation.rows, 'row')} ${of}, evaluation ${id.slice(0, 12)}`,
    '',
    ...tableInWords<string>(
      [
        { head: 'figure', of: name => name },
        { head: 'value', of: name => figure(metrics[name] as number), right: true },
        { head: '95% interval', of: name => range(intervals[name]) },
        { head: 'by', of: name => intervals[name]?.method },
      ],
      FIRST.filter(name => metrics[name] !== undefined),
    ),
    ...(rest.length
      ? ['', `also ${rest.map(name => `${name} ${figure(metrics[name] as number)}`).join(', ')}`]
      : []),
    ...(slices.length ? ['', ...slicesInWords(slices, sliced?.metric ?? 'value')] : []),
    ...leftOut.map(
      ({ column, name, why }) => `left out: ${[column, name].filter(Boolean).join(' ')}, ${why}`,
    ),
    ...(worst ? ['', ...worstInWords(worst.slices, worst.searched)] : []),
    ...(gate.checks.length
      ? [
          '',
          `gate: ${gate.passed ? 'passed' : 'blocked'}`,
          ...gate.checks.map(
            check => `  ${check.passed ? 'reached' : 'missed'}  ${check.words ?? check.rule.metric}`,
          ),
        ]
      : []),
  ].join('\n')
}

const titleOf = ({ column, name }: Pick<SliceFigures, 'column' | 'name'>) =>
  column === null ? name : `${column}: ${name}`

const slicesInWords = (slices: SliceFigures[], metric: string): string[] =>
  tableInWords<SliceFigures>(
    [
      { head: 'slice', of: titleOf, wraps: true },
      { head: 'rows', of: ({ rows }) => rows.toLocaleString('en-US'), right: true },
      { head: metric, of: ({ value }) => figure(value), right: true },
      { head: '95% interval', of: ({ interval }) => range(interval) },
      { head: 'than the rest', of: ({ verdict }) => (verdict === 'same' ? '' : verdict) },
      { head: 'chance', of: ({ chance }) => chanceWords(chance), right: true, spare: true },
    ],
    slices,
  )

const worstInWords = (slices: FoundSlice[], searched: number): string[] =>
  slices.length
    ? [
        `the worst of ${counted(searched, 'slice')} that were looked at`,
        ...tableInWords<FoundSlice>(
          [
            { head: 'slice', of: titleOf, wraps: true },
            { head: 'rows', of: ({ rows }) => rows.toLocaleString('en-US'), right: true },
            { head: 'value', of: ({ value }) => figure(value), right: true },
            { head: 'loss above the rest', of: ({ excess }) => figure(excess), right: true },
            { head: 'chance', of: ({ chance }) => chanceWords(chance), right: true },
            { head: 'alike', of: ({ alike }) => firstOf(alike, 1), spare: true },
          ],
          slices,
        ),
      ]
    : [`none of ${counted(searched, 'slice')} that were looked at is worse than the rest by more than chance`]

/** What `evaluation run` ends with: each run's figures, what differs, and the verdict of a gate file. */
export const evaluatedInWords = ({ others = [], comparison, verdict, ...first }: Evaluated): string =>
  [
    ...[first, ...others].map(evaluationInWords),
    ...(comparison ? [comparisonInWords(comparison)] : []),
    ...(verdict ? [verdictInWords(verdict)] : []),
  ].join('\n\n')

/** A comparison for a person: what it comes to, the figures side by side, slices, and which rows changed. */
export function comparisonInWords({
  words,
  entrants,
  differences,
  slices,
  changes,
  metric,
  id,
}: Comparison): string {
  return [
    `comparison ${id.slice(0, 12)}`,
    ...words,
    '',
    ...tableInWords(
      [
        { head: 'model', of: ({ entrant }) => (entrants[entrant] ? nameOf(entrants[entrant]) : '') },
        { head: 'figure', of: each => each.metric },
        { head: 'from', of: ({ from }) => figure(from), right: true },
        { head: 'to', of: ({ to }) => figure(to), right: true },
        { head: 'change, 95% interval', of: ({ interval }) => range(interval) },
        { head: 'chance', of: ({ chance }) => chanceWords(chance), right: true },
        { head: 'verdict', of: ({ verdict }) => verdict },
        { head: 'by', of: ({ method }) => method, spare: true },
      ],
      differences,
    ),
    ...(slices.length
      ? [
          '',
          ...tableInWords<ComparedSlice>(
            [
              { head: 'slice', of: titleOf, wraps: true },
              { head: 'rows', of: ({ rows }) => rows.toLocaleString('en-US'), right: true },
              {
                head: `${metric}, from and to`,
                of: ({ differences: [first, ...rest] }) =>
                  first
                    ? [figure(first.from), ...[first, ...rest].map(({ to }) => figure(to))].join(' → ')
                    : '',
              },
              { head: 'verdict', of: each => each.differences.map(({ verdict }) => verdict).join(', ') },
            ],
            slices,
          ),
        ]
      : []),
    '',
    ...changes.map(({ entrant, better, worse, betterRows, worseRows }) =>
      [
        `${entrants[entrant] ? nameOf(entrants[entrant]) : ''}: ${counted(better, 'row')} better`,
        betterRows.length ? ` (${firstOf(betterRows.map(String), 5)})` : '',
        `, ${counted(worse, 'row')} worse`,
        worseRows.length ? ` (${firstOf(worseRows.map(String), 5)})` : '',
      ].join(''),
    ),
  ].join('\n')
}

/** A verdict for a person: passed or blocked, and why. */
export const verdictInWords = ({ outcome, model, run, variant, against, reasons }: GateVerdict): string =>
  [
    `${nameOf({ run, model, variant })} of ${model} ${outcome === 'passed' ? 'passes' : 'does not pass'} the gate${
      against
        ? `, against ${against.name === against.run ? against.run : `${against.name} (${against.run})`}`
        : ''
    }.`,
    ...reasons,
  ].join('\n')

export const evaluationsInWords = ({ evaluations }: { evaluations: Evaluation[] }): string =>
  evaluations.length
    ? tableInWords<Evaluation>(
        [
          { head: 'evaluation', of: ({ id }) => id.slice(0, 12) },
          { head: 'run', of: nameOf },
          { head: 'model', of: ({ model }) => model },
          { head: 'split', of: ({ split, run }) => (run ? split : 'file') },
          { head: 'rows', of: ({ rows }) => rows.toLocaleString('en-US'), right: true },
          {
            head: 'accuracy',
            of: ({ metrics: { accuracy } }) => (accuracy !== undefined && figure(accuracy)) || null,
            right: true,
          },
          {
            head: 'rmse',
            of: ({ metrics: { rmse } }) => (rmse !== undefined && figure(rmse)) || null,
            right: true,
          },
          { head: 'gate', of: ({ gate }) => (gate.passed ? 'passed' : 'blocked') },
        ],
        evaluations,
      ).join('\n')
    : 'Nothing was evaluated yet.'

export const comparisonsInWords = ({ comparisons }: { comparisons: Comparison[] }): string =>
  comparisons.length
    ? comparisons.map(({ id, words }) => `${id.slice(0, 12)}  ${words.join(' ')}`).join('\n')
    : 'Nothing was compared yet.'

export const verdictsInWords = ({ verdicts }: { verdicts: GateVerdict[] }): string =>
  verdicts.length
    ? verdicts
        .map(({ at, run, outcome, reasons }) => `${at.slice(0, 16)}  ${run}  ${outcome}  ${reasons[0] ?? ''}`)
        .join('\n')
    : 'Nothing was judged yet.'

export const pickedRowsInWords = ({ rows, total }: { rows: PredictedRow[]; total: number }): string =>
  [
    ...tableInWords<PredictedRow>(
      [
        { head: 'row', of: ({ row }) => String(row), right: true },
        { head: 'actual', of: ({ actual }) => (typeof actual === 'number' ? figure(actual) : actual) },
        {
          head: 'predicted',
          of: ({ predicted }) => (typeof predicted === 'number' ? figure(predicted) : predicted),
        },
        {
          head: 'probability',
          of: ({ probability }) => (probability !== null && figure(probability)) || null,
          right: true,
        },
        { head: 'loss', of: ({ loss }) => figure(loss), right: true },
        { head: 'the other', of: ({ other }) => (typeof other === 'number' ? figure(other) : other) },
      ],
      rows,
    ),
    `${rows.length.toLocaleString('en-US')} of ${counted(total, 'row')}`,
  ].join('\n')

interface Cheapest {
  label: string
  best: { threshold: number; cost: number; tp: number; fp: number; tn: number; fn: number }
  half: { cost: number }
}

export const thresholdInWords = ({ label, best, half }: Cheapest): string =>
  [
    best.tp + best.fp === 0
      ? `It is cheapest to call nothing ${label}: all rows together cost ${figure(best.cost)}.`
      : `Calling ${label} what has a probability of at least ${figure(best.threshold)} is cheapest: all rows together cost ${figure(best.cost)}, at 0.5 they cost ${figure(half.cost)}.`,
    ...named([
      ['right', `${counted(best.tp, 'row')} called ${label}, ${counted(best.tn, 'row')} not`],
      ['wrong', `${counted(best.fp, 'row')} called ${label}, ${counted(best.fn, 'row')} not`],
    ]),
  ].join('\n')

interface Answered {
  label: string
  answers: WhatIf[]
  unused: string[]
}

export function whatIfInWords({ label, answers, unused }: Answered): string {
  const [first] = answers
  const changed = (instance: WhatIf['instance']) =>
    Object.entries(instance)
      .filter(([name, cell]) => cell !== first?.instance[name])
      .map(([name, cell]) => `${name} ${cell ?? 'missing'}`)
      .join(', ')
  return [
    ...tableInWords<WhatIf>(
      [
        { head: 'row', of: ({ instance }) => changed(instance) || 'as it is', wraps: true },
        { head: label, of: answer => answer.class ?? (answer.value === null ? '' : figure(answer.value)) },
        {
          head: 'probability',
          of: ({ probability }) => (probability !== null && figure(probability)) || null,
          right: true,
        },
        {
          head: 'change',
          of: ({ change }) => (change === 0 ? '' : `${change > 0 ? '+' : ''}${figure(change)}`),
          right: true,
        },
      ],
      answers,
    ),
    ...(unused.length ? [`The model does not look at ${firstOf(unused, 5)}.`] : []),
  ].join('\n')
}

export function explanationInWords({
  run,
  rows,
  metric,
  metrics,
  importance,
  partial,
  leftOut,
}: Explanation): string {
  return [
    `${run}, ${counted(rows, 'row')}, ${metric} ${figure(metrics[metric] ?? Number.NaN)}. How much worse it gets without each column:`,
    ...tableInWords(
      [
        { head: 'column', of: ({ column }) => column },
        { head: metric, of: ({ mean }) => figure(mean), right: true },
        { head: '±', of: ({ deviation }) => figure(deviation), right: true },
      ],
      importance,
    ),
    ...partial.flatMap(({ column, grid, series }) => [
      '',
      `${column}: ${firstOf(
        grid.map(cell => (typeof cell === 'number' ? figure(cell) : String(cell))),
        8,
      )}`,
      ...series.map(({ label, mean }) => `  ${label ?? 'value'}: ${firstOf(mean.map(figure), 8)}`),
    ]),
    ...leftOut.map(({ column, why }) => `left out: ${column}, ${why}`),
  ].join('\n')
}

export const explanationsInWords = ({ explanations }: { explanations: Explanation[] }): string =>
  explanations.length ? explanations.map(explanationInWords).join('\n\n') : 'Nothing was explained yet.'

import type { Column, DatasetVersion, FeatureRecipe, Plan, TransformStep } from '#contract'
import { planOf, seriesOf } from '../../encoding/index.ts'
import { fail } from '../../kit/index.ts'
import { type Order, orderOf } from './order.ts'
import type { Asked, Suggestion } from './suggestion.ts'

type WindowStep = Extract<TransformStep, { kind: 'window' }>

/** Rows that a window holds where nobody said how many. */
const WINDOW = 24

/** More than so many rows of the eval split that lie before the end of the train split say that it is not one by time. */
const BETWEEN = 0.02

const isNumber = ({ type }: Column) => type === 'integer' || type === 'float'
const windowIn = ({ step }: FeatureRecipe): WindowStep | null =>
  step.kind === 'window' && step.figures.includes('values') ? step : null

/**
 * Columns of numbers become windows over their last values, the past of the label among them. A transform that has such
 * windows is taken as it is.
 */
export const series: Suggestion = {
  async suggest(asked, reading) {
    const { dataset, version, plan, recipe, left } = asked
    const chosen = recipe?.features.map(windowIn).find(step => step !== null)
    if (recipe && chosen) {
      const order = await orderOf(dataset, version, chosen, reading)
      return { recipe, left, notes: notesOf(order, version, plan) }
    }
    const made = windowsOf(asked)
    const whole = {
      features: [...(recipe?.features ?? []), ...made.features],
      others: recipe?.others ?? 'suggested',
    }
    // Says in words what does not fit, before the rows are looked at.
    planOf(whole, version.columns, made.left, plan.label)
    const order = await orderOf(dataset, version, made.step, reading)
    if (order.longest < made.rows)
      throw fail(
        'bad-input',
        `The longest series of the train split has ${order.longest} rows, and a window holds ${made.rows}.`,
        order.longest >= 2
          ? `Take a window of at most ${order.longest}, or import more rows.`
          : 'Import more rows, or choose another column that tells series apart.',
      )
    return { recipe: whole, left: made.left, notes: notesOf(order, version, plan) }
  },
  check(transform, { trainer, label }) {
    if (transform.features.some(feature => seriesOf(feature) !== null)) return
    throw fail(
      'bad-input',
      `The trainer "${trainer}" learns from the last values of columns, and no window is left that holds any.`,
      `Give it columns of numbers that change over time, or windows over "${label}" without the row itself.`,
    )
  },
}

function windowsOf({ version, plan, recipe, columns, left }: Asked) {
  const { time, group, label, window: rows = WINDOW } = plan
  if (time === undefined) throw untimed(version, plan)
  for (const [what, name] of [
    ['times', time],
    ['series', group],
  ] as const) {
    if (name === label)
      throw fail(
        'bad-input',
        `"${label}" is to be predicted, so it cannot tell the ${what}.`,
        'Choose another column.',
      )
    if (name !== undefined && !version.columns.some(column => column.name === name))
      throw fail(
        'bad-input',
        `${version.dataset} has no column "${name}".`,
        `Its columns are ${version.columns
          .map(column => column.name)
          .slice(0, 20)
          .join(', ')}.`,
      )
  }
  const taken = new Set([
    ...version.columns.map(({ name }) => name),
    ...(recipe?.features.map(({ name }) => name) ?? []),
  ])
  const step = (current: boolean): WindowStep => ({
    kind: 'window',
    time,
    ...(group === undefined ? {} : { group }),
    figures: ['values'],
    rows,
    lateness: 0,
    current,
  })
  const windowed = (column: string, word: string, current: boolean): FeatureRecipe => {
    const wanted = `${column} ${word}`
    let name = wanted
    for (let nth = 2; taken.has(name); nth++) name = `${wanted} ${nth}`
    taken.add(name)
    return { name, columns: [column], step: step(current), missing: { fill: 'own', indicator: false } }
  }
  const predicted = version.columns.find(({ name }) => name === label)
  const numbers = columns.filter(column => isNumber(column) && column.name !== time && column.name !== group)
  const windows = [
    // What is to be predicted is known of earlier rows only.
    ...(predicted && isNumber(predicted) ? [windowed(label, 'before', false)] : []),
    ...numbers.map(({ name }) => windowed(name, 'lately', true)),
  ]
  if (windows.length === 0)
    throw fail(
      'bad-input',
      `${version.dataset} has no column of numbers whose last values the trainer "${plan.trainer}" could learn from.`,
      'Choose another trainer, or keep a column of numbers.',
    )
  // A time in numbers goes on beyond all that was learned, and so says nothing by itself.
  const clock = version.columns.find(({ name }) => name === time)
  const isChosen = (name: string) => recipe?.features.some(({ columns: [own] }) => own === name) ?? false
  const silent = [time, group].filter(
    (name): name is string =>
      name !== undefined &&
      !isChosen(name) &&
      (left.has(name) || (name === time && clock !== undefined && isNumber(clock))),
  )
  return {
    step: step(true),
    rows,
    features: [
      ...silent.map(
        (name): FeatureRecipe => ({
          name,
          columns: [name],
          step: { kind: 'leave-out' },
          missing: { fill: 'own', indicator: false },
        }),
      ),
      ...windows,
    ],
    left: new Set([...left].filter(name => name !== time && name !== group)),
  }
}

function untimed(version: DatasetVersion, { trainer, label }: Plan) {
  const moments = version.columns.filter(
    ({ name, type }) => name !== label && (type === 'date' || type === 'timestamp'),
  )
  const [first] = moments
  return fail(
    'bad-input',
    `The trainer "${trainer}" has to know which column says when a row was.`,
    first
      ? `Name it, such as --time ${first.name}.`
      : `${version.dataset} has no column of dates or times; a column of numbers that count seconds will do, named with --time.`,
  )
}

function notesOf({ between, evalRows, shared, rows }: Order, version: DatasetVersion, plan: Plan): string[] {
  const notes: string[] = []
  if (between > BETWEEN * evalRows)
    notes.push(
      `The split of ${version.dataset} is not one by time: ${between} of ${evalRows} rows of the eval split lie before the end of the train split, so its figures are better than those of the future will be. Import it with a split by time.`,
    )
  if (shared > rows / 10)
    notes.push(
      `${shared} of ${rows} rows share their moment with another of the same series, and of each moment one row counts. ${plan.group === undefined ? 'Name the column that tells series apart with --group.' : `"${plan.group}" may not tell all series apart.`}`,
    )
  return notes
}

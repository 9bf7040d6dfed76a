import { open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type {
  Cell,
  Explanation,
  Importance,
  Metrics,
  PartialDependence,
  Run,
  Split,
  VariantKind,
} from '#contract'
import { encode, outputWidth } from '../../encoding/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import { canonicalJson, fail, hashOf, now, seeded, shuffled } from '../../kit/index.ts'
import { type Form, type TrainingRoom, trainedRun } from '../../training/index.ts'
import { answersOf } from '../answers.ts'
import { isError } from '../metrics/paired.ts'
import { mainMetric, type SliceSource } from '../slices/index.ts'
import { type Cells, readCells } from './cells.ts'
import { dependenceOf, gridOf, ICE_ROWS } from './partial.ts'

export interface ExplainPlan {
  split: Split
  variant: VariantKind
  columns?: string[] | undefined
  metric?: string | undefined
  repeats: number
  partial?: string[] | undefined
  grid: number
  rows: number
  seed: number
}

/** Values that the worker is given at most, 4 bytes each; with more, fewer rows are asked. */
const MOST_VALUES = 150_000_000
const LEAST_ROWS = 50
const MOST_COLUMNS = 200
/** Columns whose dependence is drawn where none are named. */
const DRAWN = 4

/** One way in which all rows are changed and asked. */
type Change =
  | { kind: 'as-is' }
  | { kind: 'permuted'; column: number; repeat: number }
  | { kind: 'set'; column: number; to: Cell }

/**
 * Explains a run: one worker process is asked the rows as they are, with each column's cells dealt out anew, and with
 * each column set to the points of a grid. Cells are changed before they are encoded, so that all that is made of a
 * column changes at once.
 * @throws Failure bad-input for a column or metric that is not there, unsupported, empty-data
 */
export async function explain(
  any: Run,
  form: Form,
  plan: ExplainPlan,
  job: JobContext,
  { dataset, training }: { dataset: SliceSource; training: TrainingRoom },
): Promise<Explanation> {
  const began = performance.now()
  const run = trainedRun(any)
  const { transform, label } = await training.model(any)
  job.progress(0, 'reading the rows')
  const most = { most: plan.rows, seed: plan.seed, signal: job.signal }
  const all = await readCells(dataset, run, { transform, label }, plan.split, most)
  const indexOf = (name: string) => {
    const nth = all.names.indexOf(name)
    if (nth >= 0) return nth
    throw fail(
      'bad-input',
      `The model does not look at a column "${name}".`,
      `It looks at ${all.names.slice(0, 20).join(', ')}${all.names.length > 20 ? ', …' : ''}.`,
    )
  }
  const asked = (plan.columns ?? all.names).map(indexOf)
  const columns = asked.slice(0, MOST_COLUMNS)
  const leftOut = asked
    .slice(MOST_COLUMNS)
    .map(nth => ({ column: all.names[nth] as string, why: `behind the first ${MOST_COLUMNS} columns` }))
  const partial = plan.partial?.map(indexOf)
  const guess = partial ?? columns
  const points = Math.max(0, ...guess.map(nth => gridOf(all.columns[nth] as Cell[], plan.grid).length))
  const ways =
    1 + columns.length * plan.repeats + (partial?.length ?? Math.min(DRAWN, columns.length)) * points
  const rows = Math.max(LEAST_ROWS, Math.floor(MOST_VALUES / (ways * transform.width)))
  const cells = rows < all.labels.length ? firstOf(all, rows) : all

  const width = outputWidth(label)
  const ask = async (changes: Change[]): Promise<Float32Array[]> => {
    const outputs = await training.predictFeatures(
      any,
      form,
      async file => {
        const out = await open(file, 'w')
        try {
          for (const [nth, change] of changes.entries()) {
            await setImmediate()
            job.signal.throwIfAborted()
            job.progress((0.4 * nth) / changes.length, 'changing the rows')
            const changed = changedCells(cells, change, plan.seed)
            const features = encode(transform, changed, cells.labels.length)
            await out.writeFile(new Uint8Array(features.buffer, features.byteOffset, features.byteLength))
          }
        } finally {
          await out.close()
        }
        return cells.labels.length * changes.length
      },
      job,
    )
    const size = cells.labels.length * width
    return changes.map((_, nth) => outputs.subarray(nth * size, (nth + 1) * size))
  }
  const metricsOf = (outputs: Float32Array): Metrics =>
    answersOf(label, { rows: cells.labels.length, outputs, labels: cells.labels }, cells.numbers).metrics()

  const permuted = columns.flatMap(column =>
    Array.from({ length: plan.repeats }, (_, repeat): Change => ({ kind: 'permuted', column, repeat })),
  )
  // Without names the most important columns are drawn, which are only known after the first question: a second one.
  const known = partial ? setTo(partial) : []
  const answers = await ask([{ kind: 'as-is' }, ...permuted, ...known])
  const metrics = metricsOf(answers[0] as Float32Array)
  const metric = plan.metric ?? mainMetric(label.task)
  const base = metrics[metric]
  if (base === undefined)
    throw fail(
      'bad-input',
      `There is no metric "${metric}" of this run.`,
      `Choose one of ${Object.keys(metrics).join(', ')}.`,
    )
  const importance = columns
    .map((column, nth): Importance => {
      const repeats = Array.from({ length: plan.repeats }, (_, repeat) => {
        const moved = metricsOf(answers[1 + nth * plan.repeats + repeat] as Float32Array)[metric] ?? base
        return isError(metric) ? moved - base : base - moved
      })
      const mean = repeats.reduce((sum, each) => sum + each, 0) / repeats.length
      const spread = repeats.reduce((sum, each) => sum + (each - mean) ** 2, 0)
      const deviation = repeats.length > 1 ? Math.sqrt(spread / (repeats.length - 1)) : 0
      return { column: all.names[column] as string, mean, deviation, repeats }
    })
    .sort((a, b) => b.mean - a.mean)
  const drawn = partial ?? importance.slice(0, DRAWN).map(({ column }) => indexOf(column))
  const set = partial ? answers.slice(1 + permuted.length) : drawn.length ? await ask(setTo(drawn)) : []

  let at = 0
  const dependence = drawn.map((column): PartialDependence => {
    const grid = gridOf(cells.columns[column] as Cell[], plan.grid)
    const mine = set.slice(at, at + grid.length)
    at += grid.length
    return dependenceOf(all.names[column] as string, cells, column, grid, mine, label)
  })

  function setTo(of: number[]): Change[] {
    return of.flatMap(column =>
      gridOf(cells.columns[column] as Cell[], plan.grid).map((to): Change => ({ kind: 'set', column, to })),
    )
  }

  const made = {
    run: run.id,
    model: run.model,
    variant: plan.variant,
    split: plan.split,
    rows: cells.labels.length,
    metric,
    metrics,
    seed: plan.seed,
    importance,
    partial: dependence,
    leftOut,
  }
  return {
    id: hashOf(canonicalJson({ ...made, artifact: run.artifact, ice: ICE_ROWS })),
    ...made,
    seconds: (performance.now() - began) / 1000,
    at: now(),
    madeBy: job.id,
  }
}

function firstOf({ names, columns, labels, numbers }: Cells, rows: number): Cells {
  return {
    names,
    columns: columns.map(cells => cells.slice(0, rows)),
    labels: labels.slice(0, rows),
    numbers: numbers.slice(0, rows),
  }
}

function changedCells({ columns, labels }: Cells, change: Change, seed: number): Cell[][] {
  if (change.kind === 'as-is') return columns
  const changed = [...columns]
  const cells = columns[change.column] as Cell[]
  if (change.kind === 'set') changed[change.column] = new Array<Cell>(labels.length).fill(change.to)
  else {
    // A seed of its own for each column and repeat, so that a column comes out the same whatever else is asked.
    const random = seeded(seed * 1_000_003 + change.column * 1009 + change.repeat)
    changed[change.column] = Array.from(shuffled(cells.length, random), row => cells[row] as Cell)
  }
  return changed
}

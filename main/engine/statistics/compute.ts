import type { Feature, FeatureStatistics, Split, Statistics } from '#contract'
import { type Session, SPLITS, type Table, type TableColumn, type TableGroup } from '../dataset/index.ts'
import type { Bins } from './bins.ts'
import type { Sketched } from './common.ts'
import { correlationsOf } from './correlations.ts'
import { type Cells, countValues, PARTS, WHOLE } from './counts.ts'
import { type Found, figuresOf } from './figures.ts'
import { type Kind, kindOf } from './kinds.ts'
import { type Slices, slicesOf, type Weights, weightsOf } from './parts.ts'
import { mostOf } from './sketch.ts'

/** Cells that are counted in one query; few columns of a long table, many of a short one. */
const CELLS = 8_000_000
const MOST_COLUMNS = 256
/** Slices of columns that one query counts. */
const MOST_SLICED = 4096

export interface ComputeOptions {
  slice?: string[]
  weight?: string
  correlations?: boolean
  signal?: AbortSignal
  tell?(share: number, step: string): void
  /** Called with the features that are done, in the order they are. */
  done?(features: Sketched[]): void
  /** Counts of the values of columns, where some were counted before. */
  counting?(session: Session, group: TableGroup, columns: TableColumn[], cells: Cells): Promise<void>
  /** Called with what was counted, while it lies in the table `g`. */
  counted?(session: Session, columns: TableColumn[], unique: number[]): Promise<void>
}

/** What there is to say of a table. */
export interface Computed extends Pick<Statistics, 'rows' | 'splits' | 'slices' | 'weight' | 'correlations'> {
  features: Sketched[]
}

/** Columns that one query counts: they lie in one relation and are counted the same way. */
function batches(table: Table, most: number): { group: TableGroup; columns: TableColumn[] }[] {
  const many = Math.max(1, Math.min(most, Math.floor(CELLS / table.rows)))
  return table.groups.flatMap(group => {
    const alike = new Map<Kind, TableColumn[]>()
    for (const column of group.columns)
      alike.set(kindOf(column), [...(alike.get(kindOf(column)) ?? []), column])
    return [...alike.values()].flatMap(same =>
      Array.from({ length: Math.ceil(same.length / many) }, (_, nth) => ({
        group,
        columns: same.slice(nth * many, (nth + 1) * many),
      })),
    )
  })
}

/** SQL of the cells of some columns: which column each is of (or which slice of which), its split, value and weight. */
export function cellsSql(
  from: string,
  columns: TableColumn[],
  { weighted = false, slices = 0 }: { weighted?: boolean; slices?: number } = {},
): string {
  const kind = kindOf(columns[0] as TableColumn)
  const values = columns.map(({ physical }) => kind.value(physical))
  const more = `s${weighted ? ', w' : ''}`
  const place = (f: string) => (slices ? `${f} * ${slices} + k` : f)
  return columns.length === 1
    ? `SELECT ${place('0')} AS f, ${more}, ${values[0]} AS v FROM ${from}`
    : `SELECT ${place(`unnest([${columns.map((_, at) => at).join(', ')}])`)} AS f, ${more}, unnest([${values.join(', ')}]) AS v FROM ${from}`
}

type Weighted = NonNullable<FeatureStatistics['weighted']>

const weightedOf = ({ count, missing, numeric, top }: FeatureStatistics): Weighted => ({
  count,
  missing: Math.max(0, missing),
  mean: numeric?.mean ?? null,
  deviation: numeric?.deviation ?? null,
  median: numeric?.median ?? null,
  counts: numeric?.histogram.counts ?? null,
  top,
})

/** Figures of all columns of a table, of all rows, of each split and of each slice. @throws Failure as `parts.ts` does */
export async function compute(table: Table, options: ComputeOptions): Promise<Computed> {
  const session = await table.session(options.signal)
  try {
    const weights = options.weight === undefined ? null : await weightsOf(session, table, options.weight)
    const slices = options.slice?.length ? await slicesOf(session, table, options.slice, weights) : null
    const found = new Map<string, Sketched>()
    const all = batches(table, MOST_COLUMNS)
    const steps = (weights ? 2 : 1) * (slices ? 2 : 1) + (options.correlations ? 0.2 : 0)
    let done = 0
    const advance = (columns: number) => {
      done += columns
      options.tell?.(
        done / (table.columns.length * steps),
        `${found.size} of ${table.columns.length} columns`,
      )
    }
    for (const { group, columns } of all) {
      advance(0)
      const figures = await ofColumns(session, table, group, columns, options)
      if (weights) {
        const heavy = await weighted(session, table, group, columns, weights, figures)
        for (const [at, { parts }] of figures.entries())
          for (const [part, each] of parts.entries())
            each.weighted = weightedOf(heavy[at]?.parts[part] as FeatureStatistics)
      }
      const features = columns.map((column, at) => featureOf(column, figures[at] as Found, table))
      if (slices) await addSlices(session, { group, columns, table }, { slices, weights }, figures, features)
      for (const [at, { physical }] of columns.entries()) found.set(physical, features[at] as Sketched)
      options.done?.(features)
      advance(columns.length * (weights ? 2 : 1) * (slices ? 2 : 1))
    }
    await session.run('DROP TABLE IF EXISTS g')
    return {
      rows: table.rows,
      splits: table.splits,
      ...(slices
        ? { slices: Object.fromEntries(slices.names.map((name, at) => [name, slices.rows[at] as number])) }
        : {}),
      ...(weights ? { weight: weights.name } : {}),
      ...(options.correlations ? { correlations: await correlationsOf(session, table) } : {}),
      features: table.columns.map(({ physical }) => found.get(physical) as Sketched),
    }
  } finally {
    session.close()
  }
}

const rowsOf = ({ rows, splits }: Table) => [rows, ...SPLITS.map(split => splits[split] ?? 0)]

async function ofColumns(
  session: Session,
  table: Table,
  group: TableGroup,
  columns: TableColumn[],
  { counting, counted }: ComputeOptions,
): Promise<Found[]> {
  const kind = kindOf(columns[0] as TableColumn)
  const cells: Cells = { sql: cellsSql(group.from, columns), kind, parts: PARTS, weighted: false }
  if (counting) await counting(session, group, columns, cells)
  else await countValues(session, cells)
  const rows = rowsOf(table)
  const found = await figuresOf(session, {
    kind,
    parts: PARTS,
    features: columns.length,
    rows: (_, part) => rows[part] as number,
    most: mostOf(table.columns.length),
  })
  await counted?.(
    session,
    columns,
    found.map(({ parts }) => parts[0]?.unique ?? 0),
  )
  return found
}

async function weighted(
  session: Session,
  table: Table,
  group: TableGroup,
  columns: TableColumn[],
  weights: Weights,
  figures: Found[],
): Promise<Found[]> {
  const kind = kindOf(columns[0] as TableColumn)
  await countValues(session, {
    sql: cellsSql(weights.relation(group), columns, { weighted: true }),
    kind,
    parts: PARTS,
    weighted: true,
  })
  return figuresOf(session, {
    kind,
    parts: PARTS,
    features: columns.length,
    rows: (_, part) => weights.totals[part] as number,
    bins: f => figures[f]?.bins as Bins,
    most: mostOf(table.columns.length),
  })
}

function featureOf({ name, type }: TableColumn, { parts, sketch }: Found, table: Table): Sketched {
  const [all, ...rest] = parts as [FeatureStatistics, ...FeatureStatistics[]]
  const splits: Partial<Record<Split, FeatureStatistics>> = {}
  for (const [at, split] of SPLITS.entries()) if (table.splits[split] !== undefined) splits[split] = rest[at]
  const feature: Feature = { name, type, all, splits }
  return { feature, sketch }
}

/** Figures of each slice: each slice of a column is counted as a feature of its own, in the bins of all rows. */
async function addSlices(
  session: Session,
  { group, columns, table }: { group: TableGroup; columns: TableColumn[]; table: Table },
  { slices, weights }: { slices: Slices; weights: Weights | null },
  figures: Found[],
  features: Sketched[],
): Promise<void> {
  const many = slices.names.length
  for (const { feature } of features) feature.slices = {}
  if (!many) return
  const most = Math.max(1, Math.floor(MOST_SLICED / many))
  for (let from = 0; from < columns.length; from += most) {
    const some = columns.slice(from, from + most)
    const kind = kindOf(some[0] as TableColumn)
    const counted = {
      kind,
      parts: WHOLE,
      features: some.length * many,
      bins: (f: number) => figures[from + Math.floor(f / many)]?.bins as Bins,
      most: mostOf(table.columns.length * many),
    }
    await countValues(session, {
      sql: cellsSql(slices.relation(group, null), some, { slices: many }),
      kind,
      parts: WHOLE,
      weighted: false,
    })
    const found = await figuresOf(session, { ...counted, rows: f => slices.rows[f % many] as number })
    let heavy: Found[] | null = null
    if (weights) {
      await countValues(session, {
        sql: cellsSql(slices.relation(group, weights), some, { slices: many, weighted: true }),
        kind,
        parts: WHOLE,
        weighted: true,
      })
      heavy = await figuresOf(session, { ...counted, rows: f => slices.weights?.[f % many] ?? 0 })
    }
    for (const [f, { parts }] of found.entries()) {
      const mine = parts[0] as FeatureStatistics
      const other = heavy?.[f]?.parts[0]
      if (other) mine.weighted = weightedOf(other)
      const into = features[from + Math.floor(f / many)]?.feature.slices
      if (into) into[slices.names[f % many] as string] = mine
    }
  }
}

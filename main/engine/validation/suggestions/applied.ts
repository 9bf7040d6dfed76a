import type { Filter, SchemaFeature, Suggestion } from '#contract'
import type { Session, Table } from '../../dataset/index.ts'
import type { DatasetFeatureStatisticsList } from '../../metadata/index.ts'
import { numberOf } from '../../statistics/index.ts'
import type { Finding } from '../checks/check.ts'
import type { Form } from '../schema/form.ts'
import { isComparable, LEAST, thresholdOf } from './drift.ts'
import { countsOf, type Dataset, type Figures, figuresOf } from './figures.ts'
import { innerDrift, measuring } from './measured.ts'
import { mostMissing } from './presence.ts'
import { type SuggestOptions, suggest } from './suggest.ts'
import { figure, NEAR_KEY, percent, type Reference } from './suggestion.ts'
import { leastDifferent } from './unique.ts'

/** One suggestion and the data that is held against it. */
interface Held {
  suggestion: Suggestion
  feature: SchemaFeature
  /** Of the reference and of the new data. */
  before: Figures
  now: Figures
  rows: { before: number; now: number }
}

export interface ApplyOptions extends SuggestOptions {
  /** What limits of drift are taken from, where it is not the data before: what the schema was inferred from. */
  limits?: Reference | undefined
}

/**
 * What suggested limits, which nobody accepted yet, find in new data. A limit of drift is the one that is suggested; it
 * alarms where so few rows as there are would not by chance alone lie beyond it.
 * @param list the statistics of the new data
 * @returns warnings; their `rows` are counted by `countFound`
 */
export function applySuggested(
  reference: Reference,
  form: Form,
  list: DatasetFeatureStatisticsList,
  options: ApplyOptions = {},
): Finding[] {
  const [data, fresh] = [figuresOf(reference.list), figuresOf(list)]
  const features = new Map(form.features.map(feature => [feature.name, feature]))
  const rows = { before: data.rows, now: fresh.rows }
  const pairOf = (name: string) => {
    const [feature, before, now] = [features.get(name), data.features.get(name), fresh.features.get(name)]
    const isPair = feature && before && now && Boolean(before.numbers) === Boolean(now.numbers)
    return isPair && now.present > 0 ? { feature, before, now, rows } : null
  }
  const limits = suggest(reference, form, { ...options, without: ['drift', ...(options.without ?? [])] })
  const found = limits.flatMap(suggestion => {
    if (suggestion.feature === null) return fewRows(suggestion, fresh)
    const pair = pairOf(suggestion.feature)
    return pair ? (finders[suggestion.kind]?.({ ...pair, suggestion }) ?? []) : []
  })
  if (options.without?.includes('drift')) return found
  const measure = measuring(list, reference)
  const innerOf = innerDrift(list, reference)
  const source = options.limits ?? reference
  const figuresIn = figuresOf(source.list)
  const limitOf = (feature: SchemaFeature) => {
    const figures = figuresIn.features.get(feature.name)
    const subject = figures && { reference: source, data: figuresIn, form, feature, figures }
    return subject && isComparable(subject) ? thresholdOf(subject, figures.present)?.threshold : undefined
  }
  for (const feature of form.features) {
    options.signal?.throwIfAborted()
    const pair = pairOf(feature.name)
    if (!pair || feature.deprecated || feature.drift?.length) continue
    const subject = { reference, data, form, feature, figures: pair.before }
    const drift = isComparable(subject) ? measure(feature, null) : null
    // No threshold is below the least that matters, so most features need no resampling.
    if (!drift || drift.value <= LEAST || innerOf(feature) <= LEAST) continue
    const chance = thresholdOf(subject, pair.now.present)?.threshold
    if (chance === undefined || drift.value <= chance) continue
    const limit = limitOf(feature) ?? chance
    if (drift.value > limit) found.push(...drifted(pair, { ...drift, threshold: limit }))
  }
  return found
}

const finding = (
  kind: Finding['kind'],
  feature: string,
  rest: Omit<Finding, 'kind' | 'feature' | 'severity' | 'split'>,
): Finding[] => [
  { kind, feature, severity: 'warning', split: null, suggested: true, updatable: false, ...rest },
]

function fewRows({ set }: Suggestion, { rows }: Dataset): Finding[] {
  const least = set.rows?.min ?? 0
  if (rows >= least) return []
  return finding('wrong-rows', '', {
    title: 'Few rows',
    detail: `${figure(rows)} rows; at least ${figure(least)} are to be expected.`,
    rows,
    examples: [],
  })
}

function outside({ feature, suggestion, now, before }: Held): Finding[] {
  const { min = null, max = null } = suggestion.set.range ?? {}
  const numbers = now.numbers
  if (!numbers) return []
  const tell = (where: Filter, value: number, side: string): Finding[] =>
    finding('out-of-range', feature.name, {
      title: 'Values out of the usual range',
      detail: `The ${side} value is ${figure(value)}; ${figure(min ?? 0)} to ${figure(max ?? 0)} is to be expected, as ${figure(before.numbers?.min ?? 0)} to ${figure(before.numbers?.max ?? 0)} was seen before.`,
      // At least the row that has it.
      rows: 1,
      examples: [String(value)],
      where,
    })
  const column = feature.name
  return [
    ...(min !== null && feature.range?.min == null && numbers.min < min
      ? tell([{ column, is: 'range', values: [null, min] }], numbers.min, 'least')
      : []),
    ...(max !== null && feature.range?.max == null && numbers.max > max
      ? tell(
          feature.type === 'integer'
            ? [{ column, is: 'range', values: [Math.floor(max) + 1, null] }]
            : [
                { column, is: 'range', values: [max, null] },
                { column, is: 'differs', values: [max] },
              ],
          numbers.max,
          'greatest',
        )
      : []),
  ]
}

function missing({ feature, before, now, rows }: Held): Finding[] {
  if (rows.before === 0 || rows.now === 0) return []
  const [was, is] = [before.missing / rows.before, now.missing / rows.now]
  const most = mostMissing(was, rows.before, rows.now)
  if (is <= most) return []
  return finding('too-many-missing', feature.name, {
    title: 'More missing values than usual',
    detail: `${figure(now.missing)} of ${figure(rows.now)} rows (${percent(is)}) have no value; ${percent(was)} had none before, and up to ${percent(most)} is to be expected.`,
    rows: now.missing,
    examples: [],
    where: [{ column: feature.name, is: 'missing', values: [] }],
  })
}

function unknown({ feature, suggestion, now }: Held): Finding[] {
  const { domain, domainMass = 1 } = suggestion.set
  if (!domain || !now.texts) return []
  const known = new Set(domain)
  const { counts, unlisted } = countsOf(now.texts)
  const labels = (now.texts.rankHistogram?.buckets ?? []).map(({ label }) => label)
  const listed = counts.reduce((sum, count) => sum + count, 0)
  const odd = labels.flatMap((label, at) =>
    known.has(label) ? [] : [{ label, count: counts[at] as number }],
  )
  // What is not listed is rarer than what is; that all of it is new cannot be said.
  const rows = odd.reduce((sum, { count }) => sum + count, 0)
  const chance = 3 * Math.sqrt((1 - domainMass) * now.present + 1)
  if (rows <= (1 - domainMass) * now.present + chance) return []
  return finding('out-of-domain', feature.name, {
    title: 'Values that were not seen before',
    detail: `${figure(rows)} of ${figure(now.present)} values are none of the ${figure(domain.length)} that were seen before${unlisted > 0 ? `, and ${figure(now.present - listed)} more were not looked at` : ''}; up to ${percent(1 - domainMass)} is to be expected.`,
    rows,
    examples: odd.slice(0, 10).map(({ label }) => label),
    where: [
      { column: feature.name, is: 'present', values: [] },
      { column: feature.name, is: 'none-of', values: domain },
    ],
  })
}

function repeated({ feature, before, now }: Held): Finding[] {
  if (!before.texts || !now.texts) return []
  const [was, is] = [Number(before.texts.unique) / before.present, Number(now.texts.unique) / now.present]
  if (was < NEAR_KEY || is >= leastDifferent(was, before.present, now.present)) return []
  return finding('wrong-unique', feature.name, {
    title: 'Values recur that used to be unique',
    detail: `${figure(Number(now.texts.unique))} of ${figure(now.present)} values (${percent(is)}) are different; before it was ${percent(was)}.`,
    rows: now.present - Number(now.texts.unique),
    examples: (now.texts.topValues ?? []).slice(0, 5).map(({ value }) => value),
  })
}

function drifted(
  { feature, rows }: Pick<Held, 'feature' | 'rows'>,
  drift: NonNullable<Finding['drift']>,
): Finding[] {
  const [first] = drift.bins
  const most = first
    ? ` Most of it comes from ${first.label}: ${percent(first.before)} before, ${percent(first.now)} now.`
    : ''
  return finding('drift', feature.name, {
    title: 'Drift',
    detail: `The Jensen-Shannon divergence from ${drift.against} is ${figure(Number(drift.value.toPrecision(3)))}; up to ${figure(drift.threshold ?? 0)} is to be expected.${most}`,
    rows: rows.now,
    examples: [],
    drift,
  })
}

const finders: Partial<Record<Suggestion['kind'], (held: Held) => Finding[]>> = {
  range: outside,
  presence: missing,
  'domain-mass': unknown,
  unique: repeated,
}

/** The same findings with the rows that their filter fits counted, and the values furthest out as examples. */
export async function countFound(
  findings: readonly Finding[],
  table: Table,
  session: Session,
): Promise<Finding[]> {
  const counted: Finding[] = []
  for (const one of findings) {
    const limit = one.kind === 'out-of-range' && one.suggested ? one.where?.[0] : undefined
    const group =
      limit && table.groups.find(({ columns }) => columns.some(({ name }) => name === one.feature))
    const column = group?.columns.find(({ name }) => name === one.feature)
    if (!limit || !group || !column || column.type === 'text') {
      counted.push(one)
      continue
    }
    const x = numberOf(column)
    const [low, high] = limit.values
    const isOut =
      low === null
        ? `${x} < '${high}'::DOUBLE`
        : `${x} ${one.where?.length === 2 ? '>' : '>='} '${low}'::DOUBLE`
    const [row] = await session.rows<{ n: number; far: number[] | null }>(
      `SELECT count(*) AS n, ${low === null ? 'min' : 'max'}(x, 10) AS far FROM (SELECT ${x} AS x FROM ${group.from} WHERE ${isOut} AND NOT isnan(${x}))`,
    )
    counted.push({
      ...one,
      rows: row?.n ?? one.rows,
      examples: [...new Set(row?.far ?? [])].map(String),
    })
  }
  return counted
}

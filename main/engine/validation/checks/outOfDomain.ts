import type { Anomaly, Split } from '#contract'
import { literal } from '../../dataset/index.ts'
import type { Finding } from './check.ts'
import {
  type Check,
  figure,
  oddValues,
  percent,
  placesOf,
  plural,
  present,
  rowsOf,
  severityOf,
} from './check.ts'

/** A share of new values that is worth a word; with less, a list is nearly whole. */
const NEWS = 0.01

/** Values that are new are expected where so large a share came only once; room for chance: three standard deviations. */
const isExpected = (rows: number, of: number, fresh: number): boolean =>
  fresh >= NEWS && rows <= fresh * of + 3 * Math.sqrt(fresh * of)

/**
 * How bad values are that a list does not have.
 * @param allowed the share that the schema allows; @param fresh the share that may be new
 */
export const severityOfNews = (
  rows: number,
  of: number,
  { allowed, fresh }: { allowed: number; fresh: number },
): Anomaly['severity'] => (isExpected(rows, of, fresh) ? 'warning' : severityOf(rows - allowed * of, of))

/** Text values that the schema does not list. */
export const outOfDomain: Check = {
  kind: 'out-of-domain',
  ofAnyRows: true,
  async run(subject) {
    const { table, session, statistics, newcomers } = subject
    const figures = new Map(statistics.features.map(({ name, all }) => [name, all]))
    const found: Finding[] = []
    for (const place of present(subject)) {
      const { feature, column } = place
      if (!feature.domain || column.type !== 'text') continue
      const known = new Set(feature.domain)
      const seen = figures.get(column.name)
      // Where the most frequent values are all there are, and all are known, nothing needs to be read.
      if (seen && seen.top.length === seen.unique && seen.top.every(({ value }) => known.has(value))) continue
      const odd = await oddValues(
        session,
        place,
        feature.domain.length
          ? `${column.physical} NOT IN (${feature.domain.map(literal).join(', ')})`
          : 'true',
      )
      if (!odd.size) continue
      const allowed = 1 - (feature.domainMass ?? 1)
      const isTooMuch = (split: Split | null) => (odd.get(split)?.rows ?? 0) > allowed * rowsOf(table, split)
      for (const split of placesOf(table, isTooMuch)) {
        const { rows, different, examples } = odd.get(split) ?? { rows: 0, different: 0, examples: [] }
        const of = rowsOf(table, split)
        if (!isTooMuch(split)) continue
        const fresh = newcomers(feature.name)
        found.push({
          feature: feature.name,
          kind: 'out-of-domain',
          type: 'ENUM_TYPE_UNEXPECTED_STRING_VALUES',
          severity: severityOfNews(rows, of, { allowed, fresh }),
          split,
          title: 'Unexpected values',
          detail: `${plural(different, 'value', 'values')} in ${figure(rows)} of ${figure(of)} rows that the schema does not know; it lists ${plural(feature.domain.length, 'value', 'values')}.${isExpected(rows, of, fresh) ? ` ${percent(fresh)} of the values that the list was made from came only once, so others are to be expected.` : ''}`,
          rows,
          examples,
          where: [
            { column: feature.name, is: 'present', values: [] },
            { column: feature.name, is: 'none-of', values: feature.domain },
          ],
          updatable: true,
        })
      }
    }
    return found
  },
}

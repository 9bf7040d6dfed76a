import { numberOf } from '../../statistics/index.ts'
import {
  type Check,
  type Finding,
  figure,
  oddValues,
  placesOf,
  present,
  rowsOf,
  severityOf,
} from './check.ts'

/** Numbers below or above what the schema allows. Dates are compared as seconds since 1970. */
export const outOfRange: Check = {
  kind: 'out-of-range',
  async run(subject) {
    const { table, session, statistics } = subject
    const figures = new Map(statistics.features.map(({ name, all }) => [name, all.numeric]))
    const found: Finding[] = []
    for (const place of present(subject)) {
      const { feature, column } = place
      const { range } = feature
      const numeric = figures.get(column.name)
      if (!range || !numeric) continue
      const { min, max } = range
      const isBelow = min !== null && numeric.min < min
      const isAbove = max !== null && numeric.max > max
      if (!isBelow && !isAbove) continue
      const x = numberOf(column)
      const outside = [
        ...(min === null ? [] : [`${x} < '${min}'::DOUBLE`]),
        ...(max === null ? [] : [`${x} > '${max}'::DOUBLE`]),
      ].join(' OR ')
      const odd = await oddValues(session, place, outside)
      const limits =
        min === null
          ? `at most ${figure(max ?? 0)}`
          : max === null
            ? `at least ${figure(min)}`
            : `${figure(min)} to ${figure(max)}`
      for (const split of placesOf(table, which => odd.has(which))) {
        const { rows, examples } = odd.get(split) ?? { rows: 0, examples: [] }
        const of = rowsOf(table, split)
        found.push({
          feature: feature.name,
          kind: 'out-of-range',
          severity: severityOf(rows, of),
          split,
          title: 'Values out of range',
          detail: `${figure(rows)} of ${figure(of)} rows, from ${figure(numeric.min)} to ${figure(numeric.max)} in all; the schema allows ${limits}.`,
          rows,
          examples,
        })
      }
    }
    return found
  },
}

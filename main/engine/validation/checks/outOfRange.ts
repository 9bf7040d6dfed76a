import type { ColumnType, Filter } from '#contract'
import { numberOf } from '../../statistics/index.ts'
import {
  type Check,
  type Finding,
  figure,
  oddValues,
  placesOf,
  present,
  rowNumbers,
  rowsOf,
  severityOf,
} from './check.ts'

/** The filter of the numbers below the least or above the most that is allowed. */
function beyond(column: string, type: ColumnType, min: number | null, max: number | null): Filter {
  if (min !== null) return [{ column, is: 'range', values: [null, min] }]
  if (max === null) return []
  // A range holds its lower end, which is still allowed.
  return type === 'integer'
    ? [{ column, is: 'range', values: [Math.floor(max) + 1, null] }]
    : [
        { column, is: 'range', values: [max, null] },
        { column, is: 'differs', values: [max] },
      ]
}

/** Numbers below or above what the schema allows. Dates are compared as seconds since 1970. */
export const outOfRange: Check = {
  kind: 'out-of-range',
  ofAnyRows: true,
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
          type: `${column.type === 'integer' ? 'INT' : 'FLOAT'}_TYPE_${isBelow ? 'SMALL' : 'BIG'}_${column.type === 'integer' ? 'INT' : 'FLOAT'}`,
          where:
            isBelow !== isAbove
              ? beyond(feature.name, column.type, isBelow ? min : null, isAbove ? max : null)
              : null,
          only: isBelow && isAbove ? await rowNumbers(session, place, outside) : null,
          updatable: true,
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

import type { ColumnType } from '#contract'
import { type Check, type Finding, figure, oddValues, present, rowNumbers, severityOf } from './check.ts'

/** Types whose values also are of another type. */
const alsoOf: Partial<Record<ColumnType, ColumnType[]>> = { float: ['integer'], timestamp: ['date'] }

/** SQL: whether the text `c` can be read as a type. */
const readsAs: Record<ColumnType, (c: string) => string> = {
  integer: c => `regexp_full_match(trim(${c}), '[+-]?\\d+')`,
  float: c => `TRY_CAST(${c} AS DOUBLE) IS NOT NULL`,
  boolean: c => `lower(trim(${c})) IN ('true', 'false')`,
  date: c => `TRY_CAST(${c} AS DATE) IS NOT NULL`,
  timestamp: c => `TRY_CAST(${c} AS TIMESTAMP) IS NOT NULL`,
  text: () => 'true',
}

/** A column holds values of another type than the schema says; the values that do not fit are shown. */
export const wrongType: Check = {
  kind: 'wrong-type',
  async run(subject) {
    const { table, statistics, session } = subject
    const counts = new Map(statistics.features.map(({ name, all }) => [name, all.count]))
    const wrong = present(subject).filter(
      ({ feature, column }) =>
        feature.type !== column.type &&
        !alsoOf[feature.type]?.includes(column.type) &&
        // A column without a single value has no type to be wrong.
        (counts.get(column.name) ?? 0) > 0,
    )
    const found: Finding[] = []
    for (const place of wrong) {
      const { feature, column } = place
      const count = counts.get(column.name) ?? 0
      const isFraction = feature.type === 'integer' && column.type === 'float'
      const misfit = isFraction
        ? `${column.physical} <> round(${column.physical})`
        : // Where numbers or dates came instead of text, every value is of the wrong type.
          feature.type === 'text'
          ? 'true'
          : `NOT (${readsAs[feature.type](`CAST(${column.physical} AS VARCHAR)`)})`
      const odd = (await oddValues(session, place, misfit)).get(null)
      const rows = odd?.rows ?? 0
      found.push({
        feature: feature.name,
        kind: 'wrong-type',
        type: 'UNEXPECTED_DATA_TYPE',
        only: rows ? await rowNumbers(session, place, misfit) : null,
        updatable: true,
        // A few fractions among whole numbers are what those before happened not to have.
        severity: !rows ? 'warning' : isFraction ? severityOf(rows, count) : 'error',
        split: null,
        title: 'Wrong type',
        detail: rows
          ? `${figure(rows)} of ${figure(count)} values are ${column.type}; the schema says ${feature.type}.`
          : `The column is ${column.type}, though each value reads as ${feature.type}; the schema says ${feature.type}.`,
        rows: rows || table.rows,
        examples: odd?.examples ?? [],
      })
    }
    return found
  },
}

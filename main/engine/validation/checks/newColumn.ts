import { type Check, figure } from './check.ts'

/** A column that the schema does not know. */
export const newColumn: Check = {
  kind: 'new-column',
  async run({ table, schema, statistics }) {
    const known = new Set(schema.map(({ name }) => name))
    return statistics.features
      .filter(({ name }) => !known.has(name))
      .map(({ name, type, all }) => ({
        feature: name,
        kind: 'new-column',
        severity: 'warning',
        split: null,
        title: 'New column',
        detail: `A column of type ${type} with ${figure(all.count)} values that the schema does not know.`,
        rows: table.rows,
        examples: all.top.slice(0, 5).map(({ value }) => value),
      }))
  },
}

import { type Check, figure } from './check.ts'

/** A column that the schema does not know. */
export const newColumn: Check = {
  kind: 'new-column',
  async run({ table, known, statistics }) {
    return statistics.features
      .filter(({ name }) => !known.has(name))
      .map(({ name, type, all }) => ({
        feature: name,
        kind: 'new-column',
        type: 'SCHEMA_NEW_COLUMN',
        updatable: true,
        severity: 'warning',
        split: null,
        title: 'New column',
        detail: `A column of type ${type} with ${figure(all.count)} values that the schema does not know.`,
        rows: table.rows,
        examples: all.top.slice(0, 5).map(({ value }) => value),
      }))
  },
}

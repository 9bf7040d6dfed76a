import { type Check, figure } from './check.ts'

/** A column that must be there is not. */
export const missingColumn: Check = {
  kind: 'missing-column',
  async run({ table, schema }) {
    const names = new Set(table.columns.map(({ name }) => name))
    return schema
      .filter(({ name, required }) => required && !names.has(name))
      .map(({ name }) => {
        const alike = table.columns.find(
          column => column.name.trim().toLowerCase() === name.trim().toLowerCase(),
        )
        return {
          feature: name,
          kind: 'missing-column',
          type: 'SCHEMA_MISSING_COLUMN',
          updatable: true,
          severity: 'error',
          split: null,
          title: 'Missing column',
          detail: `The column is in none of ${figure(table.rows)} rows; the schema needs it.${alike ? ` There is a column "${alike.name}".` : ''}`,
          rows: table.rows,
          examples: [],
        }
      })
  },
}

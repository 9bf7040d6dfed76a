import { figure, percent, type Suggests } from './suggestion.ts'

/** Data of less than this part of the rows before was cut off, more likely than not. */
const PART = 0.1
/** Below so many rows before, fewer are no surprise. */
const FEWEST = 100

/** How many rows data is to have. */
export const rows: Suggests = {
  dataset({ data, form, reference }) {
    if (form.rows.min !== null || data.rows < FEWEST) return null
    const least = Math.floor(data.rows * PART)
    const digits = 10 ** Math.max(0, Math.floor(Math.log10(least)) - 1)
    const min = Math.floor(least / digits) * digits
    if (form.rows.max !== null && min > form.rows.max) return null
    return {
      id: 'rows',
      feature: null,
      kind: 'rows',
      title: `At least ${figure(min)} rows`,
      why: `${reference.title} has ${figure(data.rows)} rows; with less than ${percent(PART)} of that, part of the data is likely missing.`,
      now: null,
      set: { rows: { min, max: form.rows.max } },
    }
  },
}

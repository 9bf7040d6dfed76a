import { figure, percent, type Suggests } from './suggestion.ts'

/** A share of missing values may grow by half, by this much, or by what chance brings. */
const LEAST = 0.01
const GROWTH = 1.5
/** Chance stays within so many standard deviations. */
export const DEVIATIONS = 4

/** Rows that are added, half of them missing, so that a few rows are not believed too much (Agresti and Coull 1998). */
const ADDED = 8

/** The largest share of missing values that is as usual, for data of so many rows beside data of so many. */
export function mostMissing(share: number, before: number, now: number): number {
  const careful = (share * before + ADDED / 2) / (before + ADDED)
  const chance = DEVIATIONS * Math.sqrt(careful * (1 - careful) * (1 / before + 1 / now))
  return Math.max(share + LEAST, share * GROWTH, careful + chance)
}

/** The share of missing values that is expected, where some are missing. */
export const presence: Suggests = {
  feature({ feature, figures, data, reference }) {
    if (!feature.required || feature.minPresence > 0 || data.rows === 0) return null
    const share = figures.missing / data.rows
    if (share <= 0 || share >= 1) return null
    const most = Math.ceil(mostMissing(share, data.rows, data.rows) * 1000) / 1000
    if (most >= 1) return null
    return {
      id: `${feature.name}.presence`,
      feature: feature.name,
      kind: 'presence',
      title: `${feature.name} missing in at most ${percent(most)} of the rows`,
      why: `${figure(figures.missing)} of ${figure(data.rows)} rows of ${reference.title} (${percent(share)}) have no value; more by half, by one in a hundred rows, or by ${DEVIATIONS} standard deviations is let pass.`,
      now: null,
      set: { required: true, minPresence: Number((1 - most).toFixed(3)) },
    }
  },
}

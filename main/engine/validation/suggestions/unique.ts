import { rows } from './rows.ts'
import { differentShare, figure, NEAR_KEY, percent, type Suggests } from './suggestion.ts'

const FEWEST = 50
/** So much less of the values may be different before it is told. */
const SLACK = 0.05

/**
 * The least share of different values of a feature that was nearly unique. Where values recur by chance, more of them
 * do in larger data.
 */
export function leastDifferent(share: number, before: number, now: number): number {
  return 1 - SLACK - (1 - share) * 1.5 * Math.max(1, now / Math.max(1, before))
}

/** How many different values a text has that names its rows. */
export const unique: Suggests = {
  feature(subject) {
    const { feature, figures, data, form, reference } = subject
    if (feature.type !== 'text' || !figures.texts || figures.present < FEWEST) return null
    const had = feature.unique ?? { min: null, max: null }
    const share = differentShare(subject)
    if (had.min !== null || share === null || share < NEAR_KEY) return null
    const least = form.rows.min ?? rows.dataset?.({ data, form, reference })?.set.rows?.min ?? 0
    const values = least * (figures.present / data.rows) * leastDifferent(share, 1, 1)
    const min = Math.floor(values)
    if (min < 2 || (had.max !== null && min > had.max)) return null
    return {
      id: `${feature.name}.unique`,
      feature: feature.name,
      kind: 'unique',
      title: `${feature.name} with at least ${figure(min)} different values`,
      why: `${percent(share)} of the ${figure(figures.present)} values of ${reference.title} are different, so the column names its rows; the least number of rows is ${figure(least)}.`,
      now: had.max === null ? null : `${feature.name} with at most ${figure(had.max)} different values`,
      set: { unique: { min, max: had.max } },
    }
  },
}

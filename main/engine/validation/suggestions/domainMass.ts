import { countsOf, type Figures } from './figures.ts'
import { figure, percent, type Suggests } from './suggestion.ts'

/** Where more than this is likely to be new, a list of values says little. */
const MOST_NEW = 0.05
/** Values must recur this often on average to be a list. */
const RECURRENCE = 5
/** Room for chance: the upper end for a count by Poisson, at about three standard deviations. */
const upper = (count: number): number => count + 3 * Math.sqrt(count + 1) + 1

/**
 * The share of values that were never seen and are to be expected in as many values again: by Good and Turing (Good
 * 1953), about the share of values seen only once.
 */
export function newcomers({ texts, present }: Pick<Figures, 'texts' | 'present'>): number {
  if (!texts || present === 0) return 0
  const { counts, unlisted } = countsOf(texts)
  const once = counts.filter(count => count === 1).length + unlisted
  return Math.min(1, once / present)
}

/**
 * The share of values that must be known, where new ones are to be expected: by Good and Turing (Good 1953), the chance
 * that the next value was never seen is about the share of values seen only once.
 */
export const domainMass: Suggests = {
  feature({ feature, figures, reference }) {
    const { texts, present } = figures
    if (feature.type !== 'text' || !texts || present === 0 || feature.domainMass !== undefined) return null
    const { counts, unlisted } = countsOf(texts)
    if (unlisted > 0 || counts.length === 0 || present < RECURRENCE * counts.length) return null
    const once = counts.filter(count => count === 1).length
    if (feature.domain && once === 0) return null
    const fresh = upper(once) / present
    if (fresh > MOST_NEW) return null
    const mass = Math.floor((1 - fresh) * 10_000) / 10_000
    const values = (texts.rankHistogram?.buckets ?? []).map(({ label }) => label)
    if (values.includes('__BYTES_VALUE__')) return null
    const what = feature.domain
      ? `${percent(mass)} of the values of ${feature.name} known`
      : `${feature.name} of ${figure(values.length)} values, ${percent(mass)} of them known`
    return {
      id: `${feature.name}.domain-mass`,
      feature: feature.name,
      kind: 'domain-mass',
      title: what,
      why: `${figure(once)} of ${figure(counts.length)} values are seen only once in ${figure(present)} rows of ${reference.title}, so about ${percent(once / present)} of the next rows will bring a value that was never seen (Good-Turing).`,
      now: feature.domain ? `All values of ${feature.name} known` : null,
      set: feature.domain ? { domainMass: mass } : { domain: values.toSorted(), domainMass: mass },
    }
  },
}

import { noise } from './noise.ts'
import { differentShare, figure, NEAR_KEY, type Subject, type Suggests } from './suggestion.ts'

/**
 * Below this a divergence is no news. For small differences it is an eighth of the population stability index (in nats),
 * of which less than 0.1 is held to be no shift: 0.1 / 8 / ln 2 = 0.018.
 */
export const LEAST = 0.02
/** Times what chance brings at most; more where few values say what chance can bring. */
const marginFor = (values: number): number => 1.5 * (1 + 8 / Math.sqrt(values))
/** Where chance alone brings so much, drift cannot be seen. */
const BLIND = 0.4
/** Rows below which nothing is compared. */
const FEWEST = 20
/** Pairs of parts that are drawn for all features together, at most: what bounds the time for very wide data. */
const DRAWN = 20_000
/** Chance of a false alarm in any of the features together, before the margin. */
const CHANCE = 0.001

/** Features whose values recur, so that their spread can be compared. Moments move on with the data. */
export function isComparable(subject: Subject): boolean {
  const { feature, figures } = subject
  if (feature.type === 'date' || feature.type === 'timestamp' || figures.present < FEWEST) return false
  const different = differentShare(subject)
  const isNumber = feature.type === 'integer' || feature.type === 'float'
  // Measured numbers may all differ; whole ones that do are names of rows.
  return different === null || feature.type === 'float' || different < (isNumber ? NEAR_KEY : 0.5)
}

/**
 * The divergence up to which data of so many values is as the reference, or null where that cannot be said: what two
 * random parts of the reference differ by at most, and a margin.
 */
export function thresholdOf(
  subject: Subject,
  values: number,
): { threshold: number; expected: number } | null {
  const { figures, form } = subject
  const chance = CHANCE / Math.max(1, form.features.length)
  const draws = Math.min(60, Math.ceil(DRAWN / Math.max(1, form.features.length)))
  const drawn = noise(figures, [figures.present, values], chance, draws)
  if (!drawn) return null
  const threshold = Math.max(
    LEAST,
    Math.ceil(drawn.limit * marginFor(Math.min(figures.present, values)) * 1000) / 1000,
  )
  return threshold > BLIND ? null : { threshold, expected: drawn.expected }
}

/** How far data may drift, by what two random halves of the reference differ. */
export const drift: Suggests = {
  feature(subject) {
    const { feature, figures, reference } = subject
    if (feature.drift?.length || !isComparable(subject)) return null
    const found = thresholdOf(subject, figures.present)
    if (!found) return null
    const { threshold, expected } = found
    return {
      id: `${feature.name}.drift`,
      feature: feature.name,
      kind: 'drift',
      title: `${feature.name} with a Jensen-Shannon divergence of at most ${figure(threshold)}`,
      why: `Random halves of the ${figure(figures.present)} values of ${reference.title} differ by ${figure(Number(expected.toPrecision(2)))} on average; ${threshold === LEAST ? `${figure(LEAST)} is the least that matters (a population stability index of 0.1)` : 'the limit is what fewer than one in a thousand pairs exceeds, and half of that more'}. Numbers are compared by tenths of their values.`,
      now: null,
      set: { drift: [{ measure: 'jensen-shannon', threshold }] },
    }
  },
}

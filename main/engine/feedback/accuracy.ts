import type { BoxAccuracy, Hash, PairedLabels } from '#contract'
import type { Sample } from '../release/index.ts'
import { errorOf, guessOf, isRight } from './guess.ts'
import type { Standing } from './shelf.ts'
import type { SubjectOf } from './subjects.ts'

interface Answer {
  version: number
  device: string
  isRandom: boolean
  right: boolean
  error: number | null
}

/** A labeled row on which two versions differ. */
export interface Pair {
  site: string
  model: string
  at: string
  stable: number
  candidate: number
  stableRight: boolean
  candidateRight: boolean
}

/**
 * The range in which a share lies with 95 % (Wilson 1927, "Probable inference, the law of succession, and statistical
 * inference").
 */
export function wilson(right: number, of: number): { low: number; high: number } {
  if (of === 0) return { low: 0, high: 1 }
  const z = 1.959963984540054
  const share = right / of
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of)
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/** What each version answered to the labeled rows, and the pairs of those that two versions answered. */
export async function measured(
  rows: readonly Standing[],
  read: (id: Hash) => Sample,
  subjectOf: SubjectOf,
): Promise<{ answers: Answer[]; pairs: Pair[] }> {
  const answers: Answer[] = []
  const pairs: Pair[] = []
  for (const { id, in: of, reason, said, at } of rows) {
    const label = said?.label
    if (label === null || label === undefined) continue
    const { scores, other } = read(id)
    const spec = (await subjectOf(of.model, of.version))?.label ?? null
    if (!spec) continue
    const answerOf = (version: number, given: readonly number[], own: typeof spec): Answer => {
      const guess = guessOf(version, given, own)
      const { device } = of
      return {
        ...{ version, device, isRandom: reason === 'random' },
        right: isRight(guess, label),
        error: errorOf(guess, label),
      }
    }
    const first = answerOf(of.version, scores, spec)
    answers.push(first)
    if (!other) continue
    const second = answerOf(
      other.version,
      other.scores,
      (await subjectOf(of.model, other.version))?.label ?? spec,
    )
    answers.push(second)
    if (reason !== 'disagreement') continue
    // Of two numbers the nearer one is right.
    const nearer = (a: Answer, b: Answer) =>
      a.error === null || b.error === null ? a.right : a.error < b.error
    pairs.push({
      ...{ site: of.site, model: of.model, at, stable: of.version, candidate: other.version },
      stableRight: nearer(first, second),
      candidateRight: nearer(second, first),
    })
  }
  return { answers, pairs }
}

const mean = (values: readonly (number | null)[]): number | null => {
  const numbers = values.filter(value => value !== null)
  return numbers.length ? numbers.reduce((sum, value) => sum + value, 0) / numbers.length : null
}

function accuracyOf(
  version: number,
  device: { id: string; name: string } | null,
  answers: readonly Answer[],
): BoxAccuracy {
  const isValue = answers.some(({ error }) => error !== null)
  const right = (some: readonly Answer[]) => (isValue ? null : some.filter(each => each.right).length)
  const random = answers.filter(({ isRandom }) => isRandom)
  const share = isValue ? { low: null, high: null } : wilson(right(random) ?? 0, random.length)
  return {
    version,
    device: device?.id ?? null,
    name: device?.name ?? null,
    labeled: answers.length,
    right: right(answers),
    error: isValue ? mean(answers.map(({ error }) => error)) : null,
    random: random.length
      ? {
          labeled: random.length,
          right: right(random),
          error: isValue ? mean(random.map(({ error }) => error)) : null,
          ...share,
        }
      : null,
  }
}

/** By version over all devices, then by version and device. */
export function accuracies(answers: readonly Answer[], nameOf: (device: string) => string): BoxAccuracy[] {
  const versions = [...new Set(answers.map(({ version }) => version))].sort((a, b) => a - b)
  return versions.flatMap(version => {
    const own = answers.filter(each => each.version === version)
    const devices = [...new Set(own.map(({ device }) => device))]
    return [
      accuracyOf(version, null, own),
      ...devices.map(id =>
        accuracyOf(
          version,
          { id, name: nameOf(id) },
          own.filter(({ device }) => device === id),
        ),
      ),
    ]
  })
}

/** Pairs counted by site and versions. */
export function counted(pairs: readonly Pair[]): PairedLabels[] {
  const all = new Map<string, PairedLabels>()
  for (const { site, stable, candidate, stableRight, candidateRight } of pairs) {
    const key = `${site} ${stable} ${candidate}`
    const known = all.get(key) ?? { site, stable, candidate, labeled: 0, stableRight: 0, candidateRight: 0 }
    known.labeled++
    if (stableRight) known.stableRight++
    if (candidateRight) known.candidateRight++
    all.set(key, known)
  }
  return [...all.values()]
}

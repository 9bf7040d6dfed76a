import type { Guess } from '#contract'
import type { LabelSpec } from '../encoding/index.ts'

const MOST = 10

/**
 * What a version answered, in a person's words.
 * @param scores plain scores in the order of the classes; of a regression the value
 * @param label null where the version is not known here any more: classes are then called by their number
 */
export function guessOf(version: number, scores: readonly number[], label: LabelSpec | null): Guess {
  if (label?.task === 'regression' || (label === null && scores.length === 1))
    return { version, class: null, value: scores[0] ?? null, scores: [] }
  const named = scores.map((score, i) => ({ class: label?.classes[i] ?? `class ${i + 1}`, score }))
  // As the device does it: of two classes the second one from one half on, of more the first of the most probable.
  const best =
    label?.task === 'binary'
      ? named[(scores[1] ?? 0) >= 0.5 ? 1 : 0]
      : named.reduce<(typeof named)[number] | undefined>(
          (most, each) => (most && most.score >= each.score ? most : each),
          undefined,
        )
  return {
    ...{ version, class: best?.class ?? null, value: null },
    scores: named.toSorted((a, b) => b.score - a.score).slice(0, MOST),
  }
}

/** Whether a guess is what a person said. @param label a class by its name, or a number */
export const isRight = (guess: Guess, label: string | number): boolean =>
  guess.class !== null && guess.class === String(label)

/** How far a number is from what a person said; null of a class. */
export const errorOf = (guess: Guess, label: string | number): number | null =>
  guess.value === null ? null : Math.abs(guess.value - Number(label))

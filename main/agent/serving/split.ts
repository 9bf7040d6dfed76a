import { type Compute, isFault } from './compute.ts'
import type { Here } from './lines.ts'
import type { Answers } from './model.ts'

/** Answers of two versions, and which rows each of them answered. */
export interface Split {
  answers: Answers
  parts: { by: Here; rows: number[] }[]
}

/**
 * Each row by the version it belongs to; windows over time see all rows in both. A candidate that fails costs nobody an
 * answer.
 * @param toOther which rows belong to the candidate
 * @throws those of `Compute`, but no fault of the candidate
 */
export function split(
  compute: Compute,
  name: string,
  instances: readonly unknown[],
  toOther: readonly boolean[],
  first: Here,
  other: Here,
): Split {
  const all = instances.map((_, row) => row)
  const isOthers = (row: number) => toOther[row] === true
  const isFirsts = (row: number) => !toOther[row]
  const remembers = first.model.memory.windows.size > 0 || other.model.memory.windows.size > 0
  const answers: Answers = { predictions: [], scores: [] }

  function take(by: Here, isOwn: (row: number) => boolean): void {
    const seen = remembers ? all : all.filter(isOwn)
    if (seen.length === 0) return
    const rows = seen.map(row => instances[row])
    const { predictions, scores } = compute(name, by, rows, i => isOwn(seen[i] as number))
    for (const [i, row] of seen.entries()) {
      // What the first saw of the other's rows stands in where that one fails.
      if (by === other && !isOwn(row)) continue
      answers.predictions[row] = predictions[i] as Answers['predictions'][number]
      answers.scores[row] = scores[i] as number[]
    }
  }

  take(first, isFirsts)
  try {
    take(other, isOthers)
  } catch (error) {
    if (!isFault(error)) throw error
    if (!remembers) take(first, isOthers)
    return { answers, parts: [{ by: first, rows: all }] }
  }
  return {
    answers,
    parts: [
      { by: first, rows: all.filter(isFirsts) },
      { by: other, rows: all.filter(isOthers) },
    ],
  }
}

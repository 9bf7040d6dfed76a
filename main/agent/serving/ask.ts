import { canonicalJson } from '../../engine/kit/index.ts'
import { isForCandidate } from '../../engine/release/index.ts'
import type { Capture } from './capture.ts'
import { type Compute, isFault } from './compute.ts'
import type { Serve } from './door.ts'
import type { Here, Lines } from './lines.ts'
import type { Answers, Model } from './model.ts'
import { split } from './split.ts'

/** What was asked: rows by feature, and what each is called where it is to be answered by the same version again. */
export interface Ask {
  instances: readonly unknown[]
  items?: readonly string[] | undefined
}

/** Answers, and which version gave each of them. */
export interface Answered extends Answers {
  /** Says what the answers mean: of the version that answered, or of the first where two did. */
  model: Model
  versions: number[]
}

/** After the answer is on its way: nobody waits for what is only compared. */
const later = (run: () => void): void => {
  setImmediate(run)
}

/** Answers rows by whom they belong to: the one that answers alone, with a shadow, or split between two. */
export function asking(lines: Lines, compute: Compute, capture: Capture) {
  function alone(name: string, first: Here, { instances }: Ask): Answered {
    const { model } = first
    const answers = compute(name, first, instances)
    if (capture.wants()) later(() => capture.look(name, { instances, model, answers }))
    const { predictions, scores } = answers
    return { predictions, scores, model, versions: new Array<number>(instances.length).fill(model.version) }
  }

  function shadowed(name: string, first: Here, other: Here, { instances }: Ask): Answered {
    const { model } = first
    const answers = compute(name, first, instances)
    later(() => {
      const { versions, pairs } = lines.lineOf(name)
      // Taken off meanwhile.
      if (versions.get(other.model.version) !== other) return
      let second: Answers | undefined
      try {
        second = compute(name, other, instances)
      } catch {
        // Counted as an error of the shadow, which answers nobody.
      }
      capture.look(name, {
        instances,
        model,
        answers,
        second: second && { model: other.model, answers: second, pairs },
      })
    })
    return { ...answers, model, versions: instances.map(() => model.version) }
  }

  function shared(
    name: string,
    first: Here,
    other: Here,
    { rollout, share }: NonNullable<Serve['candidate']>,
    { instances, items }: Ask,
  ): Answered {
    const toOther = instances.map((instance, row) =>
      isForCandidate(rollout, items?.[row] ?? canonicalJson(instance), share),
    )
    const { answers, parts } = split(compute, name, instances, toOther, first, other)
    const versions: number[] = []
    for (const { by, rows } of parts) for (const row of rows) versions[row] = by.model.version
    if (capture.wants())
      later(() => {
        const of = <T>(all: readonly T[], rows: number[]) => rows.map(row => all[row] as T)
        for (const { by, rows } of parts)
          capture.look(name, {
            instances: of(instances, rows),
            model: by.model,
            answers: { predictions: of(answers.predictions, rows), scores: of(answers.scores, rows) },
          })
      })
    return { ...answers, model: first.model, versions }
  }

  function answer(name: string, version: number | undefined, ask: Ask): Answered {
    const first = lines.here(name, version)
    // A version that is asked for by number answers all.
    const candidate = version === undefined ? lines.lineOf(name).serve?.candidate : null
    const other = candidate && lines.find(name, candidate.version)
    if (!candidate || !other) return alone(name, first, ask)
    return candidate.shadow ? shadowed(name, first, other, ask) : shared(name, first, other, candidate, ask)
  }

  /** Where the version that answers fails and another takes its place at once, nobody who asked notices. */
  return (name: string, version: number | undefined, ask: Ask): Answered => {
    const before = lines.find(name)
    try {
      return answer(name, version, ask)
    } catch (error) {
      const now = lines.find(name)
      if (version !== undefined || !isFault(error) || !now || now === before) throw error
      return answer(name, version, ask)
    }
  }
}

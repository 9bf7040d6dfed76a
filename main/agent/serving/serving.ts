import type { Failure, Hash } from '#contract'
import { canonicalJson, FailureError, fail, failureOf, now } from '../../engine/kit/index.ts'
import {
  type CapturePolicy,
  isForCandidate,
  type MetricsWindow,
  type Sample,
} from '../../engine/release/index.ts'
import { differ, reasonOf, wordOf } from './capture.ts'
import type { ReleaseFiles, Serve, Serving, ServingEvents } from './door.ts'
import { type Figures, openFigures, openPairCounts, type PairCounts } from './figures.ts'
import { type Answers, loadModel, type Model } from './model.ts'
import { openRehearsing } from './rehearse.ts'

/** A version in memory. */
interface Here {
  model: Model
  manifest: Hash
  figures: Figures
}

/** A model name, and the versions of it that are in memory. */
interface Line {
  versions: Map<number, Here>
  serve: Serve | null
  pairs: PairCounts | null
  /** Why nothing answers. */
  why: Failure | null
}

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

/** The part of serving that requests come to. */
export interface Answering {
  models(): string[]
  /**
   * The version that answers, or the one that is asked for.
   * @throws Failure `not-found`, `unreachable` while it is not ready
   */
  model(name: string, version?: number): Model
  /**
   * Answers rows. A rollout by item sends some of them to the candidate, the same item always to the same version; a
   * shadow computes after the answer was given.
   * @throws those of {@link model}, and of `Model.predict`
   */
  ask(name: string, version: number | undefined, ask: Ask): Answered
  /** Keeps a row for the publisher because a person said so. */
  keep(name: string, instance: unknown): void
}

/** @param random numbers from 0 to 1, for the random share of rows that is kept */
export function openServing(
  events: ServingEvents,
  { random = Math.random }: { random?: () => number } = {},
): Serving & Answering & { capture(policy: CapturePolicy): void } {
  const lines = new Map<string, Line>()
  const rehearsing = openRehearsing()
  let backend = ''
  let policy: CapturePolicy = { lowConfidence: null, disagreement: false, random: 0, quotaBytes: 0 }

  function lineOf(name: string): Line {
    let line = lines.get(name)
    if (!line) {
      line = { versions: new Map(), serve: null, pairs: null, why: null }
      lines.set(name, line)
    }
    return line
  }

  function here(name: string, asked?: number): Here {
    const line = lines.get(name)
    const version = asked ?? line?.serve?.primary
    const found = version === undefined ? undefined : line?.versions.get(version)
    if (found && (line?.serve || line?.why)) return found
    const known = [...lines].filter(([, { serve, why }]) => serve || why).map(([model]) => model)
    if (!line || !known.includes(name))
      throw fail(
        'not-found',
        `There is no model "${name.slice(0, 80)}" on this device.`,
        known.length ? `It has ${known.slice(0, 10).join(', ')}.` : 'It has none yet; publish one.',
      )
    if (asked === undefined)
      throw fail(
        'unreachable',
        `${name} is not ready on this device yet.`,
        line.why?.message ?? 'Ask again in a moment.',
      )
    throw fail(
      'not-found',
      `${name} has no version ${asked} on this device.`,
      `It has ${[...line.versions.keys()].sort((a, b) => a - b).join(', ') || 'none'}.`,
    )
  }

  /**
   * One version answers some rows, with the count of it. What a row lacks is a fault of who asked.
   * @param counts which of the rows it answers; the others it only sees
   */
  function predict(
    name: string,
    { model, figures }: Here,
    instances: readonly unknown[],
    counts?: (row: number) => boolean,
  ): Answers {
    const began = performance.now()
    try {
      const answers = model.predict(instances)
      const predictions = counts ? answers.predictions.filter((_, row) => counts(row)) : answers.predictions
      if (predictions.length > 0) {
        figures.answered(predictions, performance.now() - began)
        events.answered(name, model.version, predictions.length)
      }
      return answers
    } catch (error) {
      figures.failed()
      if (isFault(error)) events.failed(name, model.version, failureOf(error))
      throw error
    }
  }

  function compare(name: string, line: Line, rows: Compared): void {
    const { instances, primary, first, candidate, second } = rows
    for (const [row, instance] of instances.entries()) {
      const a = first.predictions[row]
      const b = second?.predictions[row]
      if (!a) continue
      const disagrees = b !== undefined && differ(a, b, primary)
      if (b) line.pairs?.compared(wordOf(a), wordOf(b), disagrees)
      const reason = reasonOf(policy, a, disagrees, random())
      if (reason)
        events.captured({
          model: name,
          version: primary.version,
          instance,
          scores: first.scores[row] ?? [],
          other:
            candidate && second ? { version: candidate.version, scores: second.scores[row] ?? [] } : null,
          reason,
          at: now(),
        })
    }
  }

  /** Where the version that answers fails and another takes its place at once, nobody who asked notices. */
  function ask(name: string, version: number | undefined, asked: Ask): Answered {
    const before = lines.get(name)?.serve?.primary
    try {
      return answer(name, version, asked)
    } catch (error) {
      const now = lines.get(name)?.serve?.primary
      if (version !== undefined || !isFault(error) || now === undefined || now === before) throw error
      return answer(name, version, asked)
    }
  }

  function answer(name: string, version: number | undefined, { instances, items }: Ask): Answered {
    const first = here(name, version)
    const line = lineOf(name)
    const { serve } = line
    const other =
      version === undefined && serve?.candidate ? line.versions.get(serve.candidate.version) : undefined
    if (!serve?.candidate || !other) {
      const answers = predict(name, first, instances)
      if (policy.random > 0 || policy.lowConfidence !== null)
        later(() => compare(name, line, { instances, primary: first.model, first: answers }))
      return { ...answers, model: first.model, versions: instances.map(() => first.model.version) }
    }
    const { rollout, share, shadow } = serve.candidate
    if (shadow) {
      const answers = predict(name, first, instances)
      later(() => {
        // Taken off meanwhile.
        if (line.versions.get(other.model.version) !== other) return
        const second = quietly(() => predict(name, other, instances))
        compare(name, line, {
          instances,
          primary: first.model,
          first: answers,
          candidate: other.model,
          second,
        })
      })
      return { ...answers, model: first.model, versions: instances.map(() => first.model.version) }
    }
    const toOther = instances.map((instance, row) =>
      isForCandidate(rollout, items?.[row] ?? canonicalJson(instance), share),
    )
    return split(name, line, instances, toOther, first, other)
  }

  /** Each row by the version it belongs to; windows over time see all rows in both. */
  function split(
    name: string,
    line: Line,
    instances: readonly unknown[],
    toOther: boolean[],
    first: Here,
    other: Here,
  ): Answered {
    const remembers = first.model.memory.windows.size > 0 || other.model.memory.windows.size > 0
    const answersOf = (each: Here, isOther: boolean) => {
      const rows = instances.map((_, row) => row).filter(row => remembers || toOther[row] === isOther)
      const answers = rows.length
        ? predict(
            name,
            each,
            rows.map(row => instances[row]),
            i => toOther[rows[i] as number] === isOther,
          )
        : { predictions: [], scores: [] }
      return new Map(
        rows.map(
          (row, i) => [row, { prediction: answers.predictions[i], scores: answers.scores[i] }] as const,
        ),
      )
    }
    const byFirst = answersOf(first, false)
    let byOther: ReturnType<typeof answersOf>
    try {
      byOther = answersOf(other, true)
    } catch (error) {
      if (!isFault(error)) throw error
      // A candidate that fails costs nobody an answer.
      byOther = remembers ? byFirst : answersOf(first, true)
      other = first
    }
    const chosen = instances.map((_, row) => (toOther[row] ? byOther : byFirst).get(row))
    const answers = {
      predictions: chosen.map(each => each?.prediction as Answers['predictions'][number]),
      scores: chosen.map(each => each?.scores ?? []),
    }
    const answeredBy = toOther.map(isOther => (isOther ? other : first))
    later(() => {
      for (const each of new Set(answeredBy)) {
        const rows = instances.map((_, row) => row).filter(row => answeredBy[row] === each)
        compare(name, line, {
          instances: rows.map(row => instances[row]),
          primary: each.model,
          first: {
            predictions: rows.map(row => answers.predictions[row] as Answers['predictions'][number]),
            scores: rows.map(row => answers.scores[row] as number[]),
          },
        })
      }
    })
    return { ...answers, model: first.model, versions: answeredBy.map(({ model }) => model.version) }
  }

  const figuresOf = (name: string, version?: number): Here | undefined => {
    const line = lines.get(name)
    const wanted = version ?? line?.serve?.primary
    return wanted === undefined ? undefined : line?.versions.get(wanted)
  }

  return {
    get backend() {
      return backend
    },
    rehearse: (release, limits, signal) => rehearsing.rehearse(release, limits, signal),
    async load(release: ReleaseFiles) {
      const line = lineOf(release.model)
      const { version, manifest } = release
      if (line.versions.get(version)?.manifest === manifest) return
      const model = await loadModel(release)
      const known = line.versions.get(version)
      if (known?.manifest === manifest) return model.dispose()
      // The same version published anew, in another variant: it takes the place of the one before between two requests.
      known?.model.dispose()
      backend = model.runtime
      line.versions.set(version, { model, manifest, figures: openFigures() })
    },
    has: (name, version) => lines.get(name)?.versions.has(version) ?? false,
    serve(name, serve) {
      const line = lineOf(name)
      const next = line.versions.get(serve.primary)
      if (!next) throw new Error(`${name} v${serve.primary} is not loaded`)
      const before = line.serve && line.versions.get(line.serve.primary)
      // A new version goes on with the windows over time where the one before it was.
      if (before && before !== next) next.model.memory.adopt(before.model.memory)
      const candidate = serve.candidate && line.versions.get(serve.candidate.version)
      const isSame =
        line.serve?.candidate?.rollout === serve.candidate?.rollout &&
        line.serve?.candidate?.version === serve.candidate?.version &&
        line.serve?.primary === serve.primary
      if (candidate && !isSame) candidate.model.memory.adopt(next.model.memory)
      line.serve = serve
      line.why = null
      if (!isSame)
        line.pairs = serve.candidate
          ? openPairCounts(serve.candidate.rollout, serve.primary, serve.candidate.version)
          : null
    },
    stop(name, why) {
      const line = lineOf(name)
      line.serve = null
      line.pairs = null
      line.why = why ?? fail('unreachable', `${name} was taken off this device.`, 'Publish it again.').failure
    },
    drop(name, version) {
      const line = lines.get(name)
      line?.versions.get(version)?.model.dispose()
      line?.versions.delete(version)
    },
    figures(name, version) {
      const found = figuresOf(name, version)?.figures
      return {
        predictions: found?.predictions ?? 0,
        errors: found?.errors ?? 0,
        p50: found?.quantile(0.5) ?? null,
      }
    },
    takeMetrics(name) {
      const line = lines.get(name)
      if (!line) return null
      const versions = [...line.versions].flatMap(([version, { figures }]) => figures.take(version) ?? [])
      const pairs = line.pairs?.take() ?? null
      return versions.length || pairs ? ({ model: name, versions, pairs } satisfies MetricsWindow) : null
    },
    capture(next) {
      policy = next
    },
    async close() {
      await rehearsing.close()
      for (const line of lines.values()) for (const { model } of line.versions.values()) model.dispose()
      lines.clear()
    },
    models: () =>
      [...lines]
        .filter(([, { serve }]) => serve)
        .map(([name]) => name)
        .sort(),
    model: (name, version) => here(name, version).model,
    ask,
    keep(name, instance) {
      const { model } = here(name)
      const { scores } = model.predict([instance])
      events.captured({
        model: name,
        version: model.version,
        instance,
        scores: scores[0] ?? [],
        other: null,
        reason: 'button',
        at: now(),
      } satisfies Sample)
    },
  }
}

/** Of the model, and not of who asked. */
const isFault = (error: unknown): boolean =>
  !(error instanceof FailureError) || error.failure.code === 'unsupported-graph'

interface Compared {
  instances: readonly unknown[]
  primary: Model
  first: Answers
  candidate?: Model | undefined
  second?: Answers | undefined
}

/** After the answer is on its way: nobody waits for what is only compared. */
const later = (run: () => void): void => {
  setImmediate(run)
}

const quietly = <T>(run: () => T): T | undefined => {
  try {
    return run()
  } catch {
    // Counted as an error of the candidate, which answers nobody.
    return undefined
  }
}

import type { CapturePolicy, MetricsWindow } from '../../engine/release/index.ts'
import { type Answered, type Ask, asking } from './ask.ts'
import { openCapture } from './capture.ts'
import { computing } from './compute.ts'
import type { Serving, ServingEvents } from './door.ts'
import { openLines } from './lines.ts'
import type { Model } from './model.ts'
import { openRehearsing } from './rehearse.ts'

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
  const lines = openLines()
  const rehearsing = openRehearsing()
  const capture = openCapture(events, random)
  const { load, serve, stop, drop } = lines
  return {
    get backend() {
      return lines.backend
    },
    rehearse: rehearsing.rehearse,
    load,
    serve,
    stop,
    drop,
    has: (name, version) => lines.find(name, version) !== undefined,
    figures(name, version) {
      const found = lines.find(name, version)?.figures
      return {
        predictions: found?.predictions ?? 0,
        errors: found?.errors ?? 0,
        p50: found?.quantile(0.5) ?? null,
      }
    },
    takeMetrics(name) {
      const line = lines.lineOf(name)
      const versions = [...line.versions].flatMap(([version, { figures }]) => figures.take(version) ?? [])
      const pairs = line.pairs?.take() ?? null
      return versions.length || pairs ? ({ model: name, versions, pairs } satisfies MetricsWindow) : null
    },
    capture: capture.follow,
    async close() {
      await rehearsing.close()
      lines.close()
    },
    models: lines.names,
    model: (name, version) => lines.here(name, version).model,
    ask: asking(lines, computing(events), capture),
    keep(name, instance) {
      const { model } = lines.here(name)
      const { scores } = model.predict([instance])
      capture.keep(name, model.version, { instance, scores: scores[0] ?? [], other: null, reason: 'button' })
    },
  }
}

import { CONFIDENCE_RANGES, LATENCY_ENDS, type MetricsWindow } from '../../engine/release/index.ts'
import type { Answers } from './model.ts'

/** Requests whose time is remembered, for the median and the 95th percentile. */
const REMEMBERED = 200
/** Classes and pairs of classes that are counted one by one. */
const MOST_CLASSES = 100

type VersionFigures = MetricsWindow['versions'][number]

/** How one version does: answers, errors and how long an answer takes. */
export interface Figures {
  /** Since the start. */
  readonly predictions: number
  readonly errors: number
  answered(predictions: Answers['predictions'], milliseconds: number): void
  failed(): void
  /** Of the last 200 requests, in milliseconds; null before the first. */
  quantile(share: number): number | null
  /** What happened since this was asked last; null where nothing did. */
  take(version: number): VersionFigures | null
}

const count = (counts: Map<string, number>, key: string): void => {
  if (counts.has(key) || counts.size < MOST_CLASSES) counts.set(key, (counts.get(key) ?? 0) + 1)
}

export function openFigures(): Figures {
  const times: number[] = []
  let at = 0
  let predictions = 0
  let errors = 0
  const empty = () => ({
    rows: 0,
    requests: 0,
    errors: 0,
    latency: new Array<number>(LATENCY_ENDS.length + 1).fill(0),
    confidence: new Array<number>(CONFIDENCE_RANGES).fill(0),
    classes: new Map<string, number>(),
  })
  let window = empty()
  const bump = (histogram: number[], range: number) => {
    histogram[range] = (histogram[range] ?? 0) + 1
  }
  const quantile = (share: number): number | null => {
    if (times.length === 0) return null
    const sorted = times.toSorted((a, b) => a - b)
    return Math.round((sorted[Math.floor((sorted.length - 1) * share)] as number) * 100) / 100
  }
  return {
    get predictions() {
      return predictions
    },
    get errors() {
      return errors
    },
    answered(answers, milliseconds) {
      times[at] = milliseconds
      at = (at + 1) % REMEMBERED
      predictions += answers.length
      window.rows += answers.length
      window.requests++
      const range = LATENCY_ENDS.findIndex(end => milliseconds < end)
      bump(window.latency, range < 0 ? LATENCY_ENDS.length : range)
      for (const answer of answers) {
        if (!('class' in answer)) continue
        bump(
          window.confidence,
          Math.max(0, Math.min(CONFIDENCE_RANGES - 1, Math.floor(answer.probability * CONFIDENCE_RANGES))),
        )
        count(window.classes, answer.class)
      }
    },
    failed() {
      errors++
      window.errors++
    },
    quantile,
    take(version) {
      if (window.requests + window.errors === 0) return null
      const { classes, ...counts } = window
      window = empty()
      return {
        version,
        ...counts,
        p50: quantile(0.5),
        p95: quantile(0.95),
        classes: Object.fromEntries(classes),
      }
    },
  }
}

type PairFigures = NonNullable<MetricsWindow['pairs']>

/** On how many rows two versions differ that both computed. */
export interface PairCounts {
  compared(from: string, to: string, differ: boolean): void
  /** What happened since this was asked last; null where nothing was compared. */
  take(): PairFigures | null
}

export function openPairCounts(rollout: string, primary: number, candidate: number): PairCounts {
  let rows = 0
  let disagreements = 0
  let matrix = new Map<string, number>()
  return {
    compared(from, to, differ) {
      rows++
      if (!differ) return
      disagreements++
      count(matrix, `${from} > ${to}`)
    },
    take() {
      if (rows === 0) return null
      const taken = { rollout, primary, candidate, rows, disagreements, matrix: Object.fromEntries(matrix) }
      rows = 0
      disagreements = 0
      matrix = new Map()
      return taken
    },
  }
}

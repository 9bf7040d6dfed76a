import type { Epoch, Run, RunLine } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import { now } from '../kit/index.ts'
import { pointsOf, saidIn } from './record/hear.ts'
import type { Point, Runs, SaidLine } from './runs.ts'
import { figureWords } from './words.ts'
import type { Message } from './work.ts'

/** Share of a training job that goes into reading and encoding. */
export const PREPARING = 0.1

/** What comes is written together so often, in milliseconds; what is lost in a crash is taken up again by its cursor. */
const WRITE_EVERY = 100
/** And as soon as so much has come. */
const AT_ONCE = 5000

const seconds = (at: Date) => at.getTime() / 1000

export type RunRecord = ReturnType<typeof openRecord>

/**
 * The record of a run while it is worked on: what its program says goes into the run, and is shown by its job. Lines,
 * the points in them and the place in the output up to which they were heard are written in one transaction.
 */
export function openRecord(begun: Run, runs: Runs, job: JobContext) {
  const { plan } = begun
  let run = begun
  let lines: SaidLine[] = []
  let points: Point[] = []
  let params: Record<string, unknown> = {}
  let cursor: string | undefined
  let later: NodeJS.Timeout | undefined

  /** Changes the run, writes it, and tells who watches. */
  function put(change: Partial<Run>): Run {
    flush()
    run = runs.change(run.id, change)
    return run
  }

  /** Writes what has come. */
  function flush(more: { change?: Partial<Run>; epochs?: Epoch[] } = {}): void {
    clearTimeout(later)
    later = undefined
    const nothing = lines.length + points.length + Object.keys(params).length === 0 && cursor === undefined
    if (nothing && !more.change) return
    run = runs.hear(run.id, { lines, points, cursor, ...more })
    if (Object.keys(params).length > 0) run = runs.params(run.id, params)
    lines = []
    points = []
    params = {}
    cursor = undefined
  }

  function soon(): void {
    if (lines.length + points.length >= AT_ONCE) flush()
    else
      later ??= setTimeout(() => {
        // The disk may be full for a moment; what has come is kept, and what has to be told is told at the end.
        try {
          flush()
        } catch {}
      }, WRITE_EVERY)
  }

  /** A sentence of ours on the run, for its log. */
  function log(text: string, level: RunLine['level'] = 'info'): void {
    lines.push({ text, level, at: now() })
    soon()
  }

  /** The same, also for the log of its job. */
  function say(text: string, level: RunLine['level'] = 'info'): void {
    job.log(text, level)
    log(text, level)
  }

  const share = (epochs: number) => PREPARING + (1 - PREPARING) * Math.min(1, epochs / plan.epochs)
  const words = (epoch: number) => `epoch ${epoch} of ${plan.epochs}`

  /** What a worker tells. @param at when it said so */
  function tell(message: Message, at = new Date()): void {
    if (message.kind === 'ready') {
      const { backend, parameters, epochs, best } = message
      say(`Trains on ${backend}.`)
      put({ backend, parameters, epochs, best })
      job.progress(share(epochs.length), words(Math.min(epochs.length + 1, plan.epochs)))
    } else if (message.kind === 'step') {
      job.progress(share(message.epoch - 1 + message.share), words(message.epoch))
    } else if (message.kind === 'epoch') {
      const { figures, best } = message
      say(figureWords(figures))
      points.push(...pointsOf(figures, seconds(at), rateOf(message)))
      flush({ change: { best }, epochs: [figures] })
      job.progress(share(figures.epoch), words(Math.min(figures.epoch + 1, plan.epochs)))
    }
  }

  const rateOf = (message: { learningRate?: number } & Message): number | null =>
    message.learningRate ?? (plan.schedule === 'constant' && plan.warmup === 0 ? plan.learningRate : null)

  /**
   * What a worker tells, or a line that the program wrote: a message of our worker, figures of a person's own program,
   * or a line of the log. See `saidIn` for the rule.
   */
  function hear(
    text: Message | string,
    about: { at?: Date | undefined; level?: 'info' | 'error' | undefined; cursor?: string | undefined } = {},
  ): void {
    const at = about.at ?? new Date()
    if (about.cursor !== undefined) cursor = about.cursor
    if (typeof text !== 'string') {
      tell(text, at)
      if (cursor !== undefined) soon()
      return
    }
    const said = saidIn(text, seconds(at))
    if (said.kind === 'message') tell(said.message, at)
    else if (said.kind === 'figures') {
      points = points.concat(said.points)
      params = { ...params, ...said.params }
      const step = said.points[0]?.step
      if (step !== undefined) job.progress(null, `step ${step}`)
    } else lines.push({ text, level: about.level ?? 'info', at: at.toISOString() })
    soon()
  }

  return {
    get run() {
      return run
    },
    put,
    log,
    say,
    hear,
    /** Up to here the output was heard, though it was nothing for the record. */
    past(to: string | undefined): void {
      cursor = to ?? cursor
      if (to !== undefined) soon()
    },
    /** Points and settings that came another way than by its output; written with what comes with them. */
    note(some: readonly Point[], settings: Record<string, unknown> = {}): void {
      points = points.concat(some)
      params = { ...params, ...settings }
      soon()
    },
    /** Writes what has come until now. */
    flush: () => flush(),
  }
}

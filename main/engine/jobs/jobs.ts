import { EventEmitter, on } from 'node:events'
import type { ArtifactKind, Hash, Job, JobId, LogLine, Progress } from '#contract'
import { fail, failureOf, now } from '../kit/index.ts'
import type { Lineage } from '../lineage/index.ts'
import type { Store } from '../store/index.ts'
import { openAddresses } from './addresses.ts'
import { type Lane, openLanes, type Place } from './lanes.ts'
import { jobRows, numberOf } from './rows.ts'

/** What long work gets to say how it goes, to hear that it is to stop, and to say what it made of what. */
export interface JobContext {
  readonly id: JobId
  /** Aborted when a person cancels. Work that sees it throws; what it had finished may be kept. */
  readonly signal: AbortSignal
  /** True when it is stopped because the engine ends, not because a person cancelled: it reads interrupted, to go on. */
  readonly interrupted: boolean
  /** @param done a share from 0 to 1, or null while it cannot be known; @param step in the user's words */
  progress(done: number | null, step: string): void
  log(text: string, level?: LogLine['level']): void
  /** An artifact that goes into the work. */
  uses(artifact: Hash): void
  /** An artifact that came out of it. */
  makes(artifact: { id: Hash; kind: ArtifactKind; title: string }): void
  /** What is kept when the work is cancelled; default: the words of the contract. */
  keeps(words: string): void
}

/** What a room offers as long work. */
export interface JobOffer {
  /** What the tray shows: "Train a model: strikes". */
  title(input: unknown): string
  /** What the contract says is kept when it is cancelled. */
  cancel: string
  run(input: unknown, job: JobContext): Promise<unknown>
}

export interface Jobs {
  /** Makes a verb known that can be started, also again from a job of an earlier day. */
  offer(room: string, verb: string, offer: JobOffer): void
  /** Writes the job, then queues it. The input has been checked by the contract. */
  start(room: string, verb: string, input: unknown): Job
  /** Starts the same work with the same input as a new job. */
  again(id: string): Job
  get(id: string): Job
  list(state: 'open' | 'ended' | 'all', limit: number): Job[]
  lines(id: string, after: number): LogLine[]
  cancel(id: string): Job
  /** The jobs that are open now, then every change of any job; with an id that job, until it is over. */
  watch(signal: AbortSignal, id?: JobId): AsyncIterable<Job>
  /** The job at its end. */
  ended(id: string): Promise<Job>
  /** Runs after a job of this verb succeeded, before its end is told. */
  after(room: string, verb: string, then: (result: never, job: JobContext) => void | Promise<void>): void
  /** Says in which lane the jobs of a verb wait; those of which nothing is said wait in the engine's own. */
  places(room: string, verb: string, placeOf: (input: never) => Place): void
  /** Says what the jobs of a verb are called, where its offer knows too little to tell them apart. */
  names(room: string, verb: string, titleOf: (input: never) => string): void
  /** Sets what a lane takes. */
  lane(name: string, lane: Lane): void
  /** Changes how early a job begins that waits. */
  prioritize(id: string, priority: number): Job
  /** Stops all work and waits until it has let go. */
  close(): Promise<void>
}

const isOver = ({ status }: Pick<Job, 'status'>): boolean =>
  status.state !== 'queued' && status.state !== 'running'

/** Where work waits of which nothing else is said. */
const ENGINE: Place = { lane: null }

/** Progress is written at most this often, so that a fast loop does not become a slow one. In milliseconds. */
const PROGRESS_EVERY = 100

/**
 * @param atOnce jobs of the engine's own lane that run side by side; the others wait in order
 * @param keys folder outside the workspace for what people write into addresses; null: it is kept in memory
 */
export function openJobs(
  store: Store,
  lineage: Lineage,
  { atOnce = 2, keys = null }: { atOnce?: number; keys?: string | null } = {},
): Jobs {
  const rows = jobRows(store.db, openAddresses(keys))
  const lanes = openLanes(atOnce)
  const changed = new EventEmitter<{ job: [Job] }>().setMaxListeners(0)
  let closing = false
  const stops = new Map<JobId, AbortController>()
  const offers = new Map<string, JobOffer>()
  const places = new Map<string, (input: never) => Place>()
  const titles = new Map<string, (input: never) => string>()
  const hooks = new Map<string, (result: never, job: JobContext) => void | Promise<void>>()

  if (!store.readOnly) rows.hideSecrets()
  if (!store.readOnly)
    for (const job of rows.list('open', 100_000)) {
      const progress = job.status.state === 'running' ? job.status.progress : { done: 0, step: 'waiting' }
      rows.write(job.id, { state: 'interrupted', progress })
      rows.line(job.id, 'warning', 'The engine ended while this was running.')
    }

  /**
   * Does what a job must not end of: the timer that tells of progress has nobody to throw to, and of a job that found
   * the disk full nothing can be written there.
   */
  function attempt(save: () => void): void {
    try {
      save()
    } catch (error) {
      if (failureOf(error).code === 'internal') console.error(error)
    }
  }

  /** Jobs whose state the disk had no room for. It is told from here, and written as soon as there is room. */
  const unwritten = new Map<JobId, Job>()
  const asTold = (job: Job): Job => unwritten.get(job.id) ?? job
  const writeAll = () =>
    attempt(() => {
      for (const { id, status } of unwritten.values()) {
        rows.write(id, status)
        unwritten.delete(id)
      }
    })
  const write = (id: JobId, status: Job['status']): Job => {
    const before = asTold(rows.get(id))
    const startedAt = before.startedAt ?? (status.state === 'running' ? now() : null)
    unwritten.set(id, { ...before, status, startedAt, endedAt: isOver({ status }) ? now() : null })
    writeAll()
    const job = asTold(rows.get(id))
    changed.emit('job', job)
    return job
  }

  async function run({ id, room, verb }: Job, offer: JobOffer, stop: AbortController): Promise<void> {
    if (stop.signal.aborted) return
    let progress: Progress = { done: null, step: 'starting' }
    let kept = offer.cancel
    let later: NodeJS.Timeout | undefined
    let toldAt = 0
    const used = new Set<Hash>()
    const made = new Map<Hash, { id: Hash; kind: ArtifactKind; title: string }>()
    const tell = () => {
      // A timer that is still due would tell "running" of a job that has ended meanwhile.
      clearTimeout(later)
      later = undefined
      toldAt = performance.now()
      write(id, { state: 'running', progress })
    }
    const context: JobContext = {
      id,
      signal: stop.signal,
      get interrupted() {
        return closing
      },
      progress(done, step) {
        progress = { done: done === null ? null : Math.min(1, Math.max(0, done)), step }
        const wait = toldAt + PROGRESS_EVERY - performance.now()
        if (wait <= 0) tell()
        else later ??= setTimeout(tell, wait)
      },
      log: (text, level = 'info') => attempt(() => rows.line(id, level, text)),
      uses: artifact => void used.add(artifact),
      makes: artifact => void made.set(artifact.id, artifact),
      keeps: words => {
        kept = words
      },
    }
    write(id, { state: 'running', progress })
    try {
      const result = await offer.run(rows.inputOf(id), context)
      await hooks.get(`${room}.${verb}`)?.(result as never, context)
      clearTimeout(later)
      store.assertThere()
      store.db.transaction(() => {
        lineage.record(id, [...used], [...made.values()])
        rows.write(id, { state: 'succeeded', result })
      })()
      unwritten.delete(id)
      changed.emit('job', rows.get(id))
    } catch (error) {
      clearTimeout(later)
      if (!store.db.open) return
      attempt(() => lineage.record(id, [...used], [...made.values()]))
      if (closing) write(id, { state: 'interrupted', progress })
      else if (stop.signal.aborted) write(id, { state: 'cancelled', kept })
      else {
        const failure = failureOf(error)
        const stack = failure.code === 'internal' && error instanceof Error ? `\n${error.stack}` : ''
        attempt(() => rows.line(id, 'error', `${failure.message} ${failure.remedy}${stack}`))
        write(id, { state: 'failed', failure })
      }
    } finally {
      stops.delete(id)
    }
  }

  function start(room: string, verb: string, input: unknown): Job {
    const offer = offers.get(`${room}.${verb}`)
    if (!offer) throw fail('not-found', `There is no work ${room} ${verb}.`, 'See --help for what there is.')
    if (store.readOnly)
      throw fail(
        'read-only',
        `The workspace ${store.name} is open in another window, or on a disk that may not be written, so it can only be looked at here.`,
        'Do it in the other window, or close that one first.',
      )
    const place = places.get(`${room}.${verb}`)?.(input as never) ?? ENGINE
    const title = titles.get(`${room}.${verb}`)?.(input as never) ?? offer.title(input)
    const job = rows.add(room, verb, title, input, {
      lane: place.lane,
      priority: place.priority ?? 0,
    })
    const stop = new AbortController()
    stops.set(job.id, stop)
    changed.emit('job', job)
    lanes.add({ id: job.id, number: numberOf(job.id), ...place }, () => run(job, offer, stop))
    return job
  }

  const get = (id: string): Job => asTold(rows.get(id))
  const list: Jobs['list'] = (state, limit) =>
    rows
      .list(unwritten.size ? 'all' : state, limit)
      .map(asTold)
      .filter(job => state === 'all' || isOver(job) === (state === 'ended'))

  return {
    offer: (room, verb, offer) => void offers.set(`${room}.${verb}`, offer),
    start,
    again(id) {
      const job = get(id)
      return start(job.room, job.verb, rows.inputOf(job.id))
    },
    get,
    list,
    lines(id, after) {
      rows.get(id)
      return rows.lines(id, after)
    },
    cancel(id) {
      const job = get(id)
      const stop = stops.get(job.id)
      if (!stop) return job
      stop.abort()
      if (job.status.state !== 'queued') return job
      stops.delete(job.id)
      lanes.remove(job.id)
      return write(job.id, { state: 'cancelled', kept: 'It had not begun.' })
    },
    async *watch(signal, id) {
      // Listening begins before the jobs are read, so that no change falls between the two.
      const changes = on(changed, 'job', { signal })
      try {
        if (id === undefined) yield* list('open', 1000).reverse()
        else {
          const job = get(id)
          yield job
          if (isOver(job)) return
        }
        for await (const [job] of changes as AsyncIterable<[Job]>) {
          if (id !== undefined && job.id !== id) continue
          yield job
          if (id !== undefined && isOver(job)) return
        }
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        await changes.return?.()
      }
    },
    ended(id) {
      return new Promise((resolve, reject) => {
        try {
          const job = get(id)
          if (isOver(job)) return resolve(job)
        } catch (error) {
          return reject(error)
        }
        const look = (job: Job) => {
          if (job.id !== id || !isOver(job)) return
          changed.off('job', look)
          resolve(job)
        }
        changed.on('job', look)
      })
    },
    after: (room, verb, then) => void hooks.set(`${room}.${verb}`, then),
    places: (room, verb, placeOf) => void places.set(`${room}.${verb}`, placeOf),
    names: (room, verb, titleOf) => void titles.set(`${room}.${verb}`, titleOf),
    lane: lanes.set,
    prioritize(id, priority) {
      const { status } = get(id)
      if (status.state !== 'queued')
        throw fail(
          'bad-input',
          `${id} waits no more: it ${status.state === 'running' ? 'runs' : 'is over'}.`,
          'Only the order of jobs that wait can be changed.',
        )
      rows.prioritize(rows.get(id).id, priority)
      lanes.prioritize(rows.get(id).id, priority)
      const job = get(id)
      changed.emit('job', job)
      return job
    },
    async close() {
      closing = true
      lanes.clear()
      for (const stop of stops.values()) stop.abort()
      await lanes.idle()
      if (store.db.open) writeAll()
    },
  }
}

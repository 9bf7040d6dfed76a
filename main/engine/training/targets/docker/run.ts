import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { TargetSpec } from '#contract'
import { FailureError, fail } from '../../../kit/index.ts'
import type { Message } from '../../work.ts'
import type { Demands, Done, RunOptions } from '../target.ts'
import { removeOld } from './aging.ts'
import { fetchFiles, type Sum } from './archive.ts'
import { deliver, runMount, WORK } from './deliver.ts'
import { endingOf, MEMORABLE, type State } from './ending.ts'
import { followAll } from './follow.ts'
import { type Frame, openFrames } from './frames.ts'
import { readAnswers, runHelper } from './helper.ts'
import { openPatience } from './patience.ts'
import { gpuRequest, programOf, wantsGpus } from './program.ts'
import { keepResult, resultKept } from './result.ts'
import { GRACE, openStage, type Place } from './stage.ts'
import { shareOut } from './swarm/share.ts'
import type { Part } from './swarm/task.ts'
import { type Contexts, ensureImage, ensureTrainer, hasImage, idOf } from './trainerImage.ts'
import { lineTrouble } from './trouble.ts'
import { meter } from './usage.ts'

const NO_DEMANDS: Demands = { workers: 1, network: false, mixedPrecision: false }
/** For an engine to be reached that shall stop something, in milliseconds. */
const STOP_WITHIN = 30_000
/** Between two looks whether the line still stands, and for an answer. */
const LOOK_EVERY = 5000
const ANSWER_WITHIN = 10_000

const KINDS = new Set(['ready', 'step', 'epoch', 'done', 'failed'])

/**
 * Does the work of a folder in containers of an engine. What is there keeps going whatever becomes of the line or of this
 * program; all that is needed to find it again is kept before it starts.
 */
export async function runThere(
  docker: Docker,
  spec: TargetSpec,
  contexts: Contexts,
  folder: string,
  options: RunOptions,
): Promise<Done> {
  const { signal, leaving, demands = NO_DEMANDS, tell, line, step = () => {} } = options
  signal.throwIfAborted()
  await reach(docker, spec)

  // A person's cancel stops the work, and then its results are fetched: it must not cut the line.
  const lifeline = new AbortController()
  const patience = openPatience(spec, {
    signal: lifeline.signal,
    told: lost =>
      step(lost ? 'waiting for the line to the target' : 'the line to the target is there again', null),
  })
  const before = options.again?.placement as Place | undefined
  const place: Place = before ?? {
    id: `${basename(folder)}-${randomBytes(4).toString('hex')}`,
    stage: 'sending',
    workers: demands.workers,
    own: false,
    memory: demands.memoryMb === undefined ? null : demands.memoryMb * 2 ** 20,
  }
  const known = before && resultKept(folder, place.id)
  if (known) {
    // All was fetched when this program ended; what may be left there goes now.
    await openStage(docker, place, patience).clear()
    lifeline.abort()
    if (known instanceof FailureError) throw known
    return known
  }
  if (place.stage === 'sending') await begin()
  const stage = openStage(docker, place, patience)

  const leave = () => {
    if (leaving?.()) {
      lifeline.abort(signal.reason)
      return
    }
    step('stopping', null)
    void stage.stop(GRACE).catch(() => {})
    void wait(STOP_WITHIN + GRACE * 1000, null, { signal: lifeline.signal, ref: false })
      .then(() => lifeline.abort(signal.reason))
      .catch(() => {})
  }
  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  const metering = new AbortController()
  try {
    // What had been made and was not yet started when this program ended is started now.
    await stage.start()
    if (options.usage)
      void meter(stage.here, {
        gpus: wantsGpus(demands.gpus),
        tell: options.usage,
        signal: AbortSignal.any([metering.signal, lifeline.signal]),
      })
    const last = new Map<string, string[]>()
    await Promise.all([
      stage.ended(lifeline.signal),
      followAll(stage.voices, options.again?.cursor ?? null, {
        patience,
        signal: lifeline.signal,
        alive,
        line: (voice, frame, cursor) => hear(voice, frame, cursor, last),
      }),
    ])
    metering.abort()
    const result = await outcome(last)
    step('bringing the results back', 0)
    await bringBack()
    keepResult(folder, place.id, result)
    await stage.clear()
    await forget()
    if (signal.aborted && result instanceof FailureError) throw cancelled()
    if (result instanceof FailureError) throw result
    return result
  } catch (error) {
    if (lifeline.signal.aborted) throw leaving?.() ? goesOn(spec) : unstopped(spec)
    throw lineTrouble(error, spec)
  } finally {
    metering.abort()
    lifeline.abort()
    signal.removeEventListener('abort', leave)
  }

  /** Everything up to the start. What a failure leaves half made is removed. */
  async function begin(): Promise<void> {
    const program = programOf(folder, demands)
    place.own = program.own
    place.workers = demands.workers
    options.placed?.({ ...place })
    const coming = openPatience(spec, {
      signal,
      told: lost => lost && step('waiting for the line to the target', null),
    })
    const stage = openStage(docker, place, coming)
    try {
      const said = (words: string) => step(words, null)
      const ours = await ensureTrainer(docker, contexts, 'node', { step: said, signal })
      if (wantsGpus(demands.gpus)) {
        step('looking for the GPU', null)
        await lookForGpus(ours, demands.gpus, coming)
      }
      const image =
        program.image ??
        (program.trainer === 'node'
          ? ours
          : await ensureTrainer(docker, contexts, program.trainer, { step: said, signal }))
      const digest = program.image
        ? await ensureImage(docker, image, said, signal)
        : await coming(() => hasImage(docker, image))
      if (digest) options.image?.(digest)
      step('sending the data', 0)
      const run = place.id
      const parcels = await deliver(folder, {
        ...{ docker, image: ours, volume: stage.volume, run, patience: coming, signal, step },
      })
      const keeper = await coming(() => idOf(docker, ours))
      const sharing = {
        docker,
        id: run,
        volume: stage.volume,

        image: keeper,
        parcels,
      }
      const how = { workers: place.workers, open: demands.network, patience: coming, signal }
      place.keeper = keeper
      place.nodes = await shareOut({ ...sharing, ...how, step: said, say: text => line(text) })
      options.placed?.({ ...place })
      step('starting the container', null)
      const same = await coming(() => idOf(docker, image))
      await openStage(docker, place, coming).prepare(program, { image, ours, digest: same }, parcels, demands)
      signal.throwIfAborted()
      place.stage = 'started'
      options.placed?.({ ...place })
    } catch (error) {
      if (!leaving?.())
        await openStage(
          docker,
          place,
          openPatience(spec, { signal: AbortSignal.timeout(STOP_WITHIN), told: () => {}, worth: 0 }),
        )
          .clear()
          .catch(() => {})
      lifeline.abort()
      if (signal.aborted) throw leaving?.() ? goesOn(spec) : cancelled()
      throw lineTrouble(error, spec)
    }
  }

  async function lookForGpus(image: string, gpus: string, coming: typeof patience): Promise<void> {
    await runHelper(docker, {
      ...{ image, args: ['nothing'], mounts: [], patience: coming, signal },
      host: { DeviceRequests: [gpuRequest(gpus)] },
    })
  }

  /** A line that was pulled out says nothing; who asks finds out. */
  async function alive(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await wait(LOOK_EVERY, null, { signal: until }).catch(() => {})
      if (!until.aborted) await answered(docker)
    }
  }

  function hear(voice: string, frame: Frame, cursor: string | undefined, last: Map<string, string[]>): void {
    const about = { at: new Date(frame.at), ...(cursor && { cursor }) }
    if (voice === 'recorder') {
      const grown = readJson(frame.text)
      if (grown?.kind === 'beside') return
      if (grown?.kind === 'grown') {
        grow(grown as unknown as Grown)
        return
      }
      line(frame.text, { ...about, level: frame.level, from: voice })
      return
    }
    const message = place.own || frame.level === 'error' ? null : readJson(frame.text)
    if (message && KINDS.has(String(message.kind))) {
      // The others compute the same; the first one speaks for all.
      if (voice === 'worker-0') tell(message as unknown as Message, about)
      return
    }
    last.set(voice, [...(last.get(voice) ?? []), frame.text].slice(-MEMORABLE))
    line(frame.text, { ...about, level: frame.level, ...(place.workers > 1 && { from: voice }) })
  }

  function grow({ path, at, base64 }: Grown): void {
    const name = normalize(path)
    if (name.startsWith('..') || name.startsWith('/')) return
    const here = join(folder, name)
    mkdirSync(dirname(here), { recursive: true })
    const file = openSync(here, at === 0 ? 'w' : 'r+')
    try {
      writeSync(file, Buffer.from(base64, 'base64'), 0, undefined, at)
    } finally {
      closeSync(file)
    }
    options.grown?.(name)
  }

  /** How it ended. The last message is asked for again, since it may have been heard before this program began. */
  async function outcome(last: Map<string, string[]>): Promise<Done | FailureError> {
    const states: State[] = []
    for (const { container } of stage.workers) states.push((await patience(() => container.inspect())).State)
    const bad = worst(states)
    const message = place.own ? null : await lastMessage(stage.workers[0]?.container as Part)
    const told = message?.kind === 'failed' ? new FailureError(message.failure) : null
    if (bad === null && !told) {
      if (place.own) return { kind: 'done', best: null, stoppedEarly: false }
      if (message?.kind === 'done') return message
    }
    const i = bad ?? 0
    const lines = last.get(`worker-${i}`) ?? (await lastLines(stage.workers[i]?.container as Part))
    return endingOf(states[i] as State, {
      last: lines.filter(Boolean),
      limit: place.memory,
      told: i === 0 ? told : null,
      ...(states.length > 1 && { who: `Worker ${i} of ${states.length}` }),
    })
  }

  async function lastFrames(container: Part): Promise<Frame[]> {
    const bytes = await patience(() =>
      container.logs({ stdout: true, stderr: true, timestamps: true, tail: 200 }),
    )
    return openFrames()(bytes as unknown as Buffer)
  }

  async function lastMessage(container: Part): Promise<Message | null> {
    const frames = await lastFrames(container)
    const said = frames.map(({ text, level }) => (level === 'info' ? readJson(utf8(text)) : null))
    return said.findLast(
      each => each?.kind === 'done' || each?.kind === 'failed',
    ) as unknown as Message | null
  }

  async function lastLines(container: Part): Promise<string[]> {
    return (await lastFrames(container)).map(({ text }) => utf8(text))
  }

  /** That old data could not be removed is no reason for a run to fail. */
  async function forget(): Promise<void> {
    const image = (await contexts('node')).tag
    const once = openPatience(spec, { signal: lifeline.signal, told: () => {}, worth: 0 })
    await removeOld(docker, { image, patience: once, signal: lifeline.signal }).catch(() => {})
  }

  async function bringBack(): Promise<void> {
    await runHelper(docker, {
      image: await ensureTrainer(docker, contexts, 'node', { step: () => {}, signal: lifeline.signal }),
      args: ['sums', WORK],
      mounts: [{ ...runMount(stage.volume), ReadOnly: true }],
      patience,
      signal: lifeline.signal,
      after: (container, output) =>
        patience(() =>
          fetchFiles(container, WORK, folder, readAnswers<Sum>(output), {
            signal: lifeline.signal,
            progress: share => step('bringing the results back', share),
          }),
        ),
    })
  }
}

interface Grown {
  path: string
  at: number
  base64: string
}

const utf8 = (text: string) => Buffer.from(text, 'latin1').toString('utf8')

function readJson(text: string): Record<string, unknown> | null {
  if (!text.startsWith('{')) return null
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}

/** The worker that is to blame: one that ran out of memory, else the one that failed first; the others were ended for it. */
function worst(states: State[]): number | null {
  const failed = states.map((state, i) => ({ ...state, i })).filter(({ ExitCode }) => ExitCode !== 0)
  const dead = failed.find(({ OOMKilled }) => OOMKilled)
  return (dead ?? failed.sort((a, b) => a.FinishedAt.localeCompare(b.FinishedAt))[0])?.i ?? null
}

/** Asks an engine whether it is there. @throws Failure where it is not */
export async function reach(docker: Docker, spec: TargetSpec): Promise<void> {
  try {
    await answered(docker)
  } catch (error) {
    throw lineTrouble(error, spec)
  }
}

async function answered(docker: Docker): Promise<void> {
  const abortSignal = AbortSignal.timeout(ANSWER_WITHIN)
  try {
    // The types do not say that it takes this.
    await (docker as unknown as { ping(how: { abortSignal: AbortSignal }): Promise<unknown> }).ping({
      abortSignal,
    })
  } catch (error) {
    if (abortSignal.aborted) throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
    throw error
  }
}

const cancelled = () =>
  fail('cancelled', 'It was cancelled.', 'Do it again; a run goes on from its last checkpoint.')

const goesOn = ({ name }: TargetSpec) =>
  fail('interrupted', `The work goes on on "${name}".`, 'Attach to the run to follow it.')

const unstopped = ({ name }: TargetSpec) =>
  fail(
    'unreachable',
    `"${name}" could not be reached to stop the work; it may go on there.`,
    'Attach to the run when the target is there again, and cancel it then.',
  )

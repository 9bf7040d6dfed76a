import { isAbsolute } from 'node:path'
import type { DeviceModel, Failure } from '#contract'
import { FailureError, fail, failureOf, now } from '../engine/kit/index.ts'
import {
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  type Index,
  LIMITS,
  type Pointer,
  type PublicKey,
  type Repository,
  seal,
} from '../engine/release/index.ts'
import { type OpenedTensor, openTensor } from '../engine/tensor/index.ts'
import { activated, checkInstalled, fetchRelease, withModel } from './install.ts'
import { loadModel, type Model } from './model.ts'
import { newTally, openTimeline, type Tally } from './record.ts'
import type { Fleet, VersionState } from './rest.ts'
import { type Installed, type ModelState, newModel, type State } from './state.ts'
import { checkIndex, checkPointer, type namedKey, trustedKey } from './trust.ts'

/** Waits between tries of a release that could not be taken, in milliseconds: doubled each time. */
const FIRST_WAIT = 1000
const LONGEST_WAIT = 60_000
/** A report goes out this often even when nothing changed. */
const HEARTBEAT = 2000

/** What a model is in this process, beside what the disk says of it. */
interface Live {
  current: Model | null
  previous: Model | null
  tally: Tally
  /** Work on a new release that is under way. */
  busy: Promise<void> | null
  fetching: number | null
  failure: Failure | null
  /** The same pointer is not tried again before this moment. */
  wait: { sequence: number; until: number; milliseconds: number } | null
}

export interface DeviceOptions {
  repository: Repository
  state: State
  name: string
  named: ReturnType<typeof namedKey> | null
  pollSeconds: number
}

/**
 * One device: looks for releases, takes them, answers with the newest that passed, and reports. What runs is only ever
 * replaced in memory after the new release is whole on disk, loaded and checked; until then, and whatever goes wrong,
 * the old one answers.
 */
export function openDevice({ repository, state, name, named, pollSeconds }: DeviceOptions) {
  const timeline = openTimeline(state.folder)
  const live = new Map<string, Live>()
  const underWay = new Map<string, Set<string>>()
  const stop = new AbortController()
  const id = deviceIdOf(state.key)
  let tensor: Promise<OpenedTensor> | null = null
  let backend = ''
  let address: string | null = null
  let trouble: Failure | null = null
  let stopped = false
  let reportTrouble = ''

  const liveOf = (model: string): Live => {
    let found = live.get(model)
    if (!found) {
      found = {
        current: null,
        previous: null,
        tally: newTally(),
        busy: null,
        fetching: null,
        failure: null,
        wait: null,
      }
      live.set(model, found)
    }
    return found
  }
  const stateOf = (model: string): ModelState => state.current.models[model] ?? newModel()

  async function tf() {
    tensor ??= openTensor()
    const opened = await tensor
    backend = opened.detail
    return opened.tf
  }

  /** Brings up what ran here before, without asking anyone. */
  async function wake(): Promise<void> {
    const key = await trustedKey(repository, state.current, named, stop.signal).catch(() => null)
    if (!key) return
    for (const [model, { current, previous }] of Object.entries(state.current.models)) {
      if (!current) continue
      const here = liveOf(model)
      try {
        here.current = await loaded(key, model, current)
      } catch (error) {
        const failure = failureOf(error)
        here.failure = failure
        timeline.add('Damaged', failure.message)
        if (!previous) continue
        try {
          here.current = await loaded(key, model, previous)
        } catch {
          continue
        }
        timeline.add('Went back', `${model} v${previous.version}, because v${current.version} does not load`)
        // The pointer is taken again as soon as the repository can be reached: what is missing is fetched then.
        state.write(withModel(state.current, model, { ...stateOf(model), current: previous, previous: null }))
      }
    }
  }

  async function loaded(key: PublicKey, model: string, installed: Installed): Promise<Model> {
    return loadModel(state, await checkInstalled(state, key, model, installed), await tf())
  }

  async function look(): Promise<void> {
    let key: PublicKey | null
    let index: Index
    try {
      key = await trustedKey(repository, state.current, named, stop.signal)
      const content = key && (await repository.read({ kind: 'index' }, LIMITS.document, stop.signal))
      if (!key || !content) {
        clearTrouble()
        return
      }
      index = checkIndex(content, key, state.current, repository.address)
      remember(key, index)
      clearTrouble()
    } catch (error) {
      if (!stop.signal.aborted) refuse(error)
      return
    }
    for (const model of new Set([...index.models, ...Object.keys(state.current.models)])) {
      const here = liveOf(model)
      here.busy ??= follow(key, index.repository, model).finally(() => {
        here.busy = null
      })
    }
  }

  /** Pins key and repository at first sight, and how far the repository has come. */
  function remember(key: PublicKey, index: Index): void {
    const known = state.current.repository
    if (
      known?.id === index.repository &&
      known.index === index.sequence &&
      known.address === repository.address
    )
      if (state.current.trusted === key.spki) return
    const other = known !== null && known.id !== null && known.id !== index.repository
    // Another repository counts for itself; only a person can have pointed this device at it.
    const models = Object.entries(state.current.models).map(
      ([model, before]) =>
        [model, other ? { ...before, seen: null, held: null, failed: null } : before] as const,
    )
    state.write({
      ...state.current,
      trusted: key.spki,
      repository: { address: repository.address, id: index.repository, index: index.sequence },
      models: Object.fromEntries(models),
    })
  }

  function refuse(error: unknown): void {
    const failure = failureOf(error)
    if (!(error instanceof FailureError) && failure.code === 'internal') console.error(error)
    if (trouble?.message !== failure.message)
      timeline.add(failure.code === 'unreachable' ? 'Repository lost' : 'Refused', failure.message)
    trouble = failure
  }

  function clearTrouble(): void {
    if (trouble?.code === 'unreachable') timeline.add('Repository back', repository.address)
    trouble = null
  }

  /** One look at one model: is there something newer, and can it be taken? Never throws. */
  async function follow(key: PublicKey, repositoryId: string, model: string): Promise<void> {
    const here = liveOf(model)
    let pointer: Pointer | null = null
    try {
      const content = await repository.read({ kind: 'pointer', model }, LIMITS.document, stop.signal)
      // Named in the list, not published yet.
      if (!content) return
      pointer = checkPointer(content, key, repositoryId, model, stateOf(model).seen)
      const before = stateOf(model)
      if (before.seen?.sequence !== pointer.sequence) {
        timeline.add('Found', `${model} v${pointer.version}, release ${pointer.sequence}`)
        state.write(
          withModel(state.current, model, {
            ...before,
            seen: {
              sequence: pointer.sequence,
              version: pointer.version,
              description: pointer.description.hash,
            },
            failed: null,
          }),
        )
      }
      const { current, held, failed } = stateOf(model)
      if (held === pointer.sequence) return
      if (failed?.sequence === pointer.sequence) {
        here.failure = failed.failure
        return
      }
      if (current?.sequence === pointer.sequence && here.current) {
        here.failure = null
        return
      }
      if (here.wait?.sequence === pointer.sequence && Date.now() < here.wait.until) return
      await take(key, pointer)
    } catch (error) {
      if (stop.signal.aborted) return
      blame(model, pointer, error)
    } finally {
      here.fetching = null
      underWay.delete(model)
    }
  }

  async function take(key: PublicKey, pointer: Pointer): Promise<void> {
    const { model, version } = pointer
    const here = liveOf(model)
    const hashes = new Set<string>()
    underWay.set(model, hashes)
    here.fetching = version
    const began = performance.now()
    const description = await fetchRelease(repository, state, key, pointer, hashes, stop.signal)
    const opened = await tf()
    stop.signal.throwIfAborted()
    const fetched = performance.now()
    let next: Model
    try {
      next = loadModel(state, description, opened)
    } catch (error) {
      const failure = failureOf(error)
      state.write(
        withModel(state.current, model, {
          ...stateOf(model),
          failed: { sequence: pointer.sequence, failure },
        }),
      )
      throw error
    }
    const before = stateOf(model)
    try {
      state.write(activated(state.current, pointer, now()))
    } catch (error) {
      next.dispose()
      throw error
    }
    // From here on the disk says the new one; the swap in memory is between two requests.
    const again = before.current?.description === pointer.description.hash
    if (again) here.current?.dispose()
    else {
      here.previous?.dispose()
      here.previous = here.current
    }
    here.current = next
    here.failure = null
    here.wait = null
    here.fetching = null
    const took = `${Math.round(fetched - began)} ms to fetch, ${Math.round(performance.now() - fetched)} ms to switch`
    timeline.add(
      'Switched',
      before.current
        ? `${model} v${before.current.version} to v${version}, ${took}`
        : `${model} v${version}, ${took}`,
    )
    underWay.delete(model)
    const kept = new Set([...underWay.values()].flatMap(set => [...set]))
    state.sweep(kept)
  }

  function blame(model: string, pointer: Pointer | null, error: unknown): void {
    const here = liveOf(model)
    const failure = failureOf(error)
    if (!(error instanceof FailureError) && failure.code === 'internal') console.error(error)
    if (here.failure?.message !== failure.message)
      timeline.add(isRefusal(failure) ? 'Refused' : 'Failed', failure.message)
    here.failure = failure
    if (!pointer) return
    const last = here.wait?.sequence === pointer.sequence ? here.wait.milliseconds : FIRST_WAIT / 2
    const milliseconds = Math.min(LONGEST_WAIT, last * 2)
    here.wait = { sequence: pointer.sequence, until: Date.now() + milliseconds, milliseconds }
  }

  function modelReport(model: string): DeviceModel {
    const kept = stateOf(model)
    const here = liveOf(model)
    const refused = trouble && isRefusal(trouble) ? trouble : null
    const failure = refused ?? here.failure
    const rolledBack = kept.held !== null && kept.held === kept.seen?.sequence
    return {
      model,
      wanted: kept.seen?.version ?? null,
      reports: here.current ? here.current.file.version : null,
      previous: kept.previous?.version ?? null,
      state:
        here.fetching !== null
          ? 'fetching'
          : failure
            ? isRefusal(failure)
              ? 'refused'
              : 'failed'
            : rolledBack
              ? 'rolled-back'
              : here.current
                ? 'serving'
                : 'waiting',
      failure,
      predictions: here.tally.predictions,
      errors: here.tally.errors,
      p50: here.tally.p50(),
      switchedAt: kept.switchedAt,
    }
  }

  const models = (): string[] => [...new Set([...Object.keys(state.current.models), ...live.keys()])].sort()

  function report(): DeviceReport {
    return {
      type: 'device',
      format: FORMAT,
      id,
      key: state.key.spki,
      name,
      address,
      at: now(),
      stopped,
      failure: trouble,
      models: models().map(modelReport),
      timeline: timeline.events(),
      runtime: {
        node: process.versions.node,
        platform: `${process.platform} ${process.arch}`,
        backend,
        memoryBytes: process.memoryUsage().rss,
      },
    }
  }

  async function sendReport(): Promise<void> {
    let full = report()
    let sealed = seal(full, state.key)
    // The newest lines are worth more than the oldest.
    while (Buffer.byteLength(sealed) > LIMITS.report && full.timeline.length > 0) {
      full = { ...full, timeline: full.timeline.slice(Math.ceil(full.timeline.length / 2)) }
      sealed = seal(full, state.key)
    }
    try {
      await repository.write({ kind: 'device', id }, sealed, { lasting: false })
      reportTrouble = ''
    } catch (error) {
      const { message } = failureOf(error)
      // A repository that only gives is no fault; it is told once.
      if (message !== reportTrouble && !trouble) timeline.add('Report not taken', message)
      reportTrouble = message
    }
  }

  async function rollBack(model: string): Promise<void> {
    const here = liveOf(model)
    const before = stateOf(model)
    const key = state.current.trusted
    if (!before.current || !before.previous || !key)
      throw fail(
        'not-found',
        `There is no version of ${model} on this device to go back to.`,
        'Publish the wanted version again.',
      )
    const trusted = await trustedKey(repository, state.current, named, stop.signal)
    const back = here.previous ?? (trusted ? await loaded(trusted, model, before.previous) : null)
    if (!back || stateOf(model) !== before)
      throw fail('already-there', `${model} was switched just now.`, 'Look again which version runs.')
    state.write(
      withModel(state.current, model, {
        ...before,
        current: before.previous,
        previous: before.current,
        held: before.seen?.sequence ?? before.current.sequence,
        switchedAt: now(),
      }),
    )
    here.previous = here.current
    here.current = back
    here.failure = null
    timeline.add('Rolled back', `${model} v${before.current.version} to v${before.previous.version}`)
    void sendReport()
  }

  const fleet: Fleet = {
    models,
    versions(model) {
      if (!models().includes(model)) return null
      const here = liveOf(model)
      const { previous, seen } = modelReportParts(model)
      const list: VersionState[] = []
      if (here.current) list.push({ version: here.current.file.version, state: 'AVAILABLE', message: '' })
      if (previous !== null && previous !== here.current?.file.version)
        list.push({ version: previous, state: 'AVAILABLE', message: '' })
      if (seen !== null && !list.some(({ version }) => version === seen))
        list.push({
          version: seen,
          state: here.failure ? 'END' : 'LOADING',
          message: here.failure?.message ?? '',
        })
      return list
    },
    serving(model, version) {
      const here = live.get(model)
      if (!here || !models().includes(model)) {
        const known = models()
        throw fail(
          'not-found',
          `There is no model "${model.slice(0, 80)}" on this device.`,
          known.length ? `It has ${known.slice(0, 10).join(', ')}.` : 'It has none yet; publish one.',
        )
      }
      if (!here.current)
        throw fail(
          'unreachable',
          `${model} is not ready on this device yet.`,
          here.failure?.message ?? 'Ask again in a moment.',
        )
      if (version === undefined || version === here.current.file.version)
        return { model: here.current, tally: here.tally }
      if (here.previous?.file.version === version) return { model: here.previous, tally: here.tally }
      const { previous } = modelReportParts(model)
      if (previous === version) {
        // Kept over a restart: it is loaded when someone asks for it.
        void wakePrevious(model)
        throw fail('unreachable', `${model} v${version} is being loaded.`, 'Ask again in a moment.')
      }
      throw fail(
        'not-found',
        `${model} has no version ${version} on this device.`,
        `It has ${[here.current.file.version, previous].filter(number => number !== null).join(' and ')}.`,
      )
    },
    report,
    rollBack,
    token: state.token,
  }

  const modelReportParts = (model: string) => {
    const { previous, seen } = stateOf(model)
    return { previous: previous?.version ?? null, seen: seen?.version ?? null }
  }

  const waking = new Set<string>()
  async function wakePrevious(model: string): Promise<void> {
    const { previous } = stateOf(model)
    const here = liveOf(model)
    if (!previous || here.previous || waking.has(model)) return
    waking.add(model)
    try {
      const key = await trustedKey(repository, state.current, named, stop.signal)
      const woken = key && (await loaded(key, model, previous))
      if (stateOf(model).previous === previous && !here.previous) here.previous = woken
      else woken?.dispose()
    } catch (error) {
      timeline.add('Damaged', failureOf(error).message)
      if (stateOf(model).previous === previous)
        state.write(withModel(state.current, model, { ...stateOf(model), previous: null }))
    } finally {
      waking.delete(model)
    }
  }

  let polling: NodeJS.Timeout | undefined
  let reporting: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()
  let told = ''
  let toldAt = 0

  function poll(): void {
    round = look()
      .catch(error => console.error(error))
      .then(() => {
        if (!stop.signal.aborted) polling = setTimeout(poll, pollSeconds * 1000)
      })
  }

  /** What a person would call a change; the clock and the memory alone are none. */
  const gist = (): string => {
    const { models, address, timeline } = report()
    return JSON.stringify([models, address, timeline.length, timeline.at(-1)])
  }

  async function tell(): Promise<void> {
    const now = gist()
    if (now !== told || Date.now() - toldAt > HEARTBEAT) {
      told = now
      toldAt = Date.now()
      await sendReport()
    }
    if (!stop.signal.aborted) reporting = setTimeout(tell, 500)
  }

  return {
    fleet,
    id,
    /** Loads what ran here before. */
    wake,
    /** Begins to look for releases and to report. */
    start(at: string): void {
      address = at
      state.address(at)
      timeline.add(
        'Started',
        `${isAbsolute(repository.address) ? 'folder' : 'repository'} ${repository.address}`,
      )
      void tf().catch(error => timeline.add('Failed', failureOf(error).message))
      poll()
      void tell()
    },
    async close(): Promise<void> {
      if (stopped) return
      stopped = true
      address = null
      stop.abort()
      clearTimeout(polling)
      clearTimeout(reporting)
      timeline.add('Stopped', '')
      await round
      await Promise.allSettled([...live.values()].map(here => here.busy))
      await Promise.race([sendReport(), new Promise(resolve => setTimeout(resolve, 1000).unref())])
      for (const here of live.values()) {
        here.current?.dispose()
        here.previous?.dispose()
      }
    },
  }
}

const isRefusal = (failure: Failure): boolean =>
  failure.code === 'tampered' || failure.code === 'unsigned' || failure.code === 'unsupported'

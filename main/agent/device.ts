import { isAbsolute } from 'node:path'
import type { Failure } from '#contract'
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
} from '../engine/release/index.ts'
import { type OpenedTensor, openTensor } from '../engine/tensor/index.ts'
import { activated, checkInstalled, fetchRelease, withModel } from './install.ts'
import { loadModel, type Model } from './model.ts'
import { openTimeline } from './record.ts'
import { openReporter } from './reporter.ts'
import type { Fleet } from './rest.ts'
import { isRefusal, openShelf } from './shelf.ts'
import type { Installed, State } from './state.ts'
import { checkIndex, checkPointer, type namedKey, trustedKey } from './trust.ts'

/** Waits between tries of a release that could not be taken, in milliseconds: doubled each time. */
const FIRST_WAIT = 1000
const LONGEST_WAIT = 60_000

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
  const shelf = openShelf(state)
  const { stateOf } = shelf
  const underWay = new Map<string, Set<string>>()
  const stop = new AbortController()
  const id = deviceIdOf(state.key)
  let tensor: Promise<OpenedTensor> | null = null
  let backend = ''
  let address: string | null = null
  let trouble: Failure | null = null
  let stopped = false

  const report = (): DeviceReport => ({
    type: 'device',
    format: FORMAT,
    id,
    key: state.key.spki,
    name,
    address,
    at: now(),
    stopped,
    failure: trouble,
    models: shelf.names().map(model => shelf.report(model, trouble && isRefusal(trouble) ? trouble : null)),
    timeline: timeline.events(),
    runtime: {
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      backend,
      memoryBytes: process.memoryUsage().rss,
    },
  })
  // A repository that only gives is no fault; it is told once.
  const reporter = openReporter(repository, state, report, message => note('Report not taken', message))

  /** Writes down what happened, and lets the window know at once. */
  function note(event: string, detail: string): void {
    timeline.add(event, detail)
    reporter.nudge()
  }

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
      const here = shelf.of(model)
      try {
        here.current = await loaded(key, model, current)
      } catch (error) {
        const failure = failureOf(error)
        here.failure = failure
        note('Damaged', failure.message)
        if (!previous) continue
        try {
          here.current = await loaded(key, model, previous)
        } catch {
          continue
        }
        note('Went back', `${model} v${previous.version}, because v${current.version} does not load`)
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
      const here = shelf.of(model)
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
      note(failure.code === 'unreachable' ? 'Repository lost' : 'Refused', failure.message)
    trouble = failure
  }

  function clearTrouble(): void {
    if (trouble?.code === 'unreachable') note('Repository back', repository.address)
    trouble = null
  }

  /** One look at one model: is there something newer, and can it be taken? Never throws. */
  async function follow(key: PublicKey, repositoryId: string, model: string): Promise<void> {
    const here = shelf.of(model)
    let pointer: Pointer | null = null
    try {
      const content = await repository.read({ kind: 'pointer', model }, LIMITS.document, stop.signal)
      // Named in the list, not published yet.
      if (!content) return
      pointer = checkPointer(content, key, repositoryId, model, stateOf(model).seen)
      const before = stateOf(model)
      if (before.seen?.sequence !== pointer.sequence) {
        note('Found', `${model} v${pointer.version}, release ${pointer.sequence}`)
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
      if (held === pointer.sequence) {
        here.failure = null
        return
      }
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
    const here = shelf.of(model)
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
    // Rolled back by a person while this was on its way.
    if (before.held === pointer.sequence) return next.dispose()
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
    note(
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
    const here = shelf.of(model)
    const failure = failureOf(error)
    if (!(error instanceof FailureError) && failure.code === 'internal') console.error(error)
    if (here.failure?.message !== failure.message)
      note(isRefusal(failure) ? 'Refused' : 'Failed', failure.message)
    here.failure = failure
    if (!pointer) return
    // A broken line is tried again soon: what has come already is kept.
    const isKnown = here.wait?.sequence === pointer.sequence && failure.code !== 'unreachable'
    const milliseconds = isKnown ? Math.min(LONGEST_WAIT, (here.wait?.milliseconds ?? 0) * 2) : FIRST_WAIT
    here.wait = { sequence: pointer.sequence, until: Date.now() + milliseconds, milliseconds }
  }

  async function rollBack(model: string): Promise<void> {
    const here = shelf.of(model)
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
    note('Rolled back', `${model} v${before.current.version} to v${before.previous.version}`)
  }

  const fleet: Fleet = {
    models: shelf.names,
    versions: shelf.versions,
    serving: (model, version) => shelf.serving(model, version, () => void wakePrevious(model)),
    report,
    rollBack,
    token: state.token,
  }

  const waking = new Set<string>()
  async function wakePrevious(model: string): Promise<void> {
    const { previous } = stateOf(model)
    const here = shelf.of(model)
    if (!previous || here.previous || waking.has(model)) return
    waking.add(model)
    try {
      const key = await trustedKey(repository, state.current, named, stop.signal)
      const woken = key && (await loaded(key, model, previous))
      if (stateOf(model).previous === previous && !here.previous) here.previous = woken
      else woken?.dispose()
    } catch (error) {
      note('Damaged', failureOf(error).message)
      if (stateOf(model).previous === previous)
        state.write(withModel(state.current, model, { ...stateOf(model), previous: null }))
    } finally {
      waking.delete(model)
    }
  }

  let polling: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()

  function poll(): void {
    round = look()
      .catch(error => console.error(error))
      .then(() => {
        if (!stop.signal.aborted) polling = setTimeout(poll, pollSeconds * 1000)
      })
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
      note('Started', `${isAbsolute(repository.address) ? 'folder' : 'repository'} ${repository.address}`)
      void tf().catch(error => note('Failed', failureOf(error).message))
      poll()
      reporter.start()
    },
    async close(): Promise<void> {
      if (stopped) return
      stopped = true
      address = null
      stop.abort()
      clearTimeout(polling)
      note('Stopped', '')
      await round
      await Promise.allSettled(shelf.all().map(here => here.busy))
      await reporter.stop()
      for (const here of shelf.all()) {
        here.current?.dispose()
        here.previous?.dispose()
      }
    },
  }
}

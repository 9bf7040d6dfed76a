import type { Failure } from '../../preload/contract/failure.ts'
import type { ChildMessage } from '../transport/index.ts'

/** A running process of the engine, however it was started. */
export interface EngineProcess {
  readonly pid: number | undefined
  send(message: ChildMessage | { engine: 'close' }): void
  onMessage(listener: (message: unknown) => void): void
  /** Called once, also when it could not be started at all. */
  onExit(listener: () => void): void
  kill(): void
}

/** The engine's first word, beside what goes by channels. */
export type EngineHello = ({ engine: 'ready' } & OpenWorkspace) | { engine: 'failed'; failure: Failure }

/** The workspace that an engine has open. */
export interface OpenWorkspace {
  /** Its folder. */
  workspace: string
  /** Another engine writes into it. */
  readOnly: boolean
}

/** One conversation with the engine: a window's, or a browser tab's. It ends with the engine's process. */
export interface Line {
  send(data: unknown): void
  onData(listener: (data: unknown) => void): void
  onEnd(listener: () => void): void
  end(): void
}

/** What happens to the engine after it was up once. */
export interface EngineWatcher {
  lost?(): void
  back?(): void
  /** It cannot be started on this workspace, or it ended too often. */
  failed?(failure: Failure): void
}

/** Keeps one engine alive. */
export interface Supervisor {
  /** The workspace that is open or to be opened; undefined until the engine has said which one was opened last. */
  readonly workspace: string | undefined
  /** Of the process that is up now. */
  readonly pid: number | undefined
  /** Resolves when it is up; rejects with the `Failure` when it cannot be started. */
  ready(): Promise<OpenWorkspace>
  /** Begins a conversation with the engine that is up. */
  line(): Line
  /** Ends it and starts it on another workspace, or again on the same. */
  open(workspace: string | undefined): Promise<OpenWorkspace>
  /** Lets it end its work and close its files; after `patience` ms it is killed. */
  close(patience?: number): Promise<void>
}

/** Waits before the restarts within one minute, in ms; when they are used up, nothing is tried until asked. */
const WAITS = [0, 300, 1000, 2000, 4000]
const MINUTE = 60_000
const PATIENCE = 5_000

const endedTooOften: Failure = {
  code: 'engine-lost',
  message: 'The engine ended several times within a minute; what was saved is not touched.',
  remedy: 'Start it again, or open another workspace. If it stays, report it with what the terminal shows.',
}

/** An engine that is waited for: open until it is up or cannot be started. */
interface Arrival {
  promise: Promise<OpenWorkspace>
  open: boolean
  resolve(opened: OpenWorkspace): void
  reject(failure: Failure): void
}

function arrival(): Arrival {
  const one = { open: true } as Arrival
  one.promise = new Promise((resolve, reject) => {
    one.resolve = opened => {
      one.open = false
      resolve(opened)
    }
    one.reject = failure => {
      one.open = false
      reject(failure)
    }
  })
  // Nobody has to wait for it.
  one.promise.catch(() => {})
  return one
}

const isHello = (value: unknown): value is EngineHello =>
  typeof value === 'object' && value !== null && 'engine' in value

/**
 * Starts the engine and starts it again when it ends by itself, so that a crash costs a person the calls under way
 * and nothing else.
 * @param first the workspace; undefined for the one that was opened last
 */
export function superviseEngine(
  first: string | undefined,
  start: (workspace: string | undefined) => EngineProcess,
  watcher: EngineWatcher = {},
): Supervisor {
  let workspace = first
  let current: EngineProcess | undefined
  let up = arrival()
  let wasUp = false
  let endedAt: number[] = []
  let later: ReturnType<typeof setTimeout> | undefined
  let lines = new Map<number, { data(data: unknown): void; ended(): void }>()
  let numbers = 0

  function fail(failure: Failure): void {
    up.reject(failure)
    watcher.failed?.(failure)
  }

  function begin(): void {
    let engine: EngineProcess
    try {
      engine = start(workspace)
    } catch (error) {
      const failure: Failure = {
        code: 'engine-lost',
        message: `The engine could not be started: ${(error as Error).message}`,
        remedy: 'Install Edgewright again, or report it with this sentence.',
      }
      // Not at once: whoever asked has nothing in hand yet.
      later = setTimeout(() => fail(failure), 0)
      return
    }
    current = engine
    engine.onMessage(message => {
      if (engine !== current) return
      if (isHello(message)) {
        if (message.engine === 'failed') {
          current = undefined
          return fail(message.failure)
        }
        workspace = message.workspace
        up.resolve({ workspace, readOnly: message.readOnly })
        if (wasUp) watcher.back?.()
        wasUp = true
        return
      }
      const { channel, ...rest } = message as ChildMessage
      if ('data' in rest) lines.get(channel)?.data(rest.data)
    })
    engine.onExit(() => {
      if (engine !== current) return
      current = undefined
      dropLines()
      const now = Date.now()
      endedAt = [...endedAt.filter(at => now - at < MINUTE), now]
      const wait = WAITS[endedAt.length - 1]
      if (!up.open) up = arrival()
      if (wasUp) watcher.lost?.()
      if (wait === undefined) return fail(endedTooOften)
      later = setTimeout(begin, wait)
    })
  }

  function dropLines(): void {
    const ended = lines
    lines = new Map()
    for (const line of ended.values()) line.ended()
  }

  async function stop(patience: number): Promise<void> {
    clearTimeout(later)
    const engine = current
    current = undefined
    dropLines()
    if (!engine) return
    await new Promise<void>(resolve => {
      const impatient = setTimeout(() => engine.kill(), patience)
      engine.onExit(() => {
        clearTimeout(impatient)
        resolve()
      })
      engine.send({ engine: 'close' })
    })
  }

  begin()
  return {
    get workspace() {
      return workspace
    },
    get pid() {
      return current?.pid
    },
    ready: () => up.promise,
    line() {
      const engine = current
      const channel = ++numbers
      const onData: ((data: unknown) => void)[] = []
      const onEnd: (() => void)[] = []
      lines.set(channel, {
        data: data => {
          for (const listener of onData) listener(data)
        },
        ended: () => {
          for (const listener of onEnd) listener()
        },
      })
      return {
        send: data => engine?.send({ channel, data }),
        onData: listener => void onData.push(listener),
        onEnd: listener => void onEnd.push(listener),
        end() {
          if (lines.delete(channel)) engine?.send({ channel, close: true })
        },
      }
    },
    async open(next) {
      if (!up.open) up = arrival()
      if (wasUp) watcher.lost?.()
      await stop(PATIENCE)
      workspace = next
      endedAt = []
      begin()
      return up.promise
    },
    close: (patience = PATIENCE) => stop(patience),
  }
}

import type { Plan, TargetCheck, TargetKind, Usage } from '#contract'
import type { Message } from '../work.ts'

/** Where work is done. One file a kind; to add one, write it beside this and list it in `index.ts`. */
export interface Target {
  name: string
  kind: TargetKind
  title: string
  /** Work on it goes on when this program ends, and can be found again by its placement. */
  outlives: boolean
  /** Whether it can be used now, as far as can be said without asking it, and in one line why or why not. */
  ready(): { ready: boolean; why: string }
  /** Looks at everything that a run needs there. Never throws: what is wrong is one of the answers. */
  check(signal: AbortSignal): Promise<TargetCheck[]>
  /**
   * Does the work of a folder and resolves when it is done and its results are in the folder, verified. A worker that is
   * stopped or dies leaves its last checkpoint in the folder.
   * @throws Failure the worker's own; `training-failed` with the reason when it died; `cancelled` when the signal
   * stopped it; `unreachable` when the line was lost for longer than it was worth waiting: the work itself goes on then
   */
  run(folder: string, options: RunOptions): Promise<Done>
}

/** What a run asks of the place beside its folder. */
export type Demands = Pick<
  Plan,
  'image' | 'script' | 'gpus' | 'workers' | 'memoryMb' | 'cpus' | 'shmMb' | 'network' | 'mixedPrecision'
>

/** Where work is on a target that outlives this program: whatever that target needs to find it again, as JSON. */
export type Placement = Record<string, unknown>

export interface RunOptions {
  /** Aborted when a person cancels, or when the program ends. */
  signal: AbortSignal
  /** True when it is aborted because the program ends: a target that outlives it then leaves the work alone. */
  leaving?(): boolean
  demands?: Demands
  /** The cursor is that of the line by which the message came; it is told again to who begins before it. */
  tell(message: Message, about?: { at?: Date; cursor?: string }): void
  /**
   * A line that the program wrote, for the log of the run. The cursor says where it stood in the output: after a
   * break, output is taken up behind the last line that was handed over, so that none is missing or there twice.
   */
  line(text: string, about?: LineAbout): void
  /** What is being done before and after the program runs: "sending the data". */
  step?(words: string, share: number | null): void
  usage?(usage: Usage): void
  /** What the work is done by: the digest of the container's image, `sha256:…`. */
  image?(digest: string): void
  /** An event file in the folder, by its path there, has become longer while the program runs. */
  grown?(path: string): void
  /** Work that was begun before: follow it instead of beginning. `cursor`: that of the last line handed over. */
  again?: { placement: Placement; cursor: string | null }
  /** Keeps where the work is, before it is begun. */
  placed?(placement: Placement): void
}

export interface LineAbout {
  at?: Date
  level?: 'info' | 'error'
  cursor?: string
  /** Who wrote it where several do: `worker-1`, or `recorder` for what a program told the tracking server beside it. */
  from?: string
}

/** What is kept about one target from one time to the next, such as the key that its host showed. */
export interface Memory {
  recall(key: string): string | null
  keep(key: string, value: string): void
}

export type Done = Extract<Message, { kind: 'done' }>

/** A target that a person added. What it lacks cannot be done there. */
export interface SavedTarget extends Target {
  /**
   * Makes the image of the trainer there, or brings it as a file.
   * @returns the images that are there now
   */
  prepare?(
    how: {
      from?: string | undefined
      base?: string | undefined
      kind: 'node' | 'tensorflow' | 'tensorflow-gpu'
    },
    options: { signal: AbortSignal; step(words: string): void },
  ): Promise<string[]>
  /** Removes data and images that earlier runs left for the next. @returns how many files of data went */
  tidy?(): Promise<number>
}

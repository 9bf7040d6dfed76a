import type { Message } from '../work.ts'

/** Where work is done. One file a kind; to add one, write it beside this and list it in `index.ts`. */
export interface Target {
  name: string
  title: string
  /** Whether it can be used now, and in one line why or why not. */
  ready(): { ready: boolean; why: string }
  /**
   * Does the work of a folder and resolves when it is done. A worker that is stopped or dies leaves its last
   * checkpoint in the folder.
   * @throws Failure the worker's own, `training-failed` when it died, `cancelled` when the signal stopped it
   */
  run(folder: string, options: RunOptions): Promise<Done>
}

export interface RunOptions {
  signal: AbortSignal
  tell(message: Message): void
  /** A line that the worker wrote, for the job's log. */
  line(text: string): void
}

export type Done = Extract<Message, { kind: 'done' }>

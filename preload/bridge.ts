import type { Failure } from './contract/failure.ts'

/** What the shell says about the engine's process. */
export type EngineNews =
  /** It is there; ask for a port with `connect()`. Comes after each start and restart. */
  | { state: 'ready'; workspace: string; restarts: number }
  /**
   * Its process ended; calls under way will not be answered and ports are dead. A MessagePort does not tell that by
   * itself in older Chromium, so the client closes its port here. The shell is starting the engine again.
   */
  | { state: 'lost'; restarts: number }
  /** It cannot be started on this workspace, or ended too often; nothing is tried until a person asks. */
  | { state: 'failed'; failure: Failure }

/** The tag of the message by which a port reaches the page, see `connect`. */
export const PORT_MESSAGE = 'edgewright:port'

/**
 * What the sandboxed page gets from the shell as `window.edgewright`. It names no feature: everything the product
 * does goes through the port. A page that is served over HTTP has no bridge and uses the server's WebSocket.
 */
export interface Bridge {
  readonly platform: string
  /**
   * Asks for a new port to the engine. Ports cannot be handed through a context bridge, so it arrives as a message
   * of the window to itself: `event.source === window`, `event.data === 'edgewright:port'`, `event.ports[0]`. When
   * the engine is not up yet, it comes as soon as it is.
   */
  connect(): void
  /** Calls back with the state of the engine now and at each change. Returns how to stop. */
  onEngine(listener: (news: EngineNews) => void): () => void
  /** Starts the engine again after `failed`. */
  restartEngine(): void
  /** Asks the person for a file; null when they decide otherwise. `extensions` without dots. */
  chooseFile(options?: {
    title?: string
    filters?: { name: string; extensions: string[] }[]
  }): Promise<string | null>
  /** Asks the person for a folder; it may be made in the dialog. */
  chooseFolder(options?: { title?: string }): Promise<string | null>
  /** Lets the person choose another workspace and opens it in this window. */
  openWorkspace(): Promise<void>
  /** Where a dropped or picked file lies on this machine; empty for one that was made in the page. */
  pathForFile(file: File): string
  /** Shows a file or a folder in the system's file browser. Opens nothing. */
  showInFolder(path: string): void
  /** Calls back with the id of a menu entry that the page itself carries out. Returns how to stop. */
  onMenu(listener: (command: string) => void): () => void
}

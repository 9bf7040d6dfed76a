/** The message by which a port reaches the page, see `Bridge.connect`. */
export const PORT_MESSAGE = 'edgewright:port'

/**
 * What the sandboxed page gets from the shell as `window.edgewright`. It names no feature: everything the product
 * does goes through the port. A page that is served over HTTP has no bridge and uses the server's WebSocket.
 */
export interface Bridge {
  /** As `process.platform`: linux, darwin or win32. */
  readonly platform: string
  /**
   * Asks for a new port to the engine and resolves when it was sent, as soon as the engine is up. Ports cannot be
   * handed through a context bridge, so it arrives as a message of the window to itself: `event.source === window`,
   * `event.data === 'edgewright:port'`, `event.ports[0]`. Rejects when the engine cannot be started.
   */
  connect(): Promise<void>
  /**
   * Tells when the engine's process has ended and when a new one answers; then ports from before are dead and a new
   * one is to be asked for. (A MessagePort does not tell that by itself before Chromium 122.) Returns how to stop.
   */
  onEngine(listener: (state: 'lost' | 'back') => void): () => void
  /** Asks the person for a file; null when they decide otherwise. `extensions` are without dots. */
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
  /** Shows a file or a folder in the system's file browser. Runs nothing. */
  openPath(path: string): void
  /** Has a window that nobody sees lend the GPU of this computer to the engine. */
  lendGpu(): Promise<void>
  /** Calls back with the id of a menu entry that the page itself carries out. Returns how to stop. */
  onMenu(listener: (command: string) => void): () => void
}

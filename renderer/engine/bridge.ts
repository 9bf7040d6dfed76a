/**
 * What the preload script offers under Electron, as `window.edgewright`. Every part is optional: a page that a
 * browser shows has none of it.
 */
export interface Bridge {
  /** `process.platform` of the machine. */
  platform?: string
  /**
   * Asks for a new line to the engine. An isolated world cannot hand a port over as a value: it comes as a message
   * of the window to itself, `edgewright:port`.
   */
  connect?: () => Promise<unknown>
  /** Tells when the engine has ended and when a new one answers. */
  onEngine?: (tell: (state: 'lost' | 'back') => void) => unknown
  chooseFile?: (options?: {
    title?: string
    filters?: { name: string; extensions: string[] }[]
  }) => Promise<string | null>
  chooseFolder?: (options?: { title?: string }) => Promise<string | null>
  openWorkspace?: () => Promise<void>
  /** The path of a file that was dropped or chosen; empty where it has none. */
  pathForFile?: (file: File) => string
  /** Shows a file or a folder in the system's own file browser. */
  openPath?: (path: string) => void
  /** Has a window that nobody sees lend the GPU of this computer to the engine. */
  lendGpu?: () => Promise<void>
  /** Tells of a menu entry that the page carries out. */
  onMenu?: (tell: (command: string) => void) => unknown
}

declare global {
  interface Window {
    edgewright?: Bridge
  }
}

export const bridge = (): Bridge => window.edgewright ?? {}

import { BrowserWindow, type WebContents } from 'electron'
import { PAGE_ORIGIN } from './protocol.ts'

/** The window that nobody sees, whose page lends the GPU to the engine of a workbench. */
export interface GpuWindow {
  /** Its page, once there is one. */
  contents(): WebContents | undefined
  /** Makes it, unless it is there. */
  open(): void
  close(): void
}

/** @param preload the preload script of our pages */
export function gpuWindow(preload: string): GpuWindow {
  let window: BrowserWindow | undefined
  const there = () => (window && !window.isDestroyed() ? window : undefined)
  return {
    contents: () => there()?.webContents,
    open() {
      if (there()) return
      window = new BrowserWindow({
        show: false,
        focusable: false,
        skipTaskbar: true,
        webPreferences: {
          preload,
          contextIsolation: true,
          sandbox: true,
          nodeIntegration: false,
          webviewTag: false,
          spellcheck: false,
          // It is never in front, and has work to do.
          backgroundThrottling: false,
        },
      })
      // One that died is made again when the page that is seen asks for it again.
      window.webContents.on('render-process-gone', () => window?.destroy())
      void window.loadURL(`${PAGE_ORIGIN}/gpu.html`)
    },
    close: () => there()?.destroy(),
  }
}

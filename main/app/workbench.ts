import { basename, join } from 'node:path'
import {
  app,
  BrowserWindow,
  dialog,
  MessageChannelMain,
  nativeTheme,
  type WebContents,
  type WebFrameMain,
} from 'electron'
import type { Failure } from '../../preload/contract/failure.ts'
import { type Supervisor, superviseEngine } from '../shell/supervise.ts'
import { type GpuWindow, gpuWindow } from './gpuWindow.ts'
import { PAGE_ORIGIN } from './protocol.ts'
import { startEngine } from './startEngine.ts'
import { keepSize, lastSize } from './windowSize.ts'

/** One window on one workspace with an engine of its own. */
export interface Workbench {
  readonly window: BrowserWindow
  readonly engine: Supervisor
  /** Hands the page a new port to the engine, once it is up. Rejects with an `Error` in a person's words. */
  connect(frame: WebFrameMain): Promise<void>
  /** Opens another workspace in this window. */
  open(workspace: string): Promise<void>
  /** Asks for a folder and opens it. */
  choose(): Promise<void>
  /** Has a window that nobody sees lend the GPU to the engine. */
  lendGpu(): void
  /** That window. */
  readonly gpu: GpuWindow
}

const workbenches = new Set<Workbench>()
const closing = new Set<Promise<void>>()

/** The workbench whose page this is. */
export const workbenchOf = (contents: WebContents): Workbench | undefined =>
  [...workbenches].find(
    ({ window, gpu }) =>
      (!window.isDestroyed() && window.webContents === contents) || gpu.contents() === contents,
  )

/** The workbench in front. */
export const workbenchInFront = (): Workbench | undefined => {
  const front = BrowserWindow.getFocusedWindow()
  return front ? workbenchOf(front.webContents) : [...workbenches].at(-1)
}

/** Resolves when all engines have let their workspaces go. */
export async function enginesClosed(): Promise<void> {
  await Promise.all(closing)
}

/** Grounds of the page, so that nothing flashes before it is painted: `canvas` of the tokens. */
const ground = () => (nativeTheme.shouldUseDarkColors ? '#101514' : '#f2f4f3')

/**
 * Shows the window of a workspace: the one that has it already, else a new one.
 * @param root the folder of package.json
 * @param workspace default: any that has a window, else the one that was opened last
 */
export function openWorkbench(root: string, workspace?: string): Workbench {
  const there = [...workbenches].find(one => !workspace || one.engine.workspace === workspace)
  if (there) {
    if (there.window.isMinimized()) there.window.restore()
    there.window.focus()
    return there
  }

  const { maximized, ...size } = lastSize()
  const preload = join(root, 'dist', 'preload', 'index.cjs')
  const gpu = gpuWindow(preload)
  const window = new BrowserWindow({
    ...size,
    show: false,
    title: app.getName(),
    backgroundColor: ground(),
    autoHideMenuBar: true,
    icon: join(root, 'resources', 'icons', 'icon-256.png'),
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  if (maximized) window.maximize()
  // At once: a window that is filled later is not seen by those who drive it.
  void window.loadURL(`${PAGE_ORIGIN}/`)
  window.once('ready-to-show', () => window.show())
  window.on('page-title-updated', event => event.preventDefault())
  const recolor = () => window.setBackgroundColor(ground())
  nativeTheme.on('updated', recolor)

  const tell = (state: 'lost' | 'back') => {
    if (!window.isDestroyed()) window.webContents.send('engine:state', state)
    gpu.contents()?.send('engine:state', state)
  }
  let good: string | undefined
  const engine = superviseEngine(workspace, path => startEngine(root, path), {
    lost: () => tell('lost'),
    back: () => tell('back'),
    failed: failure => void say(failure),
  })

  const entitle = () =>
    engine.ready().then(
      ({ workspace, readOnly }) => {
        good = workspace
        if (!window.isDestroyed())
          window.setTitle(
            `${basename(workspace)}${readOnly ? ' (open elsewhere, can only be looked at)' : ''} – ${app.getName()}`,
          )
      },
      // Said by `failed`.
      () => {},
    )
  void entitle()

  async function open(next: string | undefined): Promise<void> {
    if (next === engine.workspace && engine.pid !== undefined) return
    void engine.open(next).catch(() => {})
    await entitle()
  }

  async function choose(): Promise<void> {
    const { filePaths } = await dialog.showOpenDialog(window, {
      title: 'Open a workspace',
      buttonLabel: 'Open',
      message: 'Choose a workspace, or an empty folder for a new one',
      properties: ['openDirectory', 'createDirectory', 'promptToCreate'],
    })
    if (filePaths[0]) await open(filePaths[0])
  }

  /** The engine is not coming: say why, and offer the ways on. */
  async function say(failure: Failure): Promise<void> {
    console.error(`${failure.message} ${failure.remedy}`)
    if (window.isDestroyed()) return
    const back = good !== undefined && good !== engine.workspace ? good : undefined
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      title: app.getName(),
      message: failure.message,
      detail: failure.remedy,
      buttons: [
        back ? `Go back to ${basename(back)}` : 'Start again',
        'Open another workspace…',
        `Quit ${app.getName()}`,
      ],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    })
    if (response === 0) await open(back ?? engine.workspace)
    else if (response === 1) {
      await choose()
      if (engine.pid === undefined) await say(failure)
    } else app.quit()
  }

  const workbench: Workbench = {
    window,
    engine,
    async connect(frame) {
      try {
        await engine.ready()
      } catch (failure) {
        throw new Error((failure as Failure).message)
      }
      const { port1, port2 } = new MessageChannelMain()
      const line = engine.line()
      port1.on('message', ({ data }) => line.send(data))
      port1.on('close', () => line.end())
      line.onData(data => port1.postMessage(data))
      line.onEnd(() => port1.close())
      port1.start()
      frame.postMessage('engine:port', null, [port2])
    },
    open,
    choose,
    gpu,
    lendGpu: gpu.open,
  }
  workbenches.add(workbench)

  window.on('close', () => keepSize(window))
  window.once('closed', () => {
    nativeTheme.off('updated', recolor)
    gpu.close()
    workbenches.delete(workbench)
    const done = engine.close().finally(() => closing.delete(done))
    closing.add(done)
  })
  return workbench
}

/** Entry under Electron: windows, menu and permissions. The product itself is the engine, in a process of its own. */
import { join, resolve } from 'node:path'
import { app, session } from 'electron'
import { answerBridge } from './app/bridge.ts'
import { guardContents, guardSession } from './app/guards.ts'
import { installMenu } from './app/menu.ts'
import { registerPageScheme, servePage } from './app/protocol.ts'
import { enginesClosed, openWorkbench } from './app/workbench.ts'

/** The folder of package.json; this file is built to dist/main. */
const root = resolve(__dirname, '..', '..')

/** The folder of `--workspace DIR` or `--workspace=DIR`. */
function workspaceArgument(words: readonly string[]): string | undefined {
  const at = words.findIndex(word => word === '--workspace' || word.startsWith('--workspace='))
  if (at < 0) return undefined
  const word = words[at] as string
  const folder = word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1]
  return folder ? resolve(folder) : undefined
}

app.setName('Edgewright')
// Chromium's own files; with them the lock that makes a second start show the first one's window.
if (process.env.EDGEWRIGHT_HOME) app.setPath('userData', join(process.env.EDGEWRIGHT_HOME, 'window'))
app.setAboutPanelOptions({ applicationName: 'Edgewright', applicationVersion: app.getVersion(), version: '' })
if (app.commandLine.hasSwitch('disable-gpu')) app.disableHardwareAcceleration()
registerPageScheme()
guardContents()

const workspace = workspaceArgument(process.argv)

// One process for all windows: a second start shows the workspace in the first one and ends.
if (!app.requestSingleInstanceLock({ workspace })) app.quit()
else {
  app.on('second-instance', (_event, _words, _folder, more) => {
    const { workspace: asked } = (more ?? {}) as { workspace?: string }
    openWorkbench(root, asked)
  })
  app.on('window-all-closed', () => app.quit())
  let closed = false
  app.on('will-quit', event => {
    if (closed) return
    event.preventDefault()
    void enginesClosed().finally(() => {
      closed = true
      app.quit()
    })
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit())

  void app.whenReady().then(() => {
    guardSession(session.defaultSession)
    servePage(session.defaultSession, join(root, 'dist', 'renderer'))
    answerBridge()
    installMenu()
    openWorkbench(root, workspace)
  })
}

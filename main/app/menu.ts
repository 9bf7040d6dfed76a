import { app, Menu, type MenuItemConstructorOptions, shell } from 'electron'
import { workbenchInFront } from './workbench.ts'

/** An entry that the page carries out itself. */
const page = (label: string, command: string, accelerator?: string): MenuItemConstructorOptions => ({
  label,
  accelerator,
  click: () => workbenchInFront()?.window.webContents.send('menu', command),
})

/** The menu of the app. */
export function installMenu(): void {
  const mac = process.platform === 'darwin'
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: 'appMenu' as const }] : []),
      {
        label: '&File',
        submenu: [
          page('Import data…', 'import', 'CmdOrCtrl+I'),
          page('Find…', 'find'),
          { type: 'separator' },
          {
            label: 'Open workspace…',
            accelerator: 'CmdOrCtrl+O',
            click: () => void workbenchInFront()?.choose(),
          },
          {
            label: 'Show workspace folder',
            click: () => {
              const folder = workbenchInFront()?.engine.workspace
              if (folder) void shell.openPath(folder)
            },
          },
          { type: 'separator' },
          mac ? { role: 'close' } : { role: 'quit' },
        ],
      },
      { role: 'editMenu' },
      {
        label: '&View',
        submenu: [
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { type: 'separator' },
          { role: 'togglefullscreen' },
          { role: 'reload' },
          { role: 'toggleDevTools' },
        ],
      },
      {
        role: 'help',
        submenu: [
          page('Keyboard shortcuts', 'keys'),
          { label: `About ${app.getName()}`, click: () => app.showAboutPanel() },
        ],
      },
    ]),
  )
}

/** Runs in the page's isolated world, sandboxed. Hands the page the few things a web page cannot do by itself. */
import { contextBridge, type IpcRendererEvent, ipcRenderer, webUtils } from 'electron'
import { type Bridge, PORT_MESSAGE } from './bridge.ts'

function listen<T>(channel: string, listener: (value: T) => void): () => void {
  const hear = (_event: IpcRendererEvent, value: T) => listener(value)
  ipcRenderer.on(channel, hear)
  return () => void ipcRenderer.off(channel, hear)
}

ipcRenderer.on('engine:port', event => {
  window.postMessage(PORT_MESSAGE, window.location.origin, event.ports as unknown as Transferable[])
})

const bridge: Bridge = {
  platform: process.platform,
  connect: () => ipcRenderer.invoke('engine:connect'),
  onEngine: listener => listen('engine:state', listener),
  chooseFile: options => ipcRenderer.invoke('choose:file', options ?? {}),
  chooseFolder: options => ipcRenderer.invoke('choose:folder', options ?? {}),
  openWorkspace: () => ipcRenderer.invoke('workspace:open'),
  // Before Electron 32 a file carried its path itself.
  pathForFile: file => (webUtils ? webUtils.getPathForFile(file) : ((file as { path?: string }).path ?? '')),
  openPath: path => ipcRenderer.send('show:path', path),
  lendGpu: () => ipcRenderer.invoke('gpu:lend'),
  onMenu: listener => listen('menu', listener),
}

contextBridge.exposeInMainWorld('edgewright', bridge)

import { dialog, type IpcMainEvent, type IpcMainInvokeEvent, ipcMain, shell } from 'electron'
import { isOurs } from './guards.ts'
import { type Workbench, workbenchOf } from './workbench.ts'

/** Who asked, when it was our own page at the top of one of our windows; anyone else is not answered. */
function asker(event: IpcMainEvent | IpcMainInvokeEvent): Workbench | undefined {
  const frame = event.senderFrame
  return frame && isOurs(frame.url) && frame === event.sender.mainFrame
    ? workbenchOf(event.sender)
    : undefined
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length < 4096 ? value : undefined

/** Answers what the preload script offers to the page. */
export function answerBridge(): void {
  const answer = (
    channel: string,
    handle: (
      from: Workbench,
      options: Record<string, unknown>,
      event: IpcMainInvokeEvent,
    ) => Promise<unknown>,
  ) =>
    ipcMain.handle(channel, (event, options: unknown) => {
      const from = asker(event)
      if (!from) throw new Error('Only the page of the workbench is answered.')
      return handle(from, (options ?? {}) as Record<string, unknown>, event)
    })

  answer('engine:connect', async (from, _options, { senderFrame }) => {
    if (senderFrame) await from.connect(senderFrame)
  })
  answer('choose:file', async ({ window }, { title, filters }) => {
    const { filePaths } = await dialog.showOpenDialog(window, {
      title: text(title),
      filters: Array.isArray(filters) ? filters : undefined,
      properties: ['openFile'],
    })
    return filePaths[0] ?? null
  })
  answer('choose:folder', async ({ window }, { title }) => {
    const { filePaths } = await dialog.showOpenDialog(window, {
      title: text(title),
      properties: ['openDirectory', 'createDirectory', 'promptToCreate'],
    })
    return filePaths[0] ?? null
  })
  answer('workspace:open', from => from.choose())
  answer('gpu:lend', async from => from.lendGpu())
  ipcMain.on('show:path', (event, path: unknown) => {
    const known = text(path)
    if (asker(event) && known) shell.showItemInFolder(known)
  })
}

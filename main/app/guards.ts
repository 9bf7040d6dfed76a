import { app, type Session } from 'electron'
import { PAGE_ORIGIN } from './protocol.ts'

/** True for an address inside our own page. */
export const isOurs = (address: string | undefined): boolean =>
  address === PAGE_ORIGIN || address?.startsWith(`${PAGE_ORIGIN}/`) === true

/** The one thing a page may ask the system for: to put text on the clipboard when a person presses Copy. */
const ALLOWED = 'clipboard-sanitized-write'

/** Refuses what our page never does: to leave, to open windows, to embed others, to ask for devices, to reach out. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer((permission as string) === ALLOWED && isOurs(requestingUrl)),
  )
  session.setPermissionCheckHandler(
    (_contents, permission, origin) =>
      (permission as string) === ALLOWED && isOurs(origin.replace(/\/$/, '')),
  )
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    const { protocol } = new URL(url)
    answer({ cancel: !['app:', 'data:', 'blob:', 'devtools:'].includes(protocol) })
  })
}

/** The same for every page that will ever be made in this app. Must be called before the first window. */
export function guardContents(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    const stay = (event: { preventDefault(): void }, address: string) => {
      if (!isOurs(address)) event.preventDefault()
    }
    contents.on('will-navigate', stay)
    contents.on('will-redirect', stay)
    contents.on('will-attach-webview', event => event.preventDefault())
  })
}

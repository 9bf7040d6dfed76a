import { spawn } from 'node:child_process'

/** True when something on this machine can show a window. */
export const hasDisplay = (): boolean =>
  process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

/** Opens an address in the person's browser, where there is one. Never waits and never fails. */
export function openInBrowser(address: string): void {
  if (!hasDisplay()) return
  const [program, ...words] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', address]
        : ['xdg-open', address]
  const child = spawn(program as string, words, { detached: true, stdio: 'ignore' })
  child.on('error', () => {})
  child.unref()
}

import { hostname } from 'node:os'
import type { Bonjour as Kind } from 'bonjour-service'

/** What devices look for on the local network (DNS-SD, RFC 6763): `_edgewright._tcp`. */
export const HINT_TYPE = 'edgewright'

/**
 * Says on the local network where this repository is. A hint and no more: it is often blocked, anyone can say it, and a
 * device believes signatures only; so whatever goes wrong with it is passed over.
 * @param options of multicast DNS; for tests
 * @returns takes it back
 */
export async function openHint(
  port: number,
  sites: readonly string[],
  options: Record<string, unknown> = {},
): Promise<() => Promise<void>> {
  try {
    const { Bonjour } = await import('bonjour-service')
    const bonjour: Kind = new Bonjour(options, () => {})
    const hint = bonjour.publish({
      name: `Edgewright on ${hostname().slice(0, 40)}, port ${port}`,
      type: HINT_TYPE,
      port,
      txt: { path: '/', sites: sites.join(',').slice(0, 200) },
    })
    hint.on('error', () => {})
    return () =>
      new Promise(resolve => {
        // Who does not answer the farewell is waited for no longer than this.
        const timer = setTimeout(resolve, 1000)
        bonjour.unpublishAll(() => {
          clearTimeout(timer)
          bonjour.destroy()
          resolve()
        })
      })
  } catch {
    return async () => {}
  }
}

import type { Device } from '#contract'
import { fail } from '../../kit/index.ts'

/** A device that is asked to measure. */
export interface Measured {
  /** Null for one that is known by its address alone. */
  id: string | null
  /** What people call it. */
  name: string
  address: string
  /** Lets measure there, where the device wants one. */
  token?: string
}

/**
 * The device that a person means.
 * @param wanted an id, a name, or an address with a token in it where the device wants one
 * @param devices those that report to the repositories of this workspace
 * @throws Failure `not-found`, `bad-input`, `unreachable` for one that gives no address
 */
export function deviceOf(wanted: string, devices: readonly Device[]): Measured {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(wanted)) {
    const { address, token } = addressOf(wanted)
    const known = devices.find(device => device.address === address)
    return {
      id: known?.id ?? null,
      name: known?.name ?? new URL(address).host,
      address,
      ...(token ? { token } : {}),
    }
  }
  const byId = devices.filter(({ id }) => id === wanted)
  const found = byId.length ? byId : devices.filter(({ name }) => name === wanted)
  const [device] = found
  if (!device)
    throw fail(
      'not-found',
      `There is no device ${wanted.slice(0, 80)}.`,
      devices.length
        ? `There are ${devices
            .slice(0, 10)
            .map(({ name }) => name)
            .join(', ')}; or give its address, http://host:8501.`
        : 'Give its address, http://host:8501.',
    )
  if (found.length > 1)
    throw fail(
      'bad-input',
      `${found.length} devices are called ${wanted.slice(0, 80)}.`,
      `Give the id of one: ${found.map(({ id }) => id).join(', ')}.`,
    )
  const { id, name, address } = device
  if (!address) throw fail('unreachable', `${name} does not answer.`, 'Start the device, then measure again.')
  return { id, name, address }
}

function addressOf(text: string): { address: string; token: string } {
  let url: URL
  try {
    url = new URL(text)
  } catch (cause) {
    throw fail('bad-input', 'This is not the address of a device.', 'Write it like http://host:8501.', {
      cause,
    })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail(
      'bad-input',
      `A device cannot be reached by ${url.protocol.slice(0, -1)}.`,
      'Write its address like http://host:8501.',
    )
  const token = decodeURIComponent(url.password || url.username)
  return { address: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, token }
}

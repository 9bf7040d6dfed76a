import type { Hash } from '#contract'
import { failureOf } from '../kit/index.ts'
import { openTrustClient } from './client/client.ts'
import type { Drill, Keyring, RootKeyName, TrustClient } from './door.ts'
import { ROOT_KEYS } from './keys/keyFiles.ts'
import { LONGEST } from './limits.ts'
import { memorySink, memoryStore } from './memory.ts'
import type { Place } from './place.ts'
import type { MetadataSink, MetadataSource, RoleState } from './trust.ts'
import { canSign, type RootSigned, readSigned, signWith } from './writing/signed.ts'
import { openSiteWriter } from './writing/siteWriter.ts'

/**
 * Rehearses the loss of a root key on a copy of the repository and of the ring: the two others put a new key in its
 * place, a device that knew the repository before follows, and refuses what the lost key alone signs. Changes
 * nothing.
 * @throws Failure `no-permission` where the two others are not here
 */
export async function drill(options: {
  source: MetadataSource
  keyring: Keyring
  place: Place
  lost: RootKeyName
  now?: () => number
}): Promise<Drill> {
  const { source, place, lost, now = Date.now } = options
  const ring = options.keyring.rehearsal()
  const gone = ring.key(lost)
  /** The ring without the lost key, which cannot sign any more. */
  const without: Keyring = {
    ...ring,
    sign: (id, content) => (id === gone.id ? null : ring.sign(id, content)),
  }
  const copy = memorySink(source)
  const device = openTrustClient({
    store: memoryStore(),
    source: copy,
    roots: { kind: 'first-use' },
    place,
    now,
  })
  const writer = (keyring: Keyring) => openSiteWriter({ sink: copy, keyring, ...place, now })
  const before = rootIn(await writer(ring).ensure())
  await device.refresh()
  const steps = [
    `A device knows root ${before.version} of the site ${place.site}; the key "${lost}" is lost on a copy.`,
  ]
  const after = rootIn(await writer(without).rotate('root', lost))
  const signedBy = (await signersOf(copy, after.version, ring)).filter(name => name !== lost)
  steps.push(
    `The keys ${signedBy.map(name => `"${name}"`).join(' and ')} signed root ${after.version} with a new key "${lost}".`,
  )
  const followed = await device.refresh()
  if (rootIn(followed.roles).version !== after.version) throw new Error('The device stayed behind')
  steps.push(`The device followed to root ${after.version} by itself.`)
  if (await isRefused(copy, device, ring, gone.id, after.version))
    steps.push(
      `What the lost key alone signs is refused by the device: root ${after.version} names it no longer.`,
    )
  else steps.push(`Root ${after.version} names the lost key no longer.`)
  steps.push('This was a rehearsal on a copy: no key and no file was changed.')
  return { lost, signedBy, root: { before: before.version, after: after.version }, steps }
}

/**
 * Lets one who found the lost key try the next root with it.
 * @returns false where the key is away, so that nobody here can try
 */
async function isRefused(
  copy: MetadataSink,
  device: TrustClient,
  ring: Keyring,
  found: Hash,
  version: number,
): Promise<boolean> {
  if (!canSign(ring, found)) return false
  const bytes = await copy.read(`${version}.root.json`, LONGEST.root)
  const { signed } = readSigned<RootSigned>('root', bytes as Uint8Array)
  const forged = signWith({ ...signed, version: version + 1 }, [found], ring)
  await copy.write(`${version + 1}.root.json`, forged.bytes)
  try {
    await device.refresh()
  } catch (error) {
    if (failureOf(error).code === 'unsigned') return true
    throw error
  }
  throw new Error('A root of the lost key was believed')
}

const rootIn = (states: RoleState[]): RoleState => {
  const root = states.find(({ role }) => role === 'root')
  if (!root) throw new Error('There is no root')
  return root
}

/** The names of the root keys, of all numbers, whose signatures a root carries. */
async function signersOf(source: MetadataSource, version: number, ring: Keyring): Promise<RootKeyName[]> {
  const bytes = await source.read(`${version}.root.json`, LONGEST.root)
  const { signatures } = JSON.parse(Buffer.from(bytes ?? []).toString('utf8')) as {
    signatures: { keyid: string }[]
  }
  const names = signatures.map(({ keyid }) => ring.known(keyid as Parameters<Keyring['known']>[0])?.name)
  return ROOT_KEYS.filter(name => names.includes(name))
}

import { readFileSync } from 'node:fs'
import type { Hash, KeyList, KeyStanding, RoleStanding } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { atomicWrite, fail, failureOf, hashOf } from '../../kit/index.ts'
import {
  drill,
  fingerprintOfKeys,
  type KeyHolder,
  type Keyring,
  type RoleKeyName,
  type RootKeyName,
} from '../../trust/index.ts'
import type { Desk } from '../sites/desk.ts'
import type { Place } from '../sites/places.ts'

type Door = Pick<
  Doors['publishing'],
  'key' | 'keysList' | 'keysRotate' | 'keysDrill' | 'keysExport' | 'keysImport'
>

const ROOTS: RootKeyName[] = ['this computer', 'backup', 'second person']
const ROLES: RoleKeyName[] = [
  'targets',
  'snapshot',
  'timestamp',
  'stick-snapshot',
  'stick-timestamp',
  'site',
  'release',
]
/** So many root keys say who signs everything else. */
const THRESHOLD = 2
/** Metadata that ends within so many days is worth a word. */
const SOON = 30

/** The publisher's keys, in the window. */
export function openKeys(keyring: () => Promise<Keyring>, desk: Desk): Door {
  const roots = async () => (await keyring()).holders().filter(({ key }) => isRoot(key.name))
  const fingerprint = async () =>
    fingerprintOfKeys(
      (await roots()).map(({ key }) => key.public),
      THRESHOLD,
    ) as Hash

  const standing = ({ key, where, exported }: KeyHolder): KeyStanding => ({
    name: key.name,
    role: isRoot(key.name) ? 'root' : key.name,
    fingerprint: key.id,
    here: where === 'here' || where === 'lent',
    at: key.made,
    where,
    exported,
  })
  const reports = async (): Promise<KeyStanding> => {
    const { recipient } = (await keyring()).reports()
    return {
      ...{ name: 'reports', role: 'reports', here: true, at: null, where: 'here', exported: null },
      fingerprint: hashOf(recipient),
    }
  }
  const holderOf = async (name: string): Promise<KeyHolder> => {
    const found = (await keyring()).holders().find(({ key }) => key.name === name)
    if (found) return found
    throw fail(
      'not-found',
      `There is no key "${name.slice(0, 40)}".`,
      `Keys are: ${[...ROOTS, ...ROLES, 'reports'].map(each => `"${each}"`).join(', ')}.`,
    )
  }
  const rootNamed = async (name: string): Promise<RootKeyName> => {
    const { key } = await holderOf(name)
    if (isRoot(key.name)) return key.name
    throw fail(
      'bad-input',
      `"${name}" is no root key: a new one is made in its place when it is lost.`,
      `Root keys are: ${ROOTS.map(each => `"${each}"`).join(', ')}.`,
    )
  }
  const places = (): Place[] =>
    desk.known().map(({ site, address }) => ({ site, address, sink: desk.sink(address) }))

  async function everywhere(
    run: (place: Place, lane: 'online' | 'stick') => Promise<unknown>,
  ): Promise<RoleStanding[]> {
    const all: RoleStanding[] = []
    for (const place of places()) {
      for (const lane of ['online', 'stick'] as const)
        if ((await (await desk.writer(place, lane)).state()).length > 0) await run(place, lane)
      all.push(...(await desk.standing(place)))
    }
    return all
  }

  const signAnew = () => everywhere(async (place, lane) => (await desk.writer(place, lane)).ensure())

  /** Replaces one key. A root key, and those of the four roles that root names, need root to be signed anew. */
  async function renew(name: KeyHolder['key']['name']): Promise<void> {
    const [first] = places()
    const top = isRoot(name) ? { role: 'root' as const, lane: 'online' as const } : TOP[name]
    if (first && top)
      await (await desk.writer(first, top.lane)).rotate(top.role, ...(isRoot(name) ? [name] : []))
    else (await keyring()).renew(name)
  }

  return {
    key: async () => {
      const all = await roots()
      const [first] = all
      if (!first) throw new Error('a ring without root keys')
      return {
        fingerprint: await fingerprint(),
        publicKey: spkiOf(first.key.public),
        roots: all.map(({ key }) => ({ name: key.name, fingerprint: key.id })),
      }
    },
    async keysList(): Promise<KeyList> {
      const roles: RoleStanding[] = []
      const troubles: string[] = []
      for (const place of places()) {
        try {
          roles.push(...(await desk.standing(place)))
          await desk.check(place)
        } catch (error) {
          const { code, message } = failureOf(error)
          troubles.push(
            code === 'unreachable' || code === 'internal'
              ? `${place.address} is not there now, so nobody knows when the site ${place.site} ends.`
              : message,
          )
        }
      }
      return {
        fingerprint: await fingerprint(),
        keys: [...(await keyring()).holders().map(standing), await reports()],
        roles,
        advice: [
          ...adviceOnExposed((await keyring()).exposed),
          ...adviceOn(await roots()),
          ...adviceOnEnds(roles),
          ...troubles,
        ],
      }
    },
    async keysRotate({ role }) {
      // Before any key is new: an older copy of a repository is not what to sign with it.
      for (const place of places()) await desk.check(place)
      if (role === 'reports') {
        await (await keyring()).renewReports()
        for (const place of places()) await desk.change(place, () => {})
        return { roles: [], key: await reports() }
      }
      if (role !== undefined) {
        await renew((await holderOf(role)).key.name)
        return { roles: await signAnew(), key: standing(await holderOf(role)) }
      }
      // First those whose versions a thief may have driven up: nothing else can be signed before (TUF 1.0.31, 5.3.11).
      const first: RoleKeyName[] = ['snapshot', 'timestamp', 'stick-snapshot', 'stick-timestamp']
      for (const name of new Set([...first, ...ROLES])) await renew(name)
      const roles = await signAnew()
      const keys = await Promise.all(ROLES.map(async name => standing(await holderOf(name))))
      return { roles, key: keys[0] as KeyStanding, keys }
    },
    async keysDrill({ site, lost = 'this computer' }) {
      // The root keys are the same everywhere, so that any site will do to rehearse at.
      const place = (site === undefined && places()[0]) || (await desk.place({ site }))
      await desk.read(place)
      const gone = await rootNamed(lost)
      const source = place.sink.metadata(place.site, 'online')
      const shown = await drill({
        ...{ source, keyring: await keyring(), lost: gone },
        place: { site: place.site, lane: 'online' },
      })
      return { site: place.site, passed: true, ...shown }
    },
    async keysExport({ name, out, passphrase, remove }) {
      const root = await rootNamed(name)
      const content = await (await keyring()).exportKey(root, secret(passphrase))
      atomicWrite(out, content, 0o600)
      // Only once the file is there as it was made, which opens.
      if (remove && Buffer.compare(readFileSync(out), content) === 0) (await keyring()).takeAway(root)
      return { key: standing(await holderOf(name)), file: out }
    },
    async keysImport({ file, passphrase }) {
      const key = await (await keyring()).importKey(readFileSync(file), secret(passphrase), { keep: true })
      return standing(await holderOf(key.name))
    },
  }
}

/** Roles that root names, by the key that signs them. */
const TOP: Partial<
  Record<RoleKeyName, { role: 'targets' | 'snapshot' | 'timestamp'; lane: 'online' | 'stick' }>
> = {
  targets: { role: 'targets', lane: 'online' },
  snapshot: { role: 'snapshot', lane: 'online' },
  timestamp: { role: 'timestamp', lane: 'online' },
  'stick-snapshot': { role: 'snapshot', lane: 'stick' },
  'stick-timestamp': { role: 'timestamp', lane: 'stick' },
}

const isRoot = (name: string): name is RootKeyName => (ROOTS as string[]).includes(name)

/** A raw Ed25519 key as SPKI in DER (RFC 8410), base64. */
const spkiOf = (raw: string): string =>
  Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(raw, 'hex')]).toString('base64')

function secret(passphrase: string | undefined): string {
  const text = passphrase ?? process.env.EDGEWRIGHT_PASSPHRASE
  if (text !== undefined) return text
  throw fail(
    'bad-input',
    'A key is written only under a passphrase, and none was given.',
    'Set EDGEWRIGHT_PASSPHRASE, or give --passphrase.',
  )
}

/** Told until the program ends; from then on they are closed. */
const adviceOnExposed = (files: readonly string[]): string[] =>
  files.length === 0
    ? []
    : [
        `Others on this computer could read ${files.length} of the key files until now, such as ${files[0]}; they are closed again. If somebody may have, make new keys with "publishing keys rotate".`,
      ]

/** All three root keys on one computer are lost, or stolen, together. */
function adviceOn(roots: KeyHolder[]): string[] {
  const here = roots.filter(({ where }) => where === 'here').map(({ key }) => key.name)
  if (here.length < 2) return []
  const away = here.filter(name => name !== 'this computer')
  const names = away.map(name => `"${name}"`).join(' and ')
  return [
    `${here.length} of 3 root keys lie on this computer; who has it can sign anything, and if it is lost, so are they. Move ${names} away with "publishing keys export NAME --out FILE --remove".`,
  ]
}

function adviceOnEnds(roles: RoleStanding[]): string[] {
  const soon = Date.now() + SOON * 86_400_000
  return roles
    .filter(({ role, expires }) => (role === 'root' || role === 'targets') && Date.parse(expires) < soon)
    .map(
      ({ site, repository, role, expires }) =>
        `"${role}" of the site ${site}${repository ? ` in ${repository}` : ''} ends on ${expires.slice(0, 10)}: then devices install nothing new, and go on with what they have. It is signed anew while Edgewright runs.`,
    )
}

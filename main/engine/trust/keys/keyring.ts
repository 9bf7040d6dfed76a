import { type KeyObject, sign } from 'node:crypto'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import type { Hash } from '#contract'
import { fail } from '../../kit/index.ts'
import type { KeyHolder, Keyring, PublicKey, RootKeyName } from '../door.ts'
import { lock, unlock } from './exported.ts'
import {
  exportedText,
  finishKey,
  makeKey,
  privateOf,
  publicText,
  ROLE_KEYS,
  ROOT_KEYS,
  readExported,
  readIdentity,
  readPublic,
  readReports,
  readSecret,
  reportsSecretText,
  reportsText,
  secretText,
  stemOf,
} from './keyFiles.ts'
import { folderStore, type KeyStore, overlayStore } from './keyStore.ts'

const NAMES = [...ROOT_KEYS, ...ROLE_KEYS]
/** Written when every key was made: from then on one that is missing is a loss and is not made anew in silence. */
const COMPLETE = 'ring.complete'
const PUBLIC = /^([a-z-]+)\.(\d{1,6})\.json$/

/**
 * Opens the publisher's keys in a folder, and makes them at first use. Each key is two files: `site.1.json` says which
 * key it is, `site.1.secret` is the key.
 * @throws Failure `unreadable-file`, `not-found` for a file that is damaged or gone
 */
export async function openKeyring(folder: string): Promise<Keyring> {
  const store = folderStore(folder)
  if (!store.read(COMPLETE)) {
    for (const name of NAMES) if (!store.read(`${stemOf(name, 1)}.json`)) addKey(store, name, 1)
    if (!store.read('reports.1.json')) await addReports(store, 1)
    store.create(COMPLETE, '')
  }
  return ringOf(store, new Map())
}

/**
 * The secret first: whoever finds the public half may count on it. Where a secret is there already, another process is
 * making this key, or ended before it was done: it is finished from what is there.
 */
function addKey(store: KeyStore, name: PublicKey['name'], number: number): PublicKey {
  const stem = stemOf(name, number)
  const { key, secret } = makeKey(name, number)
  const mine = store.create(`${stem}.secret`, secretText(key.id, secret))
  const made = mine ? key : finishKey(name, number, store.read(`${stem}.secret`) ?? new Uint8Array(0))
  if (store.create(`${stem}.json`, publicText(made))) return made
  return readPublic(`${stem}.json`, store.read(`${stem}.json`) ?? new Uint8Array(0))
}

async function addReports(store: KeyStore, number: number): Promise<void> {
  const identity = await generateX25519Identity()
  if (!store.create(`reports.${number}.secret`, reportsSecretText(identity))) {
    if (store.read(`reports.${number}.json`)) return
    const left = readIdentity(
      `reports.${number}.secret`,
      store.read(`reports.${number}.secret`) as Uint8Array,
    )
    store.create(`reports.${number}.json`, reportsText(await identityToRecipient(left)))
    return
  }
  store.create(`reports.${number}.json`, reportsText(await identityToRecipient(identity)))
}

const gone = (file: string) =>
  fail(
    'not-found',
    `The key file ${file} is gone from the folder of keys.`,
    'Put it back from a copy of that folder.',
  )

function ringOf(store: KeyStore, lent: Map<Hash, { key: KeyObject; secret: string }>): Keyring {
  const all = (): PublicKey[] =>
    store
      .list()
      .filter(name => PUBLIC.test(name) && !name.startsWith('reports.'))
      .map(name => readPublic(name, store.read(name) ?? new Uint8Array(0)))
      .sort((a, b) => b.number - a.number)

  const newest = (keys: PublicKey[], name: PublicKey['name']) => {
    const key = keys.find(each => each.name === name)
    if (!key) throw gone(`${stemOf(name, 1)}.json`)
    return key
  }

  const secretOf = (key: PublicKey) => {
    const file = `${stemOf(key.name, key.number)}.secret`
    const content = store.read(file)
    return content ? readSecret(file, key.id, content) : (lent.get(key.id) ?? null)
  }

  const place = (key: PublicKey): KeyHolder['where'] => {
    try {
      if (!secretOf(key)) return 'away'
      return store.read(`${stemOf(key.name, key.number)}.secret`) ? 'here' : 'lent'
    } catch {
      return 'damaged'
    }
  }

  const reportNumbers = () =>
    store
      .list()
      .flatMap(name => /^reports\.(\d{1,6})\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a)

  const ring: Keyring = {
    holders() {
      const keys = all()
      return NAMES.map(name => {
        const key = newest(keys, name)
        const exported = store.read(`${stemOf(name, key.number)}.exported`)
        return {
          key,
          where: place(key),
          exported: exported ? Buffer.from(exported).toString('utf8').trim() : null,
        }
      })
    },
    key: name => newest(all(), name),
    known: id => all().find(key => key.id === id) ?? null,
    sign(id, content) {
      const key = ring.known(id)
      const secret = key && secretOf(key)
      return secret ? sign(null, content, secret.key).toString('hex') : null
    },
    renew: name => addKey(store, name, newest(all(), name).number + 1),
    async exportKey(name, passphrase) {
      const key = ring.key(name)
      const secret = secretOf(key)
      if (!secret) throw away(name)
      const content = await lock(exportedText(key, secret.secret), passphrase)
      const again = readExported(await unlock(content, passphrase))
      if (again?.private !== secret.secret) throw new Error('An exported key did not open again')
      const stem = stemOf(name, key.number)
      store.remove(`${stem}.exported`)
      store.create(`${stem}.exported`, new Date().toISOString())
      return content
    },
    takeAway(name) {
      const stem = stemOf(name, ring.key(name).number)
      if (!store.read(`${stem}.exported`)) throw new Error('A key that was never exported')
      store.remove(`${stem}.secret`)
    },
    async importKey(content, passphrase, { keep = false } = {}) {
      const exported = readExported(await unlock(content, passphrase))
      const key = exported && ring.known(exported.id)
      const secret = exported && privateOf(exported.id, exported.private)
      if (!exported || !key || !secret)
        throw fail(
          'bad-input',
          'This file holds no root key of the keys that are here.',
          'Choose a file that `publishing keys export` wrote on this computer.',
        )
      if (keep) store.create(`${stemOf(key.name, key.number)}.secret`, secretText(key.id, exported.private))
      else lent.set(key.id, { key: secret, secret: exported.private })
      return key
    },
    reports() {
      const numbers = reportNumbers()
      if (numbers.length === 0) throw gone('reports.1.json')
      const read = (file: string) => {
        const content = store.read(file)
        if (!content) throw gone(file)
        return content
      }
      const first = `reports.${numbers[0]}.json`
      return {
        recipient: readReports(first, read(first)),
        identities: numbers.map(number => {
          const file = `reports.${number}.secret`
          return readIdentity(file, read(file))
        }),
      }
    },
    exposed: store.exposed,
    renewReports: () => addReports(store, (reportNumbers()[0] ?? 0) + 1),
    rehearsal: () => ringOf(overlayStore(store), new Map(lent)),
  }
  return ring
}

const away = (name: RootKeyName) =>
  fail(
    'not-found',
    `The root key "${name}" is not on this computer.`,
    'Bring it back with `publishing keys import FILE`, or take it from where it was put.',
  )

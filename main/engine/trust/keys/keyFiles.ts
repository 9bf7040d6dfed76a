import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Hash } from '#contract'
import { canonicalJson, fail, hashOf } from '../../kit/index.ts'
import type { PublicKey, RoleKeyName, RootKeyName } from '../door.ts'

export const ROOT_KEYS: readonly RootKeyName[] = ['this computer', 'backup', 'second person']
export const ROLE_KEYS: readonly RoleKeyName[] = [
  'targets',
  'snapshot',
  'timestamp',
  'stick-snapshot',
  'stick-timestamp',
  'site',
  'release',
]
const NAMES = [...ROOT_KEYS, ...ROLE_KEYS] as const

const PublicFile = z.object({
  format: z.literal('edgewright-key/1'),
  name: z.enum(NAMES),
  number: z.int().min(1),
  id: Hash,
  public: z.string().regex(/^[0-9a-f]{64}$/),
  made: z.string(),
})

const SecretFile = z.object({ format: z.literal('edgewright-secret/1'), id: Hash, private: z.string() })

/** What an exported root key holds, inside its encryption. */
const ExportedKey = z.object({
  format: z.literal('edgewright-root-key/1'),
  name: z.enum(ROOT_KEYS as [RootKeyName, ...RootKeyName[]]),
  id: Hash,
  private: z.string(),
})

const ReportsFile = z.object({
  format: z.literal('edgewright-reports/1'),
  recipient: z.string(),
  made: z.string(),
})
const ReportsSecret = z.object({ format: z.literal('edgewright-reports-secret/1'), identity: z.string() })

/** The identifier of a key: SHA-256 of its canonical JSON (TUF 1.0.31, 4.2). */
export const keyIdOf = (raw: string): Hash =>
  hashOf(canonicalJson({ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } }))

/** The raw public key, hexadecimal. SPKI puts 12 bytes before it (RFC 8410). */
export const rawOf = (key: KeyObject): string =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')

export const stemOf = (name: string, number: number): string => `${name.replaceAll(' ', '-')}.${number}`

export function makeKey(name: PublicKey['name'], number: number): { key: PublicKey; secret: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  const raw = rawOf(privateKey)
  const key = { name, number, id: keyIdOf(raw), public: raw, made: new Date().toISOString() }
  return { key, secret: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64') }
}

export const publicText = (key: PublicKey): string =>
  JSON.stringify({ format: 'edgewright-key/1', ...key } satisfies z.infer<typeof PublicFile>)
export const secretText = (id: Hash, secret: string): string =>
  JSON.stringify({ format: 'edgewright-secret/1', id, private: secret } satisfies z.infer<typeof SecretFile>)
export const exportedText = (key: PublicKey, secret: string): string =>
  JSON.stringify({ format: 'edgewright-root-key/1', name: key.name, id: key.id, private: secret })
export const reportsText = (recipient: string): string =>
  JSON.stringify({ format: 'edgewright-reports/1', recipient, made: new Date().toISOString() })
export const reportsSecretText = (identity: string): string =>
  JSON.stringify({ format: 'edgewright-reports-secret/1', identity })

function parse<T>(schema: z.ZodType<T>, content: Uint8Array): T | null {
  try {
    return schema.parse(JSON.parse(Buffer.from(content).toString('utf8')))
  } catch {
    return null
  }
}

const damaged = (name: string) =>
  fail(
    'unreadable-file',
    `The key file ${name} is damaged.`,
    'Put it back from a copy of the folder of keys; without one, make a new key with `publishing keys rotate`.',
  )

/** @throws Failure `unreadable-file` */
export function readPublic(name: string, content: Uint8Array): PublicKey {
  const file = parse(PublicFile, content)
  if (!file || keyIdOf(file.public) !== file.id || !name.startsWith(`${stemOf(file.name, file.number)}.`))
    throw damaged(name)
  const { format: _, ...key } = file
  return key
}

/** The private key of PKCS #8 in base64, where it is the one of this identifier; null where it is not. */
export function privateOf(id: Hash, secret: string): KeyObject | null {
  try {
    const key = createPrivateKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'pkcs8' })
    return key.asymmetricKeyType === 'ed25519' && keyIdOf(rawOf(key)) === id ? key : null
  } catch {
    return null
  }
}

/** The text of a secret file, checked. @throws Failure `unreadable-file` */
export function readSecret(name: string, id: Hash, content: Uint8Array): { secret: string; key: KeyObject } {
  const file = parse(SecretFile, content)
  const key = file && file.id === id ? privateOf(id, file.private) : null
  if (!file || !key) throw damaged(name)
  return { secret: file.private, key }
}

/** The public half of a secret file whose process did not come to write it. @throws Failure `unreadable-file` */
export function finishKey(name: PublicKey['name'], number: number, content: Uint8Array): PublicKey {
  const file = parse(SecretFile, content)
  const key = file && privateOf(file.id, file.private)
  if (!file || !key) throw damaged(`${stemOf(name, number)}.secret`)
  return { name, number, id: file.id, public: rawOf(key), made: new Date().toISOString() }
}

export const readExported = (content: Uint8Array) => parse(ExportedKey, content)

/** @throws Failure `unreadable-file` */
export function readReports(name: string, content: Uint8Array): string {
  const file = parse(ReportsFile, content)
  if (!file) throw damaged(name)
  return file.recipient
}

/** @throws Failure `unreadable-file` */
export function readIdentity(name: string, content: Uint8Array): string {
  const file = parse(ReportsSecret, content)
  if (!file) throw damaged(name)
  return file.identity
}

import { createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson, fail, hashOf } from '../../kit/index.ts'
import type { Sink } from '../../release/index.ts'

/** Bytes of one file of metadata. */
export const METADATA = 4 << 20

const Key = z.object({ keyval: z.object({ public: z.string().regex(/^[0-9a-f]{64}$/) }) })
const Role = z.object({ keyids: z.array(z.string()).max(64), threshold: z.int().min(1) })
const Signed = z.object({
  signatures: z.array(z.object({ keyid: z.string(), sig: z.string().max(200) })).max(64),
  signed: z.looseObject({ _type: z.string(), version: z.int().min(1) }),
})
type Signed = z.infer<typeof Signed>
type Role = z.infer<typeof Role>
const Root = z.object({ keys: z.record(z.string(), Key), roles: z.record(z.string(), Role) })
const Targets = z.object({
  delegations: z
    .object({ keys: z.record(z.string(), Key), roles: z.array(Role.extend({ name: z.string() })) })
    .optional(),
})
const Meta = z.object({
  meta: z.record(
    z.string(),
    z.object({
      version: z.int().min(1),
      length: z.int().optional(),
      hashes: z.object({ sha256: z.string() }).optional(),
    }),
  ),
})

/**
 * Takes metadata of a site, so that nobody with the token alone can leave the repository broken: a root only where the
 * one before and itself sign it, other top roles only with the keys that root names, and a timestamp, by which everything
 * else begins to hold, only where all that it names is here and is what it says. Files with a number are written once.
 * @throws Failure `bad-input`, `unsigned`, `already-there`
 */
export async function takeMetadata(
  sink: Sink,
  { site, lane, file }: { site: string; lane: 'online' | 'stick'; file: string },
  content: Uint8Array,
): Promise<void> {
  const metadata = sink.metadata(site, lane)
  const document = read(content)
  const [, number, role = 'timestamp'] = /^(?:(\d+)\.)?(.+)\.json$/.exec(file) ?? []
  const type = ['root', 'snapshot', 'timestamp'].includes(role) ? role : 'targets'
  if (document.signed._type !== type || (number && document.signed.version !== Number(number)))
    throw fail('bad-input', 'The metadata speaks of another role or version than its name.', 'Publish again.')

  const open = async (name: string) => {
    const there = await metadata.read(name, METADATA)
    return there && { bytes: there, ...read(there) }
  }
  const newest = async (): Promise<Signed | null> => {
    let found: Signed | null = null
    for (let version = 1; ; version++) {
      const next = await open(`${version}.root.json`)
      if (!next) return found
      found = next
    }
  }

  if (role === 'root') {
    const before = await newest()
    if (before && document.signed.version <= before.signed.version) {
      const there = await open(file)
      if (there && hashOf(there.bytes) === hashOf(content)) return
      throw fail('already-there', 'Somebody else published in the meantime.', 'Publish again.')
    }
    if (document.signed.version !== (before?.signed.version ?? 0) + 1)
      throw fail('bad-input', 'A root in between is missing.', 'Publish again.')
    checkSigned(document, before ?? document, 'root')
    checkSigned(document, document, 'root')
  } else {
    const root = await newest()
    if (!root) throw fail('bad-input', 'The repository has no root yet.', 'Publish with Edgewright.')
    if (['targets', 'snapshot', 'timestamp'].includes(role)) checkSigned(document, root, role)
    if (role === 'timestamp') return takeTimestamp(root)
  }
  const there = await open(file)
  if (there && hashOf(there.bytes) === hashOf(content)) return
  await metadata.write(file, content, { exclusive: true })

  async function takeTimestamp(root: Signed): Promise<void> {
    const before = await open('timestamp.json')
    // One that this root does not know was signed with a key that was lost: no matter how far up it counted.
    if (before && before.signed.version >= document.signed.version && isSignedBy(before, root, 'timestamp')) {
      if (hashOf(before.bytes) === hashOf(content)) return
      throw fail('already-there', 'Somebody else published in the meantime.', 'Publish again.')
    }
    const snapshot = (await named(document)).get('snapshot.json')
    if (!snapshot) throw fail('bad-input', 'The timestamp names no snapshot.', 'Publish again.')
    checkSigned(snapshot, root, 'snapshot')
    const files = await named(snapshot)
    const targets = files.get('targets.json')
    if (!targets) throw fail('bad-input', 'The snapshot names no targets.', 'Publish again.')
    checkSigned(targets, root, 'targets')
    const { delegations } = Targets.parse(targets.signed)
    for (const delegated of delegations?.roles ?? []) {
      const said = files.get(`${delegated.name}.json`)
      if (!said || !hasSigned(said, delegated, delegations?.keys ?? {})) throw unsigned(delegated.name)
    }
    await metadata.write(file, content)
  }

  /** The files that a document names, each compared with what it says of them. */
  async function named({ signed }: Signed): Promise<Map<string, Signed>> {
    const files = new Map<string, Signed>()
    for (const [name, said] of Object.entries(Meta.parse(signed).meta)) {
      const there = await open(`${said.version}.${name}`).catch(() => null)
      const same =
        there &&
        (said.length === undefined || said.length === there.bytes.length) &&
        (said.hashes === undefined || said.hashes.sha256 === hashOf(there.bytes))
      if (!same)
        throw fail('bad-input', `${said.version}.${name} is not in the repository yet.`, 'Publish again.')
      files.set(name, there)
    }
    return files
  }
}

function read(content: Uint8Array): Signed {
  try {
    return Signed.parse(JSON.parse(Buffer.from(content).toString('utf8')))
  } catch (cause) {
    throw fail('bad-input', 'This is no metadata of a repository.', 'Publish with Edgewright.', { cause })
  }
}

const unsigned = (role: string) =>
  fail(
    'unsigned',
    `The ${role} is not signed by the keys of this repository.`,
    'Publish from the computer that holds them.',
  )

function checkSigned(document: Signed, root: Signed, role: string): void {
  if (!isSignedBy(document, root, role)) throw unsigned(role)
}

function isSignedBy(document: Signed, root: Signed, role: string): boolean {
  const { data } = Root.safeParse(root.signed)
  const wanted = data?.roles[role]
  return wanted !== undefined && hasSigned(document, wanted, data?.keys ?? {})
}

/** Whether enough of the keys of a role signed a document (TUF 1.0.31, 5.3.4). */
function hasSigned(document: Signed, role: Role, keys: Record<string, z.infer<typeof Key>>): boolean {
  const message = Buffer.from(canonicalJson(document.signed))
  const good = document.signatures.flatMap(({ keyid, sig }) => {
    const key = role.keyids.includes(keyid) ? keys[keyid] : undefined
    return key && isSignature(key.keyval.public, message, sig) ? [key.keyval.public] : []
  })
  return new Set(good).size >= role.threshold
}

/** Header of an Ed25519 key in SPKI (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

function isSignature(raw: string, message: Uint8Array, signature: string): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.concat([SPKI, Buffer.from(raw, 'hex')]),
      format: 'der',
      type: 'spki',
    })
    return verify(null, message, key, Buffer.from(signature, 'hex'))
  } catch {
    return false
  }
}

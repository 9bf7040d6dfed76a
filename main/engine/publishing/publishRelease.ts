import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import type { Hash, Name, VariantKind } from '#contract'
import { fail, hashOf, now } from '../kit/index.ts'
import {
  Description,
  FORMAT,
  fingerprintOf,
  Index,
  KeyFile,
  keyFileOf,
  LIMITS,
  openEnvelope,
  Pointer,
  RELEASE_FILES,
  type Repository,
  type SigningKey,
  seal,
} from '../release/index.ts'

/** What is to be released. Files lie where the workspace keeps them; they are only read. */
export interface ReleasePlan {
  model: Name
  version: number
  variant: VariantKind
  /** The version in the registry. */
  modelVersion: Hash
  files: { name: string; hash: Hash; bytes: number; path: string }[]
}

export interface Released {
  /** Hash of the signed description. */
  id: Hash
  sequence: number
  files: Description['files']
  at: string
}

interface Going {
  signal?: AbortSignal
  /** @param bytes copied so far */
  progress?(bytes: number, step: string): void
}

/**
 * Writes a release into a repository, in an order that never leaves a reader without something whole: key, blobs,
 * description, list of models, and last the pointer that makes it the wanted one. Interrupted anywhere, the repository
 * is as it was for every reader, and the next try uses what was copied.
 *
 * The same version published again is the same release under a higher sequence; published after a newer one it takes
 * devices back to it.
 *
 * @throws Failure `no-permission` (another key's repository, or no right to write), `already-there` (this version with
 * other content), `tampered`, `unreachable`, `disk-full`
 */
export async function publishRelease(
  repository: Repository,
  key: SigningKey,
  plan: ReleasePlan,
  { signal, progress }: Going = {},
): Promise<Released> {
  progress?.(0, 'looking at the repository')
  await claim(repository, key, signal)
  const index = await indexOf(repository, key, signal)
  const before = await documentOf(repository, { kind: 'pointer', model: plan.model }, key, Pointer, signal)
  if (before && before.model !== plan.model)
    throw fail(
      'already-there',
      `The repository has a model "${before.model}", and its disk does not tell that name from "${plan.model}".`,
      'Give the model another name, or publish to another folder.',
    )
  const kept = await descriptionFor(repository, key, plan, signal)
  if (!kept.reused) {
    let copied = 0
    for (const { name, hash, bytes, path } of plan.files) {
      signal?.throwIfAborted()
      progress?.(copied, `copying ${name}`)
      if (!(await repository.hasBlob(hash, bytes, signal)))
        await repository.putBlob(hash, path, bytes, signal)
      copied += bytes
    }
    signal?.throwIfAborted()
    await repository.write({ kind: 'description', model: plan.model, file: kept.file }, kept.content, {
      signal,
    })
  }
  const at = now()
  if (!index.models.includes(plan.model)) {
    const next: Index = { ...index, sequence: index.sequence + 1, models: [...index.models, plan.model], at }
    await repository.write({ kind: 'index' }, seal(next, key), { signal })
  }
  signal?.throwIfAborted()
  progress?.(
    kept.description.files.reduce((sum, file) => sum + file.bytes, 0),
    'making it the wanted one',
  )
  const pointer: Pointer = {
    type: 'pointer',
    format: FORMAT,
    repository: index.repository,
    model: plan.model,
    version: plan.version,
    variant: plan.variant,
    sequence: (before?.sequence ?? 0) + 1,
    description: {
      file: kept.file,
      hash: hashOf(kept.content),
      bytes: Buffer.byteLength(kept.content),
    },
    at,
  }
  await repository.write({ kind: 'pointer', model: plan.model }, seal(pointer, key), { signal })
  return {
    id: pointer.description.hash,
    sequence: pointer.sequence,
    files: kept.description.files,
    at,
  }
}

/** Writes the public key into a new repository, or sees that it is ours. */
async function claim(repository: Repository, key: SigningKey, signal?: AbortSignal): Promise<void> {
  let content: Uint8Array | null
  try {
    content = await repository.read({ kind: 'keys' }, LIMITS.document, signal)
  } catch (error) {
    // A folder that is not there yet is made; an address that does not answer stays a failure.
    if (repository.address.includes('://')) throw error
    content = null
  }
  if (!content)
    return repository.write({ kind: 'keys' }, `${JSON.stringify(keyFileOf(key), null, 1)}\n`, { signal })
  const known = KeyFile.safeParse(parsed(content))
  if (!known.success)
    throw fail(
      'tampered',
      `The keys.json of ${repository.address} is damaged; nothing was published.`,
      'Copy it back from a device or another copy of the repository, or publish to another folder.',
    )
  if (!known.data.keys[key.fingerprint])
    throw fail(
      'no-permission',
      `The repository ${repository.address} belongs to another key (${fingerprintOf(Object.keys(known.data.keys)[0] ?? '')}); its devices would refuse what this one (${fingerprintOf(key.fingerprint)}) signs.`,
      'Publish to another folder, or from the computer that has that key.',
    )
}

const parsed = (content: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(content).toString('utf8'))
  } catch {
    return null
  }
}

async function indexOf(repository: Repository, key: SigningKey, signal?: AbortSignal): Promise<Index> {
  const known = await documentOf(repository, { kind: 'index' }, key, Index, signal)
  return (
    known ?? {
      type: 'index',
      format: FORMAT,
      repository: randomBytes(16).toString('hex'),
      sequence: 0,
      models: [],
      at: now(),
    }
  )
}

async function documentOf<S extends z.ZodType>(
  repository: Repository,
  place: Parameters<Repository['read']>[0],
  key: SigningKey,
  schema: S,
  signal?: AbortSignal,
): Promise<z.output<S> | null> {
  const content = await repository.read(place, LIMITS.document, signal)
  return content && openEnvelope(content, schema, key, `A document of ${repository.address}`)
}

interface Kept {
  file: string
  content: string
  description: Description
  reused: boolean
}

/** The description this release gets: the one that is there for the same model files, else a new one. */
async function descriptionFor(
  repository: Repository,
  key: SigningKey,
  plan: ReleasePlan,
  signal?: AbortSignal,
): Promise<Kept> {
  const { model, version, variant, modelVersion, files } = plan
  const description: Description = {
    type: 'release',
    format: FORMAT,
    model,
    version,
    variant,
    modelVersion,
    files: files.map(({ name, hash, bytes }) => ({ name, hash, bytes })),
  }
  const fresh = (file: string): Kept => ({
    file,
    content: seal(description, key),
    description,
    reused: false,
  })
  const plain = `${version}-${variant}.json`
  const special = `${version}-${variant}-${hashOf(JSON.stringify(description.files)).slice(0, 12)}.json`
  for (const file of [plain, special]) {
    const content = await repository.read({ kind: 'description', model, file }, LIMITS.document, signal)
    if (!content) return fresh(file)
    const there = openEnvelope(content, Description, key, `The description of ${model} v${version}`)
    if (there.modelVersion !== modelVersion)
      throw fail(
        'already-there',
        `The repository ${repository.address} already has another ${model} v${version}, from another workspace.`,
        'Publish to another folder, or train a version with a higher number.',
      )
    if (sameModel(there, description) && (await isWhole(repository, there, signal)))
      return { file, content: Buffer.from(content).toString('utf8'), description: there, reused: true }
  }
  // The same files under the same name, but not all of them are there any more: they are copied again.
  return fresh(special)
}

/** Equal in what computes; figures that were measured anew make no new release. */
const sameModel = (a: Description, b: Description): boolean =>
  [RELEASE_FILES.graph, RELEASE_FILES.transform].every(
    name => a.files.find(file => file.name === name)?.hash === b.files.find(file => file.name === name)?.hash,
  )

async function isWhole(
  repository: Repository,
  { files }: Description,
  signal?: AbortSignal,
): Promise<boolean> {
  for (const { hash, bytes } of files) if (!(await repository.hasBlob(hash, bytes, signal))) return false
  return true
}

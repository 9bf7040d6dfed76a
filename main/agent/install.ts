import { readFileSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Hash } from '#contract'
import { fail, freeBytes, hashFile } from '../engine/kit/index.ts'
import {
  Description,
  openEnvelope,
  type Pointer,
  type PublicKey,
  RELEASE_FILES,
  type Repository,
} from '../engine/release/index.ts'
import type { Current, Installed, ModelState } from './current.ts'
import type { State } from './state.ts'

const AGAIN = 'Publish it again; if it stays, find out who can write into the repository.'

/** Room that is left free beside a release, in bytes. */
const RESERVE = 16 << 20

/**
 * Brings a release onto this device: description, then each file that is not here yet, each into `partial` (gone on
 * with after an interruption), checked by its hash, synced and renamed. Nothing that runs is touched.
 *
 * @param underWay takes the hashes that no sweep may remove
 * @throws Failure `unsigned`, `tampered`, `unreachable`, `disk-full`
 */
export async function fetchRelease(
  repository: Repository,
  state: State,
  key: PublicKey,
  pointer: Pointer,
  underWay: Set<string>,
  signal: AbortSignal,
): Promise<Description> {
  const description = await fetchDescription(repository, state, key, pointer, underWay, signal)
  for (const { hash } of description.files) underWay.add(hash)
  const absent = description.files.filter(({ hash, bytes }) => !state.blob(hash, bytes))
  const bytes = absent.reduce((sum, file) => sum + file.bytes - state.partial(file.hash).bytes, 0)
  const free = freeBytes(state.folder)
  if (bytes + RESERVE > free)
    throw fail(
      'disk-full',
      `${pointer.model} v${pointer.version} takes ${mega(bytes)} and ${mega(free)} are free on this device.`,
      'Free some space; the device tries again by itself and goes on with the version it has.',
    )
  for (const file of absent)
    await state.alone(file.hash, async () => {
      if (!state.blob(file.hash, file.bytes)) await fetchBlob(repository, state, file, pointer, signal)
    })
  return description
}

const mega = (bytes: number) => `${(Math.max(0, bytes) / 1e6).toFixed(1)} MB`

async function fetchDescription(
  repository: Repository,
  state: State,
  key: PublicKey,
  pointer: Pointer,
  underWay: Set<string>,
  signal: AbortSignal,
): Promise<Description> {
  const { file, hash, bytes } = pointer.description
  const what = `The description of ${pointer.model} v${pointer.version}`
  underWay.add(hash)
  if (!state.blob(hash, bytes)) {
    const content = await repository.read({ kind: 'description', model: pointer.model, file }, bytes, signal)
    if (!content) throw fail('tampered', `${what} is not in the repository.`, AGAIN)
    // Opened before it is kept, so that a bad one is named by its fault rather than by its hash.
    openEnvelope(content, Description, key, what)
    const part = await open(state.partial(hash).path, 'w')
    try {
      await part.write(content)
    } finally {
      await part.close()
    }
    if (!(await state.adopt(hash)))
      throw fail('tampered', `${what} is another one than the release names.`, AGAIN)
  }
  const description = openEnvelope(readFileSync(state.blob(hash) as string), Description, key, what)
  const names = new Set(description.files.map(({ name }) => name))
  if (
    description.model !== pointer.model ||
    description.version !== pointer.version ||
    description.variant !== pointer.variant ||
    names.size !== description.files.length ||
    Object.values(RELEASE_FILES).some(name => !names.has(name))
  )
    throw fail('tampered', `${what} does not fit the release that names it.`, AGAIN)
  return description
}

async function fetchBlob(
  repository: Repository,
  state: State,
  file: { name: string; hash: Hash; bytes: number },
  pointer: Pointer,
  signal: AbortSignal,
): Promise<void> {
  const what = `The file ${file.name} of ${pointer.model} v${pointer.version}`
  let { path, bytes: from } = state.partial(file.hash)
  if (from > file.bytes) {
    rmSync(path)
    from = 0
  }
  if (from < file.bytes || file.bytes === 0) {
    const source = await repository.blob(file.hash, from, signal)
    if (!source) throw fail('tampered', `${what} is not in the repository.`, AGAIN)
    // A server that cannot begin in the middle begins anew.
    const part = await open(path, source.from === from && from > 0 ? 'a' : 'w')
    try {
      let at = source.from === from ? from : 0
      for await (const chunk of source.chunks) {
        at += chunk.length
        if (at > file.bytes) {
          rmSync(path, { force: true })
          throw fail('tampered', `${what} is longer than the release says.`, AGAIN)
        }
        await part.writeFile(chunk)
      }
      if (at < file.bytes)
        throw fail(
          'unreachable',
          `${what} broke off after ${at} of ${file.bytes} bytes.`,
          'The device goes on with it by itself.',
        )
    } finally {
      await part.close()
    }
  }
  if (!(await state.adopt(file.hash)))
    throw fail('tampered', `${what} is not the one that was signed: its content differs.`, AGAIN)
}

/** The state in which this release runs and the one before it is kept. */
export function activated(current: Current, pointer: Pointer, at: string): Current {
  const before = current.models[pointer.model] as ModelState
  const next: Installed = {
    version: pointer.version,
    variant: pointer.variant,
    sequence: pointer.sequence,
    description: pointer.description.hash,
  }
  const again = before.current?.description === next.description
  return withModel(current, pointer.model, {
    ...before,
    current: next,
    previous: again ? before.previous : before.current,
    held: null,
    failed: null,
    switchedAt: again ? before.switchedAt : at,
  })
}

export const withModel = (current: Current, model: string, change: ModelState): Current => ({
  ...current,
  models: { ...current.models, [model]: change },
})

/**
 * Looks whether an installed release is whole: the signature of its description and the hash of every file. What is
 * damaged is dropped, so that it is fetched again.
 * @throws Failure `tampered` that names the file
 */
export async function checkInstalled(
  state: State,
  key: PublicKey,
  model: string,
  installed: Installed,
): Promise<Description> {
  const what = `${model} v${installed.version}`
  const damaged = (name: string) =>
    fail(
      'tampered',
      `The file ${name} of ${what} on this device is damaged.`,
      'It is fetched again as soon as the repository can be reached.',
    )
  const path = state.blob(installed.description)
  if (!path || (await hashFile(path)) !== installed.description) {
    state.drop(installed.description)
    throw damaged('description')
  }
  const description = openEnvelope(readFileSync(path), Description, key, `The description of ${what}`)
  for (const file of description.files) {
    const blob = state.blob(file.hash, file.bytes)
    if (blob && (await hashFile(blob)) === file.hash) continue
    state.drop(file.hash)
    throw damaged(file.name)
  }
  return description
}

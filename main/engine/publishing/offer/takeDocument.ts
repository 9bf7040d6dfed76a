import { fail } from '../../kit/index.ts'
import {
  Description,
  Index,
  KeyFile,
  LIMITS,
  openEnvelope,
  openReport,
  type Place,
  Pointer,
  type PublicKey,
  publicKeyFrom,
  type Repository,
} from '../../release/index.ts'

/** Takes a document into its place. */
export type TakeDocument = (place: Exclude<Place, { kind: 'blob' }>, content: Buffer) => Promise<void>

/**
 * Checks what is written into a repository: that its key signed it, that it speaks of its place, that it names only
 * what is there whole, and that nobody wrote in between.
 * @throws Failure `bad-input`, `unsigned`, `tampered`, `already-there`
 */
export function openTakingDocuments(repository: Repository): TakeDocument {
  async function trusted(): Promise<PublicKey> {
    const content = await repository.read({ kind: 'keys' }, LIMITS.document)
    const key = content && Object.values(KeyFile.parse(JSON.parse(Buffer.from(content).toString())).keys)[0]
    if (!key) throw fail('bad-input', 'The repository has no key yet.', 'Publish with Edgewright.')
    return publicKeyFrom(key.public)
  }

  const takeDocument: TakeDocument = async (place, content) => {
    const text = content.toString('utf8')
    switch (place.kind) {
      case 'keys':
        return takeKeys(text)
      case 'device':
        return takeReport(place.id, text)
      case 'index': {
        const next = openEnvelope(text, Index, await trusted(), 'The list of models')
        await behind(place, Index, next)
        return repository.write(place, text)
      }
      case 'description': {
        const next = openEnvelope(text, Description, await trusted(), 'The description')
        if (next.model !== place.model) throw misplaced()
        const there = await repository.read(place, LIMITS.document)
        if (there && !content.equals(there))
          throw fail(
            'already-there',
            'There is another release under this name.',
            'Publish it under another one.',
          )
        for (const { name, hash, bytes } of next.files)
          if (!(await repository.hasBlob(hash, bytes)))
            throw fail(
              'bad-input',
              `The file ${name} of the release is not in the repository.`,
              'Publish again.',
            )
        return repository.write(place, text)
      }
      case 'pointer': {
        const next = openEnvelope(text, Pointer, await trusted(), 'The release')
        if (next.model !== place.model) throw misplaced()
        await behind(place, Pointer, next)
        const { file, bytes } = next.description
        const described = await repository.read(
          { kind: 'description', model: place.model, file },
          LIMITS.document,
        )
        if (described?.length !== bytes)
          throw fail(
            'bad-input',
            'The description of the release is not in the repository.',
            'Publish again.',
          )
        return repository.write(place, text)
      }
    }
  }

  const misplaced = () =>
    fail('bad-input', 'The document speaks of another model than its name.', 'Publish again.')

  /** Two that publish at once: the second finds its number taken. */
  async function behind(
    place: Place,
    schema: typeof Index | typeof Pointer,
    next: { sequence: number; repository: string },
  ): Promise<void> {
    const content = await repository.read(place, LIMITS.document)
    if (!content) return
    const there = openEnvelope(content, schema, await trusted(), 'The document that is there')
    if (next.sequence <= there.sequence || next.repository !== there.repository)
      throw fail('already-there', 'Somebody else published in the meantime.', 'Publish again.')
  }

  async function takeKeys(text: string): Promise<void> {
    let keys: KeyFile
    try {
      keys = KeyFile.parse(JSON.parse(text))
      for (const key of Object.values(keys.keys)) publicKeyFrom(key.public)
    } catch (cause) {
      throw fail('bad-input', 'This is no list of keys.', 'Publish with Edgewright.', { cause })
    }
    const there = await repository.read({ kind: 'keys' }, LIMITS.document).catch(() => null)
    if (there && Buffer.from(there).toString('utf8') !== text)
      throw fail('already-there', 'This repository belongs to another key.', 'Publish to another repository.')
    await repository.write({ kind: 'keys' }, text)
  }

  async function takeReport(id: string, text: string): Promise<void> {
    openReport(text, id)
    const known = await repository.devices()
    if (!known.includes(id) && known.length >= LIMITS.devices)
      throw fail('bad-input', `This repository takes reports of ${LIMITS.devices} devices.`, '')
    await repository.write({ kind: 'device', id }, text, { lasting: false })
  }

  return takeDocument
}

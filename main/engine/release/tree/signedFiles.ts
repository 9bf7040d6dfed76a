import { fail } from '../../kit/index.ts'
import type { MetadataSource } from '../../trust/index.ts'

/** Bytes of one file of metadata. */
const LIMIT = 32 << 20

/** A file of metadata, as it lies there: nothing of it is checked. */
export interface MetadataFile {
  file: string
  content: Uint8Array
}

/** @throws Failure `not-found` where it is not there */
export async function readMetadata(
  metadata: MetadataSource,
  file: string,
  signal?: AbortSignal,
): Promise<MetadataFile> {
  const content = await metadata.read(file, LIMIT, signal)
  if (content) return { file, content }
  throw fail('not-found', `The metadata of the site is not whole: ${file} is missing.`, 'Publish again.')
}

/**
 * What the timestamp of a lane names: the snapshot, the files of that, and last the timestamp itself, as it is written
 * last.
 * @throws Failure `not-found` where the lane was not written yet, `tampered` where it is damaged
 */
export async function signedFiles(metadata: MetadataSource, signal?: AbortSignal): Promise<MetadataFile[]> {
  const timestamp = await readMetadata(metadata, 'timestamp.json', signal)
  const files: MetadataFile[] = []
  const [snapshot] = namedIn(timestamp)
  if (!snapshot) throw damaged()
  files.push(await readMetadata(metadata, snapshot, signal))
  for (const file of namedIn(files[0] as MetadataFile)) files.push(await readMetadata(metadata, file, signal))
  return [...files, timestamp]
}

/** Files of metadata that a timestamp or a snapshot names, with their versions before the name. */
function namedIn({ content }: MetadataFile): string[] {
  try {
    const { signed } = JSON.parse(Buffer.from(content).toString('utf8'))
    return Object.entries(signed.meta as Record<string, { version: number }>)
      .map(([name, { version }]) => `${Number(version)}.${name}`)
      .sort()
  } catch (cause) {
    throw damaged(cause)
  }
}

const damaged = (cause?: unknown) =>
  fail('tampered', 'The metadata of the site is damaged.', 'Publish again.', { cause })

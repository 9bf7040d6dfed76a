import { fail } from '../../kit/index.ts'
import type { MetadataSource } from '../../trust/index.ts'

/** Bytes of one file of metadata. */
const LIMIT = 32 << 20
/** Roots of one repository: one a year, and one for each key that was lost. */
const ROOTS = 1024

/**
 * The metadata a client needs to follow one lane from its first root on: all roots, and what the timestamp names. The
 * timestamp comes last, as it is written last.
 * @throws Failure `not-found` where the lane was not written yet, `tampered` where it is damaged
 */
export async function laneFiles(
  metadata: MetadataSource,
  signal?: AbortSignal,
): Promise<{ file: string; content: Uint8Array }[]> {
  const files: { file: string; content: Uint8Array }[] = []
  async function add(file: string): Promise<Uint8Array> {
    const content = await metadata.read(file, LIMIT, signal)
    if (!content)
      throw fail(
        'not-found',
        `The metadata of the site is not whole: ${file} is missing.`,
        'Make the pack again.',
      )
    files.push({ file, content })
    return content
  }
  for (let version = 1; version <= ROOTS; version++) {
    const content = await metadata.read(`${version}.root.json`, LIMIT, signal)
    if (!content) break
    files.push({ file: `${version}.root.json`, content })
  }
  if (files.length === 0) await add('1.root.json')
  const timestamp = await metadata.read('timestamp.json', LIMIT, signal)
  if (!timestamp) await add('timestamp.json')
  const [snapshot] = namedIn(timestamp as Uint8Array)
  for (const file of namedIn(await add(snapshot ?? 'timestamp.json'))) await add(file)
  files.push({ file: 'timestamp.json', content: timestamp as Uint8Array })
  return files
}

/** Files of metadata that a timestamp or a snapshot names, with their versions before the name. */
function namedIn(content: Uint8Array): string[] {
  try {
    const { signed } = JSON.parse(Buffer.from(content).toString('utf8'))
    return Object.entries(signed.meta as Record<string, { version: number }>)
      .map(([name, { version }]) => `${Number(version)}.${name}`)
      .sort()
  } catch (cause) {
    throw fail('tampered', 'The metadata of the site is damaged.', 'Make the pack again.', { cause })
  }
}

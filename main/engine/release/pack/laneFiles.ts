import { failureOf } from '../../kit/index.ts'
import type { MetadataSource } from '../../trust/index.ts'
import { type MetadataFile, readMetadata, signedFiles } from '../tree/signedFiles.ts'

/** Roots of one repository: one a year, and one for each key that was lost. */
const ROOTS = 1024

/**
 * The metadata a client needs to follow one lane from its first root on: all roots, and what the timestamp names.
 * @throws Failure `not-found` where the lane was not written yet, `tampered` where it is damaged
 */
export async function laneFiles(metadata: MetadataSource, signal?: AbortSignal): Promise<MetadataFile[]> {
  const files = [await readMetadata(metadata, '1.root.json', signal)]
  for (let version = 2; version <= ROOTS; version++) {
    const root = await readMetadata(metadata, `${version}.root.json`, signal).catch(absent)
    if (!root) break
    files.push(root)
  }
  return [...files, ...(await signedFiles(metadata, signal))]
}

function absent(error: unknown): null {
  if (failureOf(error).code === 'not-found') return null
  throw error
}

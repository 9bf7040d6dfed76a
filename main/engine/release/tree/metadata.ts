import { fail } from '../../kit/index.ts'
import { pathOfPlace, placeOfPath } from '../format/places.ts'
import type { Lane } from './source.ts'

/**
 * Path of a file of metadata, checked: names come out of other metadata.
 * @throws Failure `bad-input` for what is no name of the format
 */
export function metadataPath(site: string, lane: Lane, file: string): string {
  const path = pathOfPlace({ kind: 'metadata', site, lane, file })
  if (placeOfPath(path)?.kind !== 'metadata')
    throw fail(
      'bad-input',
      `"${`${site}/${file}`.slice(0, 120)}" names no metadata of a site.`,
      'Sites have 1 to 40 lower-case letters, digits and dashes.',
    )
  return path
}

/** Failure for a document that is longer than it may be. */
export const tooLong = (address: string, path: string) =>
  fail(
    'tampered',
    `The repository ${address} holds far too much in ${path}.`,
    'Publish again; if it stays, find out who can write into the repository.',
  )

import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ArtifactKind } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import { canonicalJson, hashFile, hashOf } from '../kit/index.ts'

/**
 * The files of a model in a folder that say all of it. An index of a checkpoint holds a checksum of each tensor, so the
 * data itself, which may be far more than one model, need not be read.
 */
const TELLING = /^(saved_model\.pb(txt)?|model\.json|checkpoint|.*\.(index|meta|bin))$/
const SHARD = /-\d{5}-of-\d{5}$/

function tellingFiles(folder: string): string[] {
  const names = ['', 'variables'].flatMap(part =>
    statSync(join(folder, part), { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(join(folder, part)).map(name => join(part, name))
      : [],
  )
  const telling = names.filter(name => TELLING.test(basename(name)))
  // A checkpoint of the first format has no index.
  const isIndexed = telling.some(name => name.endsWith('.index'))
  return [...telling, ...(isIndexed ? [] : names.filter(name => SHARD.test(name)))].sort()
}

/** Makes files from outside known to the lineage, as an artifact by what they hold that goes into the job. */
export async function comesFrom(path: string, kind: ArtifactKind, job: JobContext): Promise<void> {
  const isFolder = statSync(path).isDirectory()
  const isPart = !isFolder && /^model\.json$|\.(index|meta)$/.test(basename(path))
  const folder = isFolder ? path : dirname(path)
  let id = isFolder || isPart ? undefined : await hashFile(path, job.signal)
  if (!id) {
    const parts: [name: string, hash: string][] = []
    for (const name of tellingFiles(folder))
      parts.push([name, await hashFile(join(folder, name), job.signal)])
    id = hashOf(canonicalJson(parts))
  }
  job.makes({ id, kind, title: basename(path) })
  job.uses(id)
}

import { fail } from '../kit/index.ts'
import type { Generation, TrustStore } from './door.ts'
import type { MetadataSink, MetadataSource } from './trust.ts'

/** What is written stays in memory; what is read and was not written comes from below. */
export function memorySink(below?: MetadataSource): MetadataSink & { files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>()
  const read: MetadataSource['read'] = async (name, limit, signal) =>
    files.get(name) ?? (await below?.read(name, limit, signal)) ?? null
  return {
    files,
    read,
    async write(name, content, { exclusive = false } = {}) {
      if (exclusive && (await read(name, Number.POSITIVE_INFINITY)))
        throw fail('already-there', `${name} is there already.`, 'Read it and try the next one.')
      files.set(name, content)
    },
  }
}

/** Trust that ends with the program. */
export function memoryStore(): TrustStore {
  let newest: Generation | null = null
  let whole: Generation | null = null
  return {
    load: () => newest,
    whole: () => whole,
    save(files, isWhole) {
      newest = { files: new Map(files) }
      if (isWhole) whole = newest
    },
  }
}

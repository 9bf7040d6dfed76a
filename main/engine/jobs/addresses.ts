import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { atomicWrite, ensureFolder } from '../kit/index.ts'

const ADDRESS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"\\]+/gi
const USER = /^([^/]+\/\/)[^/]+@/
const HIDDEN = '***'

/** An address as people may see it: a token that was written into one is nobody else's. */
const shown = (address: string): string =>
  address
    .replace(USER, `$1${HIDDEN}@`)
    .replace(/([?&][^=&#]*(?:pass|secret|token|key|sig|credential|auth)[^=&#]*=)[^&#]+/gi, `$1${HIDDEN}`)

/** What a person wrote into addresses and no workspace may hold: kept beside the keys, by address. */
export interface Addresses {
  /** A text without secrets in its addresses; they are kept. */
  keep(text: string): string
  /** The text with the secrets that were given last for its addresses. One that is not known here is left out. */
  whole(text: string): string
}

/** @param folder of the keys, outside every workspace; null: they are known as long as the engine runs */
export function openAddresses(folder: string | null): Addresses {
  const file = folder && join(folder, 'addresses.json')
  const known = new Map<string, string>()

  /** Read anew each time: other windows write it, too. One that is damaged holds nothing that cannot be typed again. */
  function read(): void {
    if (!file || !existsSync(file)) return
    try {
      const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as object)
      for (const [address, whole] of entries) if (typeof whole === 'string') known.set(address, whole)
    } catch {}
  }

  return {
    keep(text) {
      const found = new Map<string, string>()
      const without = text.replace(ADDRESS, address => {
        const plain = shown(address)
        if (plain !== address) found.set(plain, address)
        return plain
      })
      if (found.size === 0) return without
      read()
      const isNew = [...found].some(([plain, address]) => known.get(plain) !== address)
      for (const [plain, address] of found) known.set(plain, address)
      if (file && folder && isNew) {
        ensureFolder(folder)
        atomicWrite(file, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`, 0o600)
      }
      return without
    },
    whole(text) {
      if (!text.includes(HIDDEN)) return text
      read()
      return text.replace(ADDRESS, address => known.get(address) ?? address.replace(`//${HIDDEN}@`, '//'))
    },
  }
}

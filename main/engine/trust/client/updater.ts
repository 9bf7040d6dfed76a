import type { Metadata, TargetFile } from '@tufjs/models'
import { Updater, type UpdaterOptions } from 'tuf-js'

/**
 * What of the library is used beyond its public types. `loadLocalMetadata`, `persistMetadata` and `trustedSet` are
 * private in the types of tuf-js 6.0.2 and public in what it ships; the version is pinned, and the tests of attacks and
 * power cuts stand guard over this file.
 */
interface Opened {
  loadLocalMetadata(role: string): Buffer
  persistMetadata(role: string, bytes: Buffer): void
  loadTargets(role: string, parent: string): Promise<unknown>
  readonly trustedSet: Store
  refresh(): Promise<void>
  getTargetInfo(path: string): Promise<TargetFile | undefined>
}

interface Store {
  referenceTime: Date
  getRole(role: string): Metadata<never> | undefined
  updateRoot(bytes: Buffer): unknown
  updateTimestamp(bytes: Buffer): unknown
  updateSnapshot(bytes: Buffer, trusted?: boolean): unknown
  updateDelegatedTargets(bytes: Buffer, role: string, delegator: string): unknown
}

const Base = Updater as unknown as new (options: UpdaterOptions) => Opened

/** A file that was not believed, and why; the library passes on no more than a text for some. */
export interface Refusal {
  role: string
  bytes: Uint8Array
  error: unknown
}

export interface DurableUpdater {
  refresh(): Promise<void>
  /** Fetches one delegated role, verified. */
  load(role: string): Promise<void>
  target(path: string): Promise<TargetFile | undefined>
  role(name: string): Metadata<never> | undefined
  /** The last file that was fetched and not believed. */
  readonly refused: Refusal | null
}

/**
 * The client of tuf-js (client workflow, TUF 1.0.31, section 5) over files in memory: the library's own writing loses
 * what it knew in a power cut, and with it the protection against older versions.
 * @param files role to file; what the workflow wants to be kept is put in as soon as it is verified
 * @param check refuses a file before anything of it is believed
 */
export function openUpdater(
  files: Map<string, Uint8Array>,
  options: Pick<UpdaterOptions, 'fetcher' | 'config'> & {
    baseUrl: string
    now: Date
    check: (signed: unknown) => void
  },
): DurableUpdater {
  class Durable extends Base {
    // Called by the constructor of the library already, so it may use nothing of this object.
    override loadLocalMetadata(role: string): Buffer {
      const bytes = files.get(role)
      if (!bytes) throw new Error(`${role} is not known yet`)
      return Buffer.from(bytes)
    }
    override persistMetadata(role: string, bytes: Buffer): void {
      files.set(role, bytes)
    }
  }
  const { baseUrl, now, check, ...rest } = options
  const updater = new Durable({ metadataDir: '', metadataBaseUrl: baseUrl, ...rest })
  const store = updater.trustedSet
  store.referenceTime = now
  let refused: Refusal | null = null
  const watch = (name: 'updateRoot' | 'updateTimestamp' | 'updateSnapshot' | 'updateDelegatedTargets') => {
    const update = store[name].bind(store) as (bytes: Buffer, ...more: unknown[]) => unknown
    const role = (more: unknown[]) =>
      name === 'updateDelegatedTargets' ? String(more[0]) : name.slice('update'.length).toLowerCase()
    store[name] = (bytes: Buffer, ...more: unknown[]) => {
      try {
        check(JSON.parse(bytes.toString('utf8')).signed)
        return update(bytes, ...more)
      } catch (error) {
        refused = { role: role(more), bytes, error }
        throw error
      }
    }
  }
  watch('updateRoot')
  watch('updateTimestamp')
  watch('updateSnapshot')
  watch('updateDelegatedTargets')
  return {
    refresh: () => updater.refresh(),
    async load(role) {
      await updater.loadTargets(role, 'targets')
    },
    target: path => updater.getTargetInfo(path),
    role: name => store.getRole(name),
    get refused() {
      return refused
    },
  }
}

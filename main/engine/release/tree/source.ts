import type { Hash } from '#contract'
import type { Lane, MetadataSink, MetadataSource } from '../../trust/index.ts'

export type { Lane }

/** The bytes of a blob on their way. */
export interface Stream {
  /** Where they begin: 0 where the other side cannot begin in the middle, else what was asked for. */
  from: number
  /** Ends early without an error where the other side does; nothing of it is checked yet. */
  chunks: AsyncIterable<Uint8Array>
  /** The other side knows no ranges: it sends all of it each time. */
  isWhole?: boolean
}

/** Where a device gets releases from: a folder, a web server, a pack on a stick. Nothing it says is to be trusted. */
export interface Source {
  /** The folder, the address without anything secret in it, or the file of the pack. */
  readonly address: string
  readonly kind: 'folder' | 'http' | 'pack'
  /** Which metadata its readers follow. */
  readonly lane: Lane
  /** Metadata of a site in the source's own lane, or in the one that is named. */
  metadata(site: string, lane?: Lane): MetadataSource
  /**
   * Names of the sites that are there. A plain web server lists nothing, so there it is `everyone` where that is there.
   * @throws Failure `unreachable`
   */
  sites(signal?: AbortSignal): Promise<string[]>
  /**
   * Bytes `from` (counted from 0) up to, and without, `to` of a blob; null where it is not there.
   * @throws Failure `unreachable`, also where the other side is silent for too long
   */
  blob(hash: Hash, from: number, to: number, signal?: AbortSignal): Promise<Stream | null>
  /**
   * Leaves a device's signed report (`DeviceReport`), in the place of the one before.
   * @throws Failure `unreachable`, `unsupported` where nothing can be left (a pack, a plain web server)
   */
  putStatus(device: string, report: Uint8Array, signal?: AbortSignal): Promise<void>
  /**
   * Leaves a sealed batch. Twice the same does no harm.
   * @throws Failure `unreachable`, `unsupported` as above, `already-there` for another one of the same number,
   * `disk-full` where no more are taken
   */
  putBatch(device: string, sequence: number, batch: Uint8Array, signal?: AbortSignal): Promise<void>
}

/** Content of a blob on its way in: bytes, or a file that is only read. */
export type Content = Uint8Array | { path: string }

/** The side of the one who publishes: everything a source is, and writing. Each write is whole or not at all. */
export interface Sink extends Source {
  readonly kind: 'folder' | 'http'
  metadata(site: string, lane?: Lane): MetadataSink
  /** Whether a blob is there whole. A folder hashes it, a server is asked for its length. */
  hasBlob(hash: Hash, bytes: number, signal?: AbortSignal): Promise<boolean>
  /** @throws Failure `tampered` where the content is not of this hash, `no-permission`, `disk-full`, `unreachable` */
  putBlob(hash: Hash, content: Content, signal?: AbortSignal): Promise<void>
  /** `oci-layout` and `index.json`: for other tools; devices do not read them. */
  readIndex(signal?: AbortSignal): Promise<Uint8Array | null>
  writeIndex(index: Uint8Array, signal?: AbortSignal): Promise<void>
  /** Ids of the devices that reported here. */
  devices(signal?: AbortSignal): Promise<string[]>
  /** The report of one, unchecked: see `openReport`. */
  status(device: string, signal?: AbortSignal): Promise<Uint8Array | null>
  /** The sealed batches that wait here, in the order of device and number. */
  batches(signal?: AbortSignal): Promise<{ device: string; sequence: number }[]>
  batch(device: string, sequence: number, signal?: AbortSignal): Promise<Uint8Array | null>
  /** Makes room once a batch is taken in. */
  removeBatch(device: string, sequence: number, signal?: AbortSignal): Promise<void>
}

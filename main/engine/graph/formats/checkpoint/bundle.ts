import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { fail, maskedCrc32c } from '../../../kit/index.ts'
import { bytesPerElement } from '../../dtype.ts'
import {
  type BundleEntryProto,
  BundleEntryProtoSchema,
  BundleHeaderProto_Endianness,
  BundleHeaderProtoSchema,
} from '../../gen/tensor_bundle_pb.ts'
import { DataType as Code } from '../../gen/types_pb.ts'
import { type DataType, sizeOf, type Tensor } from '../../graph.ts'
import { fileSource, type Source } from '../graphdef/source.ts'
import { type Part, partKey } from './orderedCode.ts'
import { damaged, orDamaged, readVarint, tableEntries } from './sstable.ts'
import {
  boxOf,
  type Checkpoint,
  copyCommon,
  emptyTensor,
  notStored,
  partOf,
  plainType,
  shapeOf,
  type Wanted,
  wantedId,
} from './stored.ts'

/** Keys are bytes: parts of tensors have some that are no text. */
const keyOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const textKey = (text: string): string => keyOf(new TextEncoder().encode(text))

const MOST_TEXT = 2 ** 28

/**
 * A checkpoint of version 2, as TF2 and SavedModels have it: `prefix.index`, a table of what is where, and
 * `prefix.data-00000-of-00002`, plain little-endian values (TensorFlow's `core/util/tensor_bundle/tensor_bundle.h`).
 * @throws Failure `unreadable-file`; `unsupported` for one of a big-endian machine
 */
export function openBundle(prefix: string): Checkpoint {
  return new Bundle(prefix)
}

class Bundle implements Checkpoint {
  readonly bytes: number
  readonly #prefix: string
  readonly #entries = new Map<string, Uint8Array>()
  readonly #shards = new Map<number, Source>()
  #count = 1
  /** Values do not overlap, so that all of them are no more than their files. */
  readonly #budget = new Map<number, number>()

  constructor(prefix: string) {
    this.#prefix = prefix
    const name = `${basename(prefix)}.index`
    const source = fileSource(`${prefix}.index`)
    try {
      // A key is there twice in no table; were it, the later one would hide what the graph was saved with.
      for (const { key, value } of tableEntries(source, name)) this.#entries.set(keyOf(key), value.slice())
    } finally {
      source.close()
    }
    const header = this.#entries.get('')
    if (!header) throw damaged(name)
    const { numShards, endianness } = orDamaged(name, () => fromBinary(BundleHeaderProtoSchema, header))
    if (endianness === BundleHeaderProto_Endianness.BIG)
      throw fail(
        'unsupported-graph',
        'The checkpoint was written on a big-endian machine.',
        'Load and save it again with TensorFlow on a usual computer.',
      )
    this.#count = numShards
    this.bytes = statSync(`${prefix}.index`).size + this.#sizeOfShards()
  }

  #sizeOfShards(): number {
    let size = 0
    for (let shard = 0; shard < Math.min(this.#count, 10_000); shard++) {
      const path = this.#path(shard)
      if (existsSync(path)) size += statSync(path).size
    }
    return size
  }

  #path(shard: number): string {
    const five = (value: number) => String(value).padStart(5, '0')
    return `${this.#prefix}.data-${five(shard)}-of-${five(this.#count)}`
  }

  has(key: string): boolean {
    return this.#entries.has(textKey(key))
  }

  *keys(): Iterable<string> {
    const decoder = new TextDecoder()
    for (const key of this.#entries.keys())
      if (key !== '' && !key.startsWith('\0')) yield decoder.decode(Buffer.from(key, 'latin1'))
  }

  async read(wanted: Wanted[], signal?: AbortSignal): Promise<Map<string, Tensor>> {
    const found = new Map<string, Tensor>()
    for (const one of wanted) {
      const id = wantedId(one)
      if (found.has(id)) continue
      found.set(id, this.#tensor(one))
      await setImmediate()
      signal?.throwIfAborted()
    }
    return found
  }

  text(key: string): Uint8Array | undefined {
    if (!this.has(key)) return undefined
    const entry = this.#entry(textKey(key), key)
    if (entry.dtype !== Code.DT_STRING) return undefined
    const size = Number(entry.size)
    const name = basename(this.#path(entry.shardId))
    if (!(size >= 0 && size <= MOST_TEXT)) throw damaged(name)
    const bytes = new Uint8Array(size)
    this.#into(entry, bytes)
    return orDamaged(name, () => firstString(bytes, sizeOf(shapeOf(entry.shape)), entry.crc32c))
  }

  close(): void {
    for (const source of this.#shards.values()) source.close()
    this.#shards.clear()
  }

  #entry(stored: string, key: string): BundleEntryProto {
    const bytes = this.#entries.get(stored)
    if (!bytes) throw notStored(key)
    return orDamaged(`${basename(this.#prefix)}.index`, () => fromBinary(BundleEntryProtoSchema, bytes))
  }

  #tensor({ key, part }: Wanted): Tensor {
    const entry = this.#entry(textKey(key), key)
    const dtype = plainType(entry.dtype, key)
    return orDamaged(`${basename(this.#prefix)}.index`, () => {
      const shape = shapeOf(entry.shape)
      const box = boxOf(part, shape)
      if (entry.slices.length === 0) {
        const whole = this.#plain(entry, dtype, shape)
        return part ? cut(whole, box) : whole
      }
      const parts = entry.slices.map(partOf)
      const same = parts.find(one => isSame(boxOf(one, shape), box))
      if (same) return this.#plain(this.#part(key, same), dtype, box.size)
      return this.#joined(key, parts, dtype, shape, box)
    })
  }

  #part(key: string, part: Part): BundleEntryProto {
    return this.#entry(keyOf(partKey(key, part)), key)
  }

  /** Those of the parts that a box needs, put together. */
  #joined(key: string, parts: Part[], dtype: DataType, shape: number[], box: Part): Tensor {
    const size = parts.reduce((sum, part) => sum + sizeOf(boxOf(part, shape).size), 0)
    if (size !== sizeOf(shape)) throw new RangeError('The parts do not make up the tensor')
    const available = parts.reduce((sum, part) => sum + Number(this.#part(key, part).size), 0)
    if (available > this.bytes) throw new RangeError('There is less than that')
    const { tensor, bytes } = emptyTensor(dtype, box.size)
    for (const part of parts) {
      const place = boxOf(part, shape)
      const { data } = this.#plain(this.#part(key, part), dtype, place.size)
      const from = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      copyCommon({ bytes: from, ...place }, { bytes, ...box }, bytesPerElement(dtype))
    }
    return tensor
  }

  #plain(entry: BundleEntryProto, dtype: DataType, shape: number[]): Tensor {
    const size = sizeOf(shape) * bytesPerElement(dtype)
    if (Number(entry.size) !== size) throw new RangeError('Another size than its shape says')
    const source = this.#shard(entry.shardId)
    const left = (this.#budget.get(entry.shardId) ?? 0) - size
    if (left < 0 || Number(entry.offset) + size > source.size) throw new RangeError('Past the end')
    this.#budget.set(entry.shardId, left)
    const { tensor, bytes } = emptyTensor(dtype, shape)
    this.#into(entry, bytes)
    if (maskedCrc32c(bytes) !== entry.crc32c) throw damaged(basename(this.#path(entry.shardId)))
    return tensor
  }

  #into({ shardId, offset }: BundleEntryProto, bytes: Uint8Array): void {
    this.#shard(shardId).into(Number(offset), bytes)
  }

  #shard(shard: number): Source {
    const open = this.#shards.get(shard)
    if (open) return open
    const path = this.#path(shard)
    if (shard < 0 || shard >= this.#count || !existsSync(path))
      throw fail(
        'unreadable-file',
        `The file ${basename(path)} with weights of the model is not there.`,
        'Copy the whole folder of the model again.',
      )
    const source = fileSource(path)
    this.#shards.set(shard, source)
    // The same tensor may be asked for as a whole and in parts.
    this.#budget.set(shard, source.size * 4)
    return source
  }
}

const isSame = (a: Part, b: Part): boolean =>
  a.start.join() === b.start.join() && a.size.join() === b.size.join()

function cut(whole: Tensor, box: Part): Tensor {
  const { tensor, bytes } = emptyTensor(whole.dtype, box.size)
  const { data, shape } = whole
  const from = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  copyCommon(
    { bytes: from, start: shape.map(() => 0), size: shape },
    { bytes, ...box },
    bytesPerElement(whole.dtype),
  )
  return tensor
}

/** Strings are stored as all their lengths, a checksum of those, and their bytes. */
function firstString(bytes: Uint8Array, count: number, sum: number): Uint8Array {
  const at = { value: 0 }
  if (count < 1 || count > bytes.length) throw new RangeError('No such count')
  const lengths = Array.from({ length: count }, () => readVarint(bytes, at))
  const plain = new Uint8Array(count * 4)
  const view = new DataView(plain.buffer)
  for (const [i, length] of lengths.entries()) view.setUint32(i * 4, length, true)
  const checked = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at.value, true)
  const from = at.value + 4
  const first = lengths[0] as number
  const total = lengths.reduce((all, length) => all + length, 0)
  const isWhole = maskedCrc32c(plain) === checked && from + total === bytes.length
  const all = Buffer.concat([plain, bytes.subarray(at.value)])
  if (!isWhole || maskedCrc32c(all) !== sum) throw new RangeError('Another checksum')
  return bytes.subarray(from, from + first)
}

import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { create, fromBinary } from '@bufbuild/protobuf'
import { bytesPerElement } from '../../dtype.ts'
import { SavedTensorSlicesSchema } from '../../gen/saved_tensor_slice_pb.ts'
import { TensorShapeProtoSchema } from '../../gen/tensor_shape_pb.ts'
import type { DataType as Code } from '../../gen/types_pb.ts'
import { sizeOf, type Tensor } from '../../graph.ts'
import { fileSource } from '../graphdef/source.ts'
import { readTensor } from '../tensorProto.ts'
import { partsKey } from './orderedCode.ts'
import { damaged, type Entry, orDamaged, tableEntries } from './sstable.ts'
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

interface Stored {
  code: Code
  shape: number[]
}

/**
 * A checkpoint of version 1, as TensorFlow before 1.0 wrote it: one table, or several named `X-00000-of-00002`, whose
 * first value says what tensors there are and each other holds a part of one (TensorFlow's
 * `core/util/saved_tensor_slice.proto`).
 */
export function openSlices(prefix: string): Checkpoint {
  const paths = filesOf(prefix)
  const stored = new Map<string, Stored>()
  for (const path of paths) for (const [name, one] of readMeta(path)) stored.set(name, one)
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0)
  return {
    bytes,
    has: key => stored.has(key),
    keys: () => stored.keys(),
    text: () => undefined,
    close: () => {},
    async read(wanted, signal) {
      const targets = targetsOf(wanted, stored, bytes)
      for (const path of paths) {
        const source = fileSource(path)
        try {
          let rest = 0
          for (const entry of tableEntries(source, basename(path))) {
            fill(entry, targets, stored, basename(path))
            if (++rest % 16 !== 0) continue
            await setImmediate()
            signal?.throwIfAborted()
          }
        } finally {
          source.close()
        }
      }
      for (const target of targets) if (target.filled < sizeOf(target.box.size)) throw notStored(target.key)
      return new Map(targets.map(({ id, tensor }) => [id, tensor]))
    },
  }
}

interface Target {
  id: string
  key: string
  prefix: Uint8Array
  box: { start: number[]; size: number[] }
  tensor: Tensor
  bytes: Uint8Array
  filled: number
}

/** The files of a checkpoint of version 1: one, or its numbered parts in order. */
export function filesOf(prefix: string): string[] {
  const folder = dirname(prefix)
  const name = basename(prefix)
  const names = readdirSync(folder)
  if (names.includes(name)) return [prefix]
  const isShard = (other: string) =>
    other.startsWith(`${name}-`) && /^-\d{5}-of-\d{5}$/.test(other.slice(name.length))
  return names
    .filter(isShard)
    .sort()
    .map(other => join(folder, other))
}

function readMeta(path: string): [string, Stored][] {
  const name = basename(path)
  const source = fileSource(path)
  try {
    return orDamaged(name, () => {
      const [first] = tableEntries(source, name)
      if (!first || first.key.length > 0) throw new RangeError('No table of contents')
      const { meta } = fromBinary(SavedTensorSlicesSchema, first.value)
      return (meta?.tensor ?? []).map(one => [one.name, { code: one.type, shape: shapeOf(one.shape) }])
    })
  } finally {
    source.close()
  }
}

function targetsOf(wanted: Wanted[], stored: Map<string, Stored>, available: number): Target[] {
  const targets = new Map<string, Target>()
  // A small number may be stored in one byte where it takes eight in memory; nothing grows more than that.
  let room = available * 8
  for (const one of wanted) {
    const id = wantedId(one)
    if (targets.has(id)) continue
    const found = stored.get(one.key)
    if (!found) throw notStored(one.key)
    const dtype = plainType(found.code, one.key)
    const box = orDamaged(one.key, () => boxOf(one.part, found.shape))
    room -= sizeOf(box.size) * bytesPerElement(dtype)
    if (room < 0) throw damaged(one.key)
    const prefix = partsKey(one.key)
    targets.set(id, { id, key: one.key, prefix, box, ...emptyTensor(dtype, box.size), filled: 0 })
  }
  return [...targets.values()]
}

function fill({ key, value }: Entry, targets: Target[], stored: Map<string, Stored>, name: string): void {
  const wanted = targets.filter(({ prefix }) => prefix.every((byte, i) => byte === key[i]))
  const [first] = wanted
  if (!first) return
  const { code, shape } = stored.get(first.key) as Stored
  orDamaged(name, () => {
    const { data } = fromBinary(SavedTensorSlicesSchema, value)
    if (!data?.slice || !data.data) throw new RangeError('No values')
    const place = boxOf(partOf(data.slice), shape)
    const tensorShape = create(TensorShapeProtoSchema, {
      dim: place.size.map(size => ({ size: BigInt(size) })),
    })
    const values = readTensor({ ...data.data, dtype: code, tensorShape }, first.key)
    if (!values) throw new RangeError('No values')
    const from = new Uint8Array(values.data.buffer, values.data.byteOffset, values.data.byteLength)
    for (const target of wanted) {
      copyCommon(
        { bytes: from, ...place },
        { bytes: target.bytes, ...target.box },
        bytesPerElement(target.tensor.dtype),
      )
      target.filled += common(place, target.box)
    }
  })
}

/** How many elements two boxes have in common. */
function common(a: Target['box'], b: Target['box']): number {
  return a.start.reduce((product, start, axis) => {
    const end = Math.min(
      start + (a.size[axis] as number),
      (b.start[axis] as number) + (b.size[axis] as number),
    )
    return product * Math.max(0, end - Math.max(start, b.start[axis] as number))
  }, 1)
}

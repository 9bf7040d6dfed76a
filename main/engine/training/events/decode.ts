import { BinaryReader } from '@bufbuild/protobuf/wire'
import { type Buckets, type EventSink, PLUGINS, TYPES } from './event.ts'
import { readHparams } from './hparams.ts'
import { readTensor } from './tensor.ts'

/** What was learned of a tag at its first value. */
interface Tag {
  name: string
  bytes: Buffer
  /** Null for values that are none of ours: images, audio, tensors. */
  plugin: string | null
}

/**
 * Decodes the events of one file (tensorflow/core/util/event.proto, core/framework/summary.proto), and hands over what
 * they say. Walked by hand, without an object a value, since there are millions; a tag's name is decoded once. Writers may
 * give a tag's metadata with its first value only.
 *
 * @returns takes one record; throws RangeError for one that is no event
 */
export function openDecoder(sink: EventSink): (record: Buffer) => void {
  const tags = new Map<number, Tag[]>()
  let bytes: Buffer = Buffer.alloc(0)
  let pos = 0

  function varint(): number {
    let byte = bytes[pos++] as number
    if (byte < 128) return byte
    let value = byte & 127
    for (let factor = 128; ; factor *= 128) {
      byte = bytes[pos++] as number
      if (byte === undefined || factor > 2 ** 63) throw new RangeError('A number does not end')
      value += (byte & 127) * factor
      if (byte < 128) return value > 2 ** 63 ? value - 2 ** 64 : value
    }
  }

  function skip(wire: number): void {
    if (wire === 0) varint()
    else if (wire === 1) pos += 8
    else if (wire === 2) {
      const length = varint()
      pos += length
    } else if (wire === 5) pos += 4
    else throw new RangeError('No such type of field')
  }

  /** The end of the message that begins here. */
  function within(outer: number): number {
    const length = varint()
    const end = pos + length
    if (!(end <= outer)) throw new RangeError('A message goes past the end')
    return end
  }

  return function decode(record) {
    bytes = record
    pos = 0
    const end = record.length
    let [at, step] = [0, 0]
    let [summary, summaryEnd] = [-1, -1]
    while (pos < end) {
      const key = varint()
      if (key === 9) {
        at = bytes.readDoubleLE(pos)
        pos += 8
      } else if (key === 16) step = varint()
      else if (key === 42) {
        summaryEnd = within(end)
        summary = pos
        pos = summaryEnd
      } else skip(key & 7)
    }
    if (pos !== end) throw new RangeError('An event goes past its end')
    if (summary < 0) return
    pos = summary
    while (pos < summaryEnd) {
      const key = varint()
      if (key === 10) value(within(summaryEnd), step, at)
      else skip(key & 7)
    }
  }

  function value(end: number, step: number, at: number): void {
    let [tagFrom, tagEnd, tensor, tensorEnd, meta, metaEnd, histogram, histogramEnd] =
      Array<number>(8).fill(0)
    let simple: number | null = null
    while (pos < end) {
      const key = varint()
      switch (key) {
        case 10:
          tagEnd = within(end)
          tagFrom = pos
          pos = tagEnd
          break
        case 21:
          simple = bytes.readFloatLE(pos)
          pos += 4
          break
        case 42:
          histogramEnd = within(end)
          histogram = pos
          pos = histogramEnd
          break
        case 66:
          tensorEnd = within(end)
          tensor = pos
          pos = tensorEnd
          break
        case 74:
          metaEnd = within(end)
          meta = pos
          pos = metaEnd
          break
        default:
          skip(key & 7)
      }
    }
    if (pos !== end) throw new RangeError('A value goes past its end')
    const known = tagOf(tagFrom as number, tagEnd as number, meta as number, metaEnd as number)
    const after = pos
    if (simple !== null) sink.scalar(known.name, step, at, simple)
    else if (histogramEnd) {
      const buckets = readOldHistogram(bytes.subarray(histogram, histogramEnd))
      sink.histogram(known.name, step, at, buckets)
    } else if (known.plugin === PLUGINS.hparams) told(bytes.subarray(meta, metaEnd))
    else if (tensorEnd && known.plugin === PLUGINS.scalars) {
      const number = scalarIn(tensor as number, tensorEnd)
      if (number !== null) sink.scalar(known.name, step, at, number)
    } else if (tensorEnd && known.plugin === PLUGINS.histograms) {
      const { numbers } = readTensor(bytes.subarray(tensor, tensorEnd))
      if (numbers.length > 0 && numbers.length % 3 === 0)
        sink.histogram(known.name, step, at, Float64Array.from(numbers))
    } else if (tensorEnd && known.plugin === PLUGINS.text) {
      const { texts } = readTensor(bytes.subarray(tensor, tensorEnd))
      if (texts.length > 0) sink.text(known.name, step, at, texts.join('\n'))
    }
    pos = after
  }

  /** One float or double, the two ways in which nearly all scalars are written; others by the reader of all tensors. */
  function scalarIn(from: number, end: number): number | null {
    pos = from
    let type = 0
    let found: number | null = null
    while (pos < end) {
      const key = varint()
      if (key === 8) type = varint()
      else if (key === 34) {
        const to = within(end)
        if (type === TYPES.float && to - pos === 4) found = bytes.readFloatLE(pos)
        else if (type === TYPES.double && to - pos === 8) found = bytes.readDoubleLE(pos)
        pos = to
      } else if (key === 42) {
        const to = within(end)
        if (to - pos === 4) found = bytes.readFloatLE(pos)
        pos = to
      } else skip(key & 7)
    }
    if (found !== null) return found
    const { numbers } = readTensor(bytes.subarray(from, end))
    return numbers[0] ?? null
  }

  function tagOf(from: number, end: number, meta: number, metaEnd: number): Tag {
    let hash = -2128831035
    for (let i = from; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 16777619)
    const same = tags.get(hash)
    const known = same?.find(each => bytes.compare(each.bytes, 0, each.bytes.length, from, end) === 0)
    if (known) return known
    const name = bytes.subarray(from, end)
    const found: Tag = {
      name: name.toString(),
      bytes: Buffer.from(name),
      plugin: metaEnd ? pluginIn(bytes.subarray(meta, metaEnd)) : null,
    }
    if (same) same.push(found)
    else tags.set(hash, [found])
    return found
  }

  /** What the hparams plugin keeps in the metadata itself. */
  function told(metadata: Buffer): void {
    const content = contentIn(metadata)
    const data = content ? readHparams(content) : null
    if (data?.kind === 'start') sink.params(data.values)
    if (data?.kind === 'end')
      sink.ended((['unknown', 'succeeded', 'failed'] as const)[data.status] ?? 'unknown', data.at)
  }
}

/** The fields of `SummaryMetadata.plugin_data`: 1 the plugin's name, 2 what it keeps. */
function pluginField(metadata: Uint8Array, wanted: 1 | 2): Uint8Array | null {
  const reader = new BinaryReader(metadata)
  let found: Uint8Array | null = null
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field !== 1) {
      reader.skip(wire, field)
      continue
    }
    const end = reader.uint32() + reader.pos
    while (reader.pos < end) {
      const [inner, kind] = reader.tag()
      if (inner === wanted) found = reader.bytes()
      else reader.skip(kind, inner)
    }
  }
  return found
}

const pluginIn = (metadata: Uint8Array): string | null => {
  const name = pluginField(metadata, 1)
  return name && Buffer.from(name).toString()
}

const contentIn = (metadata: Uint8Array): Uint8Array | null => pluginField(metadata, 2)

/** A `HistogramProto`: limits and counts of its buckets; the outermost limits are the least and the greatest value. */
function readOldHistogram(bytes: Uint8Array): Buckets {
  const reader = new BinaryReader(bytes)
  let [min, max] = [0, 0]
  const [limits, counts]: [number[], number[]] = [[], []]
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field === 1) min = reader.double()
    else if (field === 2) max = reader.double()
    else if (field === 6 || field === 7) {
      const list = field === 6 ? limits : counts
      const end = wire === 2 ? reader.uint32() + reader.pos : reader.pos + 8
      while (reader.pos < end) list.push(reader.double())
    } else reader.skip(wire, field)
  }
  const buckets: number[] = []
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue
    buckets.push(Math.max(limits[i - 1] ?? min, min), Math.min(limits[i] ?? max, max), count)
  }
  return Float64Array.from(buckets)
}

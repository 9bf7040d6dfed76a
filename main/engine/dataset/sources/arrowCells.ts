import {
  type Data,
  type DataType,
  DateUnit,
  IntervalUnit,
  TimeUnit,
  Type,
  UnionMode,
  type Vector,
} from 'apache-arrow'
import { bytesCell } from './bytes.ts'
import type { Kind } from './kind.ts'

/** How the cells of an Arrow type are read: from the column's data of one batch, at a place that is not missing. */
export interface CellReader {
  kind: Kind
  read(data: Data, at: number): unknown
}

/** What some types say beside what they are. */
interface Traits {
  unit: number
  precision: number
  scale: number
  listSize: number
  mode: UnionMode
  typeIdToChildIndex: Record<number, number>
  children: { name: string }[]
}
const traits = (type: DataType) => type as unknown as Traits

const PER_SECOND: Record<TimeUnit, bigint> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1_000n,
  [TimeUnit.MICROSECOND]: 1_000_000n,
  [TimeUnit.NANOSECOND]: 1_000_000_000n,
}
export const UNIT_WORDS: Record<TimeUnit, string> = {
  [TimeUnit.SECOND]: 'seconds',
  [TimeUnit.MILLISECOND]: 'milliseconds',
  [TimeUnit.MICROSECOND]: 'microseconds',
  [TimeUnit.NANOSECOND]: 'nanoseconds',
}
const DAY_MS = 86_400_000

/** Divides and rounds down, so that moments before 1970 keep their day. */
const floorDivide = (value: bigint, by: bigint) => (value - (((value % by) + by) % by)) / by

function micros(value: bigint, unit: TimeUnit): bigint {
  const per = PER_SECOND[unit]
  return per > 1_000_000n ? floorDivide(value, per / 1_000_000n) : value * (1_000_000n / per)
}

/** A time of day as `hh:mm:ss`, with as many decimals as it needs. */
function clock(value: bigint, unit: TimeUnit): string {
  const per = PER_SECOND[unit]
  const seconds = Number(value / per)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const whole = parts.map(part => String(part).padStart(2, '0')).join(':')
  const rest = value % per
  if (!rest) return whole
  return `${whole}.${String(rest)
    .padStart(String(per).length - 1, '0')
    .replace(/0+$/, '')}`
}

/** The whole number of a decimal: two's complement in words of 32 bits, the least first. */
function wordsOf(words: Uint32Array): bigint {
  let value = 0n
  for (let at = words.length - 1; at >= 0; at--) value = (value << 32n) | BigInt(words[at] as number)
  return BigInt.asIntN(words.length * 32, value)
}

/** A whole number and a scale as the text of a decimal, of which the nearest float can be read. */
export function decimalText(whole: bigint, scale: number): string {
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0')
  const sign = whole < 0n ? '-' : ''
  if (scale <= 0) return sign + digits + '0'.repeat(-scale)
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** An interval as ISO 8601 writes it. */
function interval(data: Data, at: number): string {
  const unit: IntervalUnit = traits(data.type).unit
  const { values } = data
  if (unit === IntervalUnit.YEAR_MONTH) return `P${values[at]}M`
  if (unit === IntervalUnit.DAY_TIME) return `P${values[2 * at]}DT${Number(values[2 * at + 1]) / 1000}S`
  const view = new DataView(values.buffer, values.byteOffset + 16 * at, 16)
  const nanos = view.getBigInt64(8, true)
  return `P${view.getInt32(0, true)}M${view.getInt32(4, true)}DT${decimalText(nanos, 9).replace(/\.?0+$/, '')}S`
}

/** The values of a dictionary, read once. */
const dictionaries = new WeakMap<Vector, unknown[]>()

function entryOf(dictionary: Vector, reader: CellReader, at: number): unknown {
  let values = dictionaries.get(dictionary)
  if (!values) {
    values = dictionary.data.flatMap(data =>
      Array.from({ length: data.length }, (_, row) => (data.getValid(row) ? reader.read(data, row) : null)),
    )
    dictionaries.set(dictionary, values)
  }
  return values[at]
}

/** A cell of whatever type as JSON text. */
function json(data: Data, at: number): string {
  if (data.type.typeId === Type.Null || !data.getValid(at)) return 'null'
  const type: DataType = data.type
  switch (type.typeId) {
    case Type.List:
    case Type.LargeList: {
      const [begin, end] = [Number(data.valueOffsets[at]), Number(data.valueOffsets[at + 1])]
      return listOf(data.children[0] as Data, begin, end)
    }
    case Type.FixedSizeList: {
      const size: number = traits(data.type).listSize
      return listOf(data.children[0] as Data, at * size, (at + 1) * size)
    }
    case Type.Struct:
      return `{${data.children
        .map((child, i) => `${JSON.stringify(traits(data.type).children[i]?.name)}:${json(child, at)}`)
        .join(',')}}`
    case Type.Map: {
      const [keys, values] = (data.children[0] as Data).children as [Data, Data]
      const entries: string[] = []
      for (let i = data.valueOffsets[at] as number; i < (data.valueOffsets[at + 1] as number); i++) {
        const key = json(keys, i)
        entries.push(`${key.startsWith('"') ? key : JSON.stringify(key)}:${json(values, i)}`)
      }
      return `{${entries.join(',')}}`
    }
    case Type.Union: {
      const child = data.children[
        traits(data.type).typeIdToChildIndex[data.typeIds[at] as number] as number
      ] as Data
      return json(child, traits(data.type).mode === UnionMode.Dense ? (data.valueOffsets[at] as number) : at)
    }
  }
  const { kind, read } = readerOf(type)
  const value = read(data, at)
  if (value === null || value === undefined) return 'null'
  if (kind === 'date') return `"${new Date(Number(value) * DAY_MS).toISOString().slice(0, 10)}"`
  if (kind === 'timestamp') {
    const whole = floorDivide(value as bigint, 1_000_000n)
    const rest = Number((value as bigint) - whole * 1_000_000n)
    const seconds = new Date(Number(whole) * 1000).toISOString().slice(0, 19)
    return `"${seconds}${rest ? `.${String(rest).padStart(6, '0').replace(/0+$/, '')}` : ''}Z"`
  }
  if (typeof value === 'object') return JSON.stringify((value as { value: string }).value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  return typeof value === 'string' && kind !== 'decimal' ? JSON.stringify(value) : String(value)
}

function listOf(child: Data, begin: number, end: number): string {
  const items: string[] = []
  for (let at = begin; at < end; at++) items.push(json(child, at))
  return `[${items.join(',')}]`
}

const plain: CellReader['read'] = (data, at) => data.values[at]

/** What a column's cells become. Nested ones are JSON text, times of day text, durations a number of their unit. */
export function readerOf(type: DataType): CellReader {
  switch (type.typeId) {
    case Type.Int:
      return { kind: 'integer', read: plain }
    case Type.Float:
      return {
        kind: 'float',
        read: traits(type).precision === 0 ? (data, at) => half(data.values[at]) : plain,
      }
    case Type.Bool:
      return { kind: 'boolean', read: (data, at) => (data.values[at >> 3] & (1 << (at % 8))) !== 0 }
    case Type.Decimal: {
      const { scale, precision } = traits(type)
      const whole = (data: Data, at: number) => {
        const { stride } = data
        return wordsOf(data.values.subarray(stride * at, stride * (at + 1)))
      }
      if (scale !== 0 || precision > 38)
        return { kind: 'float', read: (data, at) => Number(decimalText(whole(data, at), scale)) }
      if (precision <= 18) return { kind: 'integer', read: whole }
      return { kind: 'decimal', read: (data, at) => String(whole(data, at)) }
    }
    case Type.Date:
      return {
        kind: 'date',
        read:
          traits(type).unit === DateUnit.DAY
            ? plain
            : (data, at) => Math.floor(Number(data.values[at]) / DAY_MS),
      }
    case Type.Timestamp:
      return { kind: 'timestamp', read: (data, at) => micros(data.values[at], traits(data.type).unit) }
    case Type.Time:
      return { kind: 'text', read: (data, at) => clock(BigInt(data.values[at]), traits(data.type).unit) }
    case Type.Duration:
      return { kind: 'integer', read: plain }
    case Type.Interval:
      return { kind: 'text', read: interval }
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return { kind: 'text', read: (data, at) => textAt(data, at) }
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
    case Type.FixedSizeBinary:
      return { kind: 'bytes', read: (data, at) => bytesCell(bytesAt(data, at)) }
    case Type.Dictionary: {
      const reader = readerOf((type as unknown as { dictionary: DataType }).dictionary)
      return {
        kind: reader.kind,
        read: (data, at) => entryOf(data.dictionary as Vector, reader, Number(data.values[at])),
      }
    }
    case Type.Null:
      return { kind: 'text', read: () => null }
    default:
      return { kind: 'text', read: json }
  }
}

/** A float of 16 bits (IEEE 754-2008). */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024))
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const textAt = (data: Data, at: number) => decoder.decode(bytesAt(data, at))

/** The bytes of a cell of text or binary. A view holds up to 12 bytes itself, else says in which buffer they lie. */
function bytesAt(data: Data, at: number): Uint8Array {
  const { typeId } = data.type
  if (typeId === Type.FixedSizeBinary) return data.values.subarray(data.stride * at, data.stride * (at + 1))
  if (typeId !== Type.Utf8View && typeId !== Type.BinaryView)
    return data.values.subarray(Number(data.valueOffsets[at]), Number(data.valueOffsets[at + 1]))
  const { buffer, byteOffset } = data.values as Uint8Array
  const view = new DataView(buffer, byteOffset + at * 16, 16)
  const size = view.getInt32(0, true)
  if (size <= 12) return data.values.subarray(at * 16 + 4, at * 16 + 4 + size)
  const long = data.variadicBuffers[view.getInt32(8, true)] as Uint8Array
  const from = view.getInt32(12, true)
  if (from < 0 || from + size > long.length) throw new RangeError('a text lies outside its buffer')
  return long.subarray(from, from + size)
}

const isOffsets = (typeId: Type) =>
  [Type.Utf8, Type.LargeUtf8, Type.Binary, Type.LargeBinary, Type.List, Type.LargeList, Type.Map].includes(
    typeId,
  )

/**
 * Checks that the buffers hold as many cells as a batch says that it has, and that nothing points out of them.
 * @throws RangeError
 */
export function checkData(data: Data, length: number): void {
  const short = () => new RangeError('a buffer is shorter than its column')
  if (data.length < length) throw short()
  const { typeId } = data.type
  if (typeId === Type.Null) return
  if (data.nullBitmap?.length && data.nullBitmap.length * 8 < length) throw short()
  if (isOffsets(typeId)) {
    const offsets = data.valueOffsets as Int32Array | BigInt64Array
    if (length && offsets.length < length + 1) throw short()
    const child = data.children[0]
    const most = child ? child.length : (data.values as Uint8Array).length
    for (let at = 0, last = 0; at <= length && at < offsets.length; at++) {
      const offset = Number(offsets[at])
      if (offset < last || offset > most) throw short()
      last = offset
    }
    if (child) checkData(child, child.length)
    return
  }
  if (typeId === Type.Struct) {
    for (const child of data.children) checkData(child, length)
    return
  }
  if (typeId === Type.FixedSizeList) {
    const child = data.children[0] as Data
    checkData(child, length * traits(data.type).listSize)
    return
  }
  if (typeId === Type.Union) {
    if (data.typeIds.length < length) throw short()
    for (const child of data.children) checkData(child, child.length)
    for (let at = 0; at < length; at++) {
      const child = data.children[traits(data.type).typeIdToChildIndex[data.typeIds[at] as number] as number]
      const row = traits(data.type).mode === UnionMode.Dense ? Number(data.valueOffsets[at]) : at
      if (!child || !(row >= 0 && row < child.length)) throw short()
    }
    return
  }
  const { values } = data as { values: { length: number } }
  const need =
    typeId === Type.Bool
      ? Math.ceil(length / 8)
      : typeId === Type.Utf8View || typeId === Type.BinaryView
        ? length * 16
        : length * (typeId === Type.Dictionary ? 1 : data.stride)
  if (values.length < need) throw short()
}

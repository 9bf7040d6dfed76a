import { Builder } from 'flatbuffers'
import type { FlatTable, FlatUnion, FlatValue } from './readTable.ts'
import { type Field, numberIn, type TableType, table, WIDTHS } from './schema.ts'

/**
 * Writes what `FlatReader` reads. A plain field that means what its absence means is left out, as in files of
 * TensorFlow. Made back to front, as FlatBuffers are: what a table holds is written before the table.
 */
export class FlatWriter {
  readonly builder = new Builder(1 << 16)
  /** Called with the place of each table that was written, counted from the end of the file. */
  readonly #written: ((type: string, value: FlatTable, fromEnd: number) => void) | undefined

  constructor(written?: (type: string, value: FlatTable, fromEnd: number) => void) {
    this.#written = written
  }

  /** Writes the root table and gives the file's bytes. */
  finish(type: string, value: FlatTable, identifier: string): Uint8Array {
    this.builder.finish(this.#table(table(type), value), identifier)
    return this.builder.asUint8Array()
  }

  #table(type: TableType, values: FlatTable): number {
    const parts = type.fields.map(field => this.#part(field, values[field.name]))
    const last = type.fields.at(-1)
    this.builder.startObject(last ? last.id + (last.kind === 'union' ? 2 : 1) : 0)
    // Widest first, so that little is lost to alignment.
    const order = type.fields.map((field, i) => ({ field, part: parts[i] as number }))
    order.sort((a, b) => widthOf(b.field) - widthOf(a.field))
    for (const { field, part } of order) this.#slot(field, values[field.name], part)
    const at = this.builder.endObject()
    this.#written?.(type.name, values, at)
    return at
  }

  /** Writes what lies outside of the table and gives its place, 0 for nothing. */
  #part(field: Field, value: FlatValue | undefined): number {
    if (value === undefined) return 0
    if (field.kind === 'union') {
      const { table: name, value: held } = value as FlatUnion
      if (typeof name === 'number') throw new Error(`An unknown ${field.of} (${name}) cannot be written`)
      return this.#table(table(name), held)
    }
    if (field.vector) return this.#vector(field, value)
    if (field.kind === 'string') return this.builder.createString(value as string)
    return field.kind === 'table' ? this.#table(table(field.of as string), value as FlatTable) : 0
  }

  #vector(field: Field, value: FlatValue): number {
    const { builder } = this
    if (value instanceof Uint8Array) return builder.createByteVector(value)
    if (field.kind !== 'plain') {
      const type = table(field.of as string)
      const places = (value as FlatTable[]).map(held => this.#table(type, held))
      builder.startVector(4, places.length, 4)
      for (const place of places.reverse()) builder.addOffset(place)
      return builder.endVector()
    }
    const numbers = value as (number | bigint)[]
    const width = WIDTHS[field.plain]
    builder.startVector(width, numbers.length, width)
    for (let i = numbers.length - 1; i >= 0; i--) this.#element(field, numbers[i] as number | bigint)
    return builder.endVector()
  }

  #element({ plain }: Field, value: number | bigint): void {
    const { builder } = this
    if (plain === 'float') builder.addFloat32(Number(value))
    else if (plain === 'long' || plain === 'ulong') builder.addInt64(BigInt.asIntN(64, BigInt(value)))
    else if (WIDTHS[plain] === 4) builder.addInt32(Number(value) | 0)
    else if (WIDTHS[plain] === 2) builder.addInt16(Number(value))
    else builder.addInt8(Number(value))
  }

  #slot(field: Field, value: FlatValue | undefined, part: number): void {
    const { builder } = this
    if (field.kind === 'union') {
      if (part === 0) return
      builder.addFieldOffset(field.id + 1, part, 0)
      builder.addFieldInt8(field.id, numberIn(field.of as string, (value as FlatUnion).table as string), 0)
    } else if (field.vector || field.kind !== 'plain') builder.addFieldOffset(field.id, part, 0)
    else if (value !== undefined) this.#plain(field, numeric(field, value), numeric(field, field.otherwise))
  }

  #plain({ id, plain }: Field, value: number | bigint, otherwise: number | bigint): void {
    const { builder } = this
    if (plain === 'float') builder.addFieldFloat32(id, Number(value), Number(otherwise))
    else if (plain === 'long' || plain === 'ulong')
      builder.addFieldInt64(id, BigInt.asIntN(64, BigInt(value)), BigInt(otherwise))
    else if (WIDTHS[plain] === 4) builder.addFieldInt32(id, Number(value) | 0, Number(otherwise))
    else if (WIDTHS[plain] === 2) builder.addFieldInt16(id, Number(value), Number(otherwise))
    else builder.addFieldInt8(id, Number(value), Number(otherwise))
  }
}

const widthOf = (field: Field): number => (field.vector || field.kind !== 'plain' ? 4 : WIDTHS[field.plain])

function numeric({ name, of }: Field, value: FlatValue): number | bigint {
  if (typeof value !== 'string') return typeof value === 'bigint' ? value : Number(value)
  const number = of === undefined ? -1 : numberIn(of, value)
  if (number < 0) throw new Error(`"${value}" is not a value of ${name}`)
  return number
}

import { type FailureError, fail } from '../../../kit/index.ts'
import { type Field, nameIn, type PlainType, type TableType, table, WIDTHS } from './schema.ts'

/** One of several tables: its name, or its number where it is of a newer schema and so cannot be read. */
export interface FlatUnion {
  table: string | number
  value: FlatTable
}

/** A value of a table: enums by name (by number where the name is not known), bytes as a view on the file. */
export type FlatValue =
  | number
  | bigint
  | boolean
  | string
  | number[]
  | bigint[]
  | Uint8Array
  | FlatTable
  | FlatTable[]
  | FlatUnion

/** Fields by their name in schema.fbs. Plain fields are always there; text, lists and tables only where written. */
export interface FlatTable {
  [field: string]: FlatValue | undefined
}

export const damaged = (what: string, cause?: unknown): FailureError =>
  fail(
    'unreadable-file',
    `The file is not a TensorFlow Lite model, or it is damaged: ${what}.`,
    'Choose a .tflite file, or convert the model again.',
    { cause },
  )

const SHORT = 'something in it lies outside of the file'

/**
 * Reads FlatBuffer tables by a schema. Nothing is trusted: every offset is checked against the file, and since several
 * places may name the same table, a budget of a few times the file's size bounds what is read altogether.
 * Format: https://flatbuffers.dev/internals
 */
export class FlatReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #budget: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#budget = 8 * bytes.length + 4096
  }

  /** @throws Failure `unreadable-file` where the bytes do not start as this kind of file does */
  root(identifier: string, type: string): FlatTable {
    const found = String.fromCharCode(...this.#bytes.subarray(4, 8))
    if (found !== identifier) throw damaged(`it does not start as one`)
    return this.#table(this.#follow(0), table(type))
  }

  /** Bytes at a place in the file, as a view. */
  slice(at: number, length: number): Uint8Array {
    this.#within(at, length)
    return this.#bytes.subarray(at, at + length)
  }

  #within(at: number, length: number): void {
    if (at < 0 || length < 0 || at + length > this.#bytes.length) throw damaged(SHORT)
  }

  #spend(bytes: number): void {
    this.#budget -= bytes
    if (this.#budget < 0) throw damaged('its parts are used again and again, to more than it can hold')
  }

  #u32(at: number): number {
    this.#within(at, 4)
    return this.#view.getUint32(at, true)
  }

  /** Offsets only lead forward, so that no table can hold itself. */
  #follow(at: number): number {
    const target = at + this.#u32(at)
    if (target === at) throw damaged('a part of it is missing')
    return target
  }

  #table(at: number, type: TableType): FlatTable {
    this.#within(at, 4)
    const shape = at - this.#view.getInt32(at, true)
    this.#within(shape, 4)
    const size = this.#view.getUint16(shape, true)
    if (size < 4) throw damaged('a table of it has no fields')
    this.#within(shape, size)
    this.#spend(size + 4)
    const place = (id: number): number => {
      const slot = 4 + 2 * id
      const offset = slot + 2 <= size ? this.#view.getUint16(shape + slot, true) : 0
      return offset === 0 ? -1 : at + offset
    }
    const values: FlatTable = {}
    for (const field of type.fields) {
      const value = this.#field(field, place)
      if (value !== undefined) values[field.name] = value
    }
    return values
  }

  #field(field: Field, place: (id: number) => number): FlatValue | undefined {
    const at = place(field.id)
    if (field.kind === 'union') return this.#union(field, at, place(field.id + 1))
    if (at < 0) return field.kind === 'plain' && !field.vector ? field.otherwise : undefined
    if (field.vector) return this.#vector(field, this.#follow(at))
    if (field.kind === 'plain') return this.#plain(field, at)
    const target = this.#follow(at)
    return field.kind === 'string' ? this.#string(target) : this.#table(target, table(field.of as string))
  }

  #union({ of }: Field, typeAt: number, valueAt: number): FlatUnion | undefined {
    if (typeAt < 0) return undefined
    const number = this.slice(typeAt, 1)[0] as number
    if (number === 0) return undefined
    const name = nameIn(of as string, number)
    if (valueAt < 0) return { table: name ?? number, value: {} }
    return name
      ? { table: name, value: this.#table(this.#follow(valueAt), table(name)) }
      : { table: number, value: {} }
  }

  #plain({ plain, of }: Field, at: number): number | bigint | boolean | string {
    this.#within(at, WIDTHS[plain])
    const value = this.#number(plain, at)
    if (plain === 'bool') return value !== 0
    return of === undefined ? value : (nameIn(of, Number(value)) ?? value)
  }

  #string(at: number): string {
    const length = this.#u32(at)
    this.#spend(length)
    return new TextDecoder().decode(this.slice(at + 4, length))
  }

  #vector({ kind, plain, of }: Field, at: number): FlatValue {
    const length = this.#u32(at)
    const first = at + 4
    const width = kind === 'plain' ? WIDTHS[plain] : 4
    this.#within(first, length * width)
    if (plain === 'ubyte') return this.slice(first, length)
    this.#spend(length * width)
    const places = Array.from({ length }, (_, i) => first + i * width)
    if (kind === 'plain') {
      const numbers = places.map(place => this.#number(plain, place))
      return numbers.some(value => typeof value === 'bigint') ? numbers.map(BigInt) : (numbers as number[])
    }
    const type = table(of as string)
    return places.map(place => this.#table(this.#follow(place), type))
  }

  /** 64-bit numbers are given as plain ones where these can hold them. */
  #number(plain: PlainType, at: number): number | bigint {
    switch (plain) {
      case 'bool':
      case 'ubyte':
        return this.#view.getUint8(at)
      case 'byte':
        return this.#view.getInt8(at)
      case 'short':
        return this.#view.getInt16(at, true)
      case 'ushort':
        return this.#view.getUint16(at, true)
      case 'int':
        return this.#view.getInt32(at, true)
      case 'uint':
        return this.#view.getUint32(at, true)
      case 'float':
        return this.#view.getFloat32(at, true)
      case 'long':
        return plainly(this.#view.getBigInt64(at, true))
      case 'ulong':
        return plainly(this.#view.getBigUint64(at, true))
    }
  }
}

const plainly = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value

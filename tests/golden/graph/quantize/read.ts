import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Kinds of files that TensorFlow made of a case: `dense` is int8 with one scale for a dense kernel. */
export type Kind = 'float' | 'int8' | 'int8io' | 'dense' | 'int16'

/** A small model as make_quantize.py wrote it. */
export interface QuantizeCase {
  files: Partial<Record<Kind, Uint8Array>>
  /** By input of the signature, row after row. */
  rows: Record<string, Float32Array>
  /** By output of the signature, row after row. */
  answers: Partial<Record<Kind, Record<string, Float32Array>>>
}

/** Rows of every case. */
export const ROWS = 5

type Place = [from: number, to: number]
type Places = {
  files: Partial<Record<Kind, Place>>
  rows: Record<string, Place>
  answers?: Partial<Record<Kind, Record<string, Place>>>
}

export function readQuantizeCases(): Map<string, QuantizeCase> {
  const bytes = gunzipSync(readFileSync(new URL('cases.gz', import.meta.url)))
  const start = 4 + bytes.readUInt32LE(0)
  const index: Record<string, Places> = JSON.parse(bytes.toString('utf8', 4, start))
  const at = ([from, to]: Place) => new Uint8Array(bytes.subarray(start + from, start + to))
  const floats = (place: Place) => new Float32Array(at(place).buffer)
  const each = <T, U>(of: Record<string, T>, make: (value: T) => U): Record<string, U> =>
    Object.fromEntries(Object.entries(of).map(([name, value]) => [name, make(value)]))
  return new Map(
    Object.entries(index).map(([name, { files, rows, answers = {} }]): [string, QuantizeCase] => [
      name,
      {
        files: each(files as Record<string, Place>, at),
        rows: each(rows, floats),
        answers: each(answers as Record<string, Record<string, Place>>, of => each(of, floats)),
      },
    ]),
  )
}

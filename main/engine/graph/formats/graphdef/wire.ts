import type { Source } from './source.ts'

/** A piece of a source. */
export interface Range {
  at: number
  end: number
}

/** One field of a message: its number, how it is written, where it begins (with its tag) and what it holds. */
export interface Field extends Range {
  number: number
  /** 0 varint, 1 eight bytes, 2 a length and as many bytes, 5 four bytes. */
  type: number
  from: number
}

/** Groups were given up before TensorFlow was; deeper ones than these are damage. */
const DEEPEST = 100

/**
 * The fields of a message in protocol buffers' wire format, without looking into them
 * (protobuf.dev/programming-guides/encoding).
 * @throws RangeError where a field does not lie within the message
 */
export function* fieldsOf(source: Source, message: Range): Generator<Field> {
  let { at } = message
  const varint = (): number => {
    const bytes = source.view(at, Math.min(10, message.end - at))
    let [value, factor] = [0, 1]
    for (const [i, byte] of bytes.entries()) {
      value += (byte & 127) * factor
      factor *= 128
      if (byte < 128) {
        at += i + 1
        return value
      }
    }
    throw new RangeError('A number does not end')
  }
  const groups: number[] = []
  while (at < message.end) {
    const from = at
    const tag = varint()
    const [number, type] = [Math.floor(tag / 8), tag % 8]
    if (number < 1 || number >= 2 ** 29) throw new RangeError('No such field')
    let start = at
    if (type === 0) varint()
    else if (type === 1) at += 8
    else if (type === 5) at += 4
    else if (type === 2) {
      const length = varint()
      start = at
      at += length
    } else if (type === 3 && groups.length < DEEPEST) groups.push(number)
    else if (type !== 4 || groups.pop() !== number) throw new RangeError('No such type of field')
    if (at > message.end) throw new RangeError('A field goes past the end')
    if (groups.length === 0 && type !== 4) yield { number, type, from, at: start, end: at }
  }
  if (groups.length > 0) throw new RangeError('A group does not end')
}

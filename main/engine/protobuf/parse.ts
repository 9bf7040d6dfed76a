import type { DescMessage, MessageShape, Registry } from '@bufbuild/protobuf'
import { fromText as parse } from '@bufbuild/protobuf/txtpb'
import { fail } from '../kit/index.ts'
import { plain } from './words.ts'

export interface Told {
  what: string
  kind: string
  registry?: Registry
}

/** Of texts longer than this the place of a mistake is not looked for: that takes many times as long as reading. */
const LONG = 2 ** 24

/**
 * Reads a message in the protobuf text format (protobuf.dev/reference/protobuf/textformat-spec).
 * @param told.what how the text is called when it cannot be read, such as the name of its file
 * @param told.kind how a person calls the message: `a schema`
 * @param told.registry types that may lie inside an `Any`
 * @throws `unreadable-file` with the line and the column of the first thing that is no such text
 */
export function fromText<Desc extends DescMessage>(
  schema: Desc,
  text: string,
  told: Told,
): MessageShape<Desc> {
  try {
    return parse(schema, text, { registry: told.registry })
  } catch (error) {
    if (text.startsWith('\ufeff')) return fromText(schema, text.slice(1), told)
    const said = wordsOf(error)
    const place = text.length > LONG ? '' : `${placeOf(schema, text, said, told.registry)}: `
    throw fail(
      'unreadable-file',
      `${told.what} cannot be read as ${told.kind}: ${place}${plain(error)}.`,
      'Correct that line, or write the file again with the program that made it.',
      { cause: error },
    )
  }
}

/** What the parser says against the text; undefined when it reads it. */
function refusal(schema: DescMessage, text: string, registry?: Registry): string | undefined {
  try {
    parse(schema, text, { registry })
    return undefined
  } catch (error) {
    return wordsOf(error)
  }
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * Where the parser gave up, which it does not say: it is asked once more with a text that notes how far it was read.
 * That is the last character of what the parser stumbled over, or the first after it.
 */
function placeOf(schema: DescMessage, text: string, said: string, registry?: Registry): string {
  const noting = new NotingText(text)
  refusal(schema, noting.text, registry)
  const upTo = noting.reached + (refusal(schema, text.slice(0, noting.reached), registry) === said ? 0 : 1)
  const before = text.slice(0, upTo)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  // Of a very long line the end will do.
  const skipped = Math.max(0, line.length - 10_000)
  const last = [...line.slice(skipped).matchAll(TOKEN)].at(-1)
  return `line ${before.split('\n').length}, column ${(last ? skipped + last.index : line.length) + 1}`
}

/** A string, also one without its end, a comment, a word or number, or a single character. */
const TOKEN = /"(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)|#.*|[\w.+-]+|\S/g

/** A text that notes the last of its characters that was looked at. */
class NotingText {
  readonly text: string
  reached = 0

  constructor(text: string) {
    const look = (_: object, key: string | symbol) => {
      const index = typeof key === 'string' ? Number(key) : Number.NaN
      if (Number.isNaN(index)) {
        const member = Reflect.get(Object(text), key)
        return typeof member === 'function' ? member.bind(text) : member
      }
      if (index > this.reached) this.reached = index
      return text[index]
    }
    this.text = new Proxy({}, { get: look }) as string
  }
}

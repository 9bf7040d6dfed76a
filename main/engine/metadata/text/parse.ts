import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { fromText as parse } from '@bufbuild/protobuf/txtpb'
import { fail } from '../../kit/index.ts'
import { kindOf, plain } from '../words.ts'
import { registry } from './registry.ts'

/**
 * Reads a message in the protobuf text format (protobuf.dev/reference/protobuf/textformat-spec).
 * @param what how the text is called when it cannot be read, such as the name of its file
 * @throws `unreadable-file` with the line and the column of the first thing that is no such text
 */
export function fromText<Desc extends DescMessage>(
  schema: Desc,
  text: string,
  what = 'The text',
): MessageShape<Desc> {
  try {
    return parse(schema, text, { registry })
  } catch (error) {
    const said = wordsOf(error)
    const { line, column } = placeOf(schema, text, said)
    throw fail(
      'unreadable-file',
      `${what} cannot be read as ${kindOf(schema)}: line ${line}, column ${column}: ${plain(error)}.`,
      'Correct that line, or write the file again with the program that made it.',
      { cause: error },
    )
  }
}

/** What the parser says against the text; undefined when it reads it. */
function refusal(schema: DescMessage, text: string): string | undefined {
  try {
    parse(schema, text, { registry })
    return undefined
  } catch (error) {
    return wordsOf(error)
  }
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * Where the parser gave up: it names no place, but what it says of a text it says of every start of that text which
 * holds the place, and of none that ends before it. The shortest such start ends with what it stumbled over.
 */
function placeOf(schema: DescMessage, text: string, said: string): { line: number; column: number } {
  // What is missing at the end is missing from every start too.
  let short = said.includes('end of input') ? text.length - 1 : -1
  let enough = text.trimEnd().length
  while (enough - short > 1) {
    const middle = (short + enough) >> 1
    if (refusal(schema, text.slice(0, middle)) === said) enough = middle
    else short = middle
  }
  const before = text.slice(0, enough)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const last = /(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.+-]+|[^\s])\s*$/.exec(line)
  return { line: before.split('\n').length, column: (last ? last.index : line.length) + 1 }
}

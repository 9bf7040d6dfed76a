import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { fromText as parse, toText as print } from '../protobuf/index.ts'
import { registry } from './registry.ts'
import { kindOf } from './words.ts'

/**
 * Reads a message in the protobuf text format.
 * @param what how the text is called when it cannot be read, such as the name of its file
 * @throws `unreadable-file` with the line and the column of the first thing that is no such text
 */
export const fromText = <Desc extends DescMessage>(
  schema: Desc,
  text: string,
  what = 'The text',
): MessageShape<Desc> => parse(schema, text, { what, kind: kindOf(schema), registry })

/** A message in the protobuf text format, byte for byte as TensorFlow Data Validation writes it. */
export const toText = <Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): string =>
  print(schema, message, registry)

import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf'
import { FailureError, fail } from '../kit/index.ts'
import { type Census, census } from './census.ts'
import { fromJson } from './json.ts'
import { fromText } from './text.ts'
import { KINDS, kindOf } from './words.ts'

/**
 * Reads a message from bytes that may be its binary form, its JSON or its text format.
 * @param what how the bytes are called in failures
 * @throws `empty-data`, `wrong-type` for a message of another kind, `unreadable-file` for anything else
 */
export function fromBytes<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  what: string,
): MessageShape<Desc> {
  const text = textOf(bytes)
  if (text?.trim() === '')
    throw fail('empty-data', `${what} is empty.`, `Choose a file with ${kindOf(schema)}.`)
  const read = text === undefined ? undefined : /^\s*\{/.test(text) ? fromJson : fromText
  try {
    if (text !== undefined && read) return read(schema, text, what)
  } catch (error) {
    // A short message may be all printable characters.
    const message = read === fromText ? wellKnown(schema, bytes) : undefined
    if (message) return message
    if (!(error instanceof FailureError)) throw error
    for (const [other, kind] of KINDS)
      if (other !== schema && succeeds(() => read?.(other, text ?? '')))
        throw wrongKind(what, kind, kindOf(schema))
    throw error
  }
  return binary(schema, bytes, what)
}

/** Reads the binary form, and tells bytes that only happen to be readable from a message. */
export function binary<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  what: string,
): MessageShape<Desc> {
  const message = wellKnown(schema, bytes)
  if (message) return message
  for (const [other, kind] of KINDS)
    if (other !== schema && wellKnown(other, bytes)) throw wrongKind(what, kind, kindOf(schema))
  const newer = parsed(schema, bytes)
  if (newer && newer.counts.known > newer.counts.unknown) return newer.message
  throw fail(
    'unreadable-file',
    `${what} cannot be read as ${kindOf(schema)}: it is neither its binary form nor text nor JSON, or it is cut off.`,
    'Choose a file of that kind, or write it again with the program that made it.',
  )
}

const wrongKind = (what: string, kind: string, wanted: string) =>
  fail('wrong-type', `${what} holds ${kind} and not ${wanted}.`, `Choose a file with ${wanted}.`)

function succeeds(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

function parsed<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
): { message: MessageShape<Desc>; counts: Census } | undefined {
  // A Buffer would make every bytes field a Buffer too.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  try {
    return { counts: census(schema, plain), message: fromBinary(schema, plain) }
  } catch {
    return undefined
  }
}

/** The message of these bytes if it holds something and each field of it is one of its schema. */
function wellKnown<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
): MessageShape<Desc> | undefined {
  const read = parsed(schema, bytes)
  return read && read.counts.known > 0 && read.counts.unknown === 0 ? read.message : undefined
}

/** Bytes as text where they are text: UTF-8, or UTF-16 with its mark, without control characters. */
function textOf(bytes: Uint8Array): string | undefined {
  const [a, b] = bytes
  const encoding = a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells binary from text
    return /[\0-\x08\x0e-\x1f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

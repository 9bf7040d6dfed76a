import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { fail, writeDurably } from '../../kit/index.ts'
import { fromText, toText } from '../../protobuf/index.ts'
import { GraphDefSchema } from '../gen/graph_pb.ts'
import type { Graph } from '../graph.ts'
import type { Ends } from './graphdef/ends.ts'
import { readGraphDef, writeGraphDef } from './graphdef.ts'

const TOLD = { what: 'The graph', kind: 'a TensorFlow graph' }

/** A text becomes many times as much in memory while it is read. */
const LARGEST = 2 ** 28

/**
 * Reads a GraphDef in the protobuf text format (`.pbtxt`), as `tf.io.write_graph` writes it.
 * @throws Failure `unreadable-file` with line and column; else as `readGraphDef`
 */
export const readPbtxt = (text: string, ends: Ends = {}): Graph =>
  // By way of its bytes, so that a number is the same from a text as from a binary file.
  readGraphDef(toBinary(GraphDefSchema, fromText(GraphDefSchema, text, TOLD)), ends)

/**
 * Writes a graph as text, byte for byte as Python's `text_format` does it.
 * @throws Failure `unsupported` for a constant that is too large for a text
 */
export const writePbtxt = (graph: Graph): string => [...texts(graph)].join('')

/**
 * Writes a graph as a `.pbtxt` file, whole or not at all, one node in memory at a time.
 * @returns the file's bytes
 */
export const savePbtxt = (graph: Graph, path: string): Promise<number> => writeDurably(path, encoded(graph))

function* encoded(graph: Graph): Generator<Uint8Array> {
  for (const text of texts(graph)) yield Buffer.from(text)
}

function* texts(graph: Graph): Generator<string> {
  const rest = { versions: graph.versions, library: graph.library }
  for (const node of graph.nodes) {
    // What text of it there is is nothing but its message's, so that each can be written by itself.
    const alone = { ...graph, nodes: [node], library: undefined }
    const { node: defs } = fromBinary(GraphDefSchema, writeGraphDef(alone))
    try {
      yield toText(GraphDefSchema, create(GraphDefSchema, { node: defs }))
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      throw fail(
        'unsupported',
        `The constant "${node.name}" is too large to be written as text.`,
        'Write the graph as .pb.',
        { node: node.name, cause },
      )
    }
  }
  yield toText(GraphDefSchema, create(GraphDefSchema, rest))
}

/** @throws Failure `unsupported` for more text than can be read at once; else as {@link readPbtxt} */
export function openPbtxt(path: string, ends: Ends = {}): Graph {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size > LARGEST)
      throw fail(
        'unsupported',
        'The text of the graph is larger than 256 MiB.',
        'Export the graph as a binary file (.pb).',
      )
    const bytes = Buffer.alloc(size)
    let read = 0
    for (let n = -1; read < size && n !== 0; read += n) n = readSync(file, bytes, read, size - read, read)
    return readPbtxt(bytes.toString('utf8', 0, read), ends)
  } finally {
    closeSync(file)
  }
}

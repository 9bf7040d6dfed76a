import { setImmediate } from 'node:timers/promises'
import { writeDurably } from '../../kit/index.ts'
import type { Graph } from '../graph.ts'
import type { Ends } from './graphdef/ends.ts'
import { graphIn } from './graphdef/read.ts'
import { bytesSource, fileSource } from './graphdef/source.ts'
import { graphPieces } from './graphdef/write.ts'

export { readAttr, readNode, writeAttr } from './graphdef/nodes.ts'

/**
 * Writes a graph as a TensorFlow GraphDef (`.pb`, binary protocol buffer). The same graph gives the same bytes:
 * nodes in their order, attributes by name.
 */
export const writeGraphDef = (graph: Graph): Uint8Array =>
  new Uint8Array(Buffer.concat([...graphPieces(graph)]))

/**
 * Writes a graph as a GraphDef file, whole or not at all, without a copy of its weights in memory.
 * @returns the file's bytes
 * @throws Failure `unsupported` beyond 2 GiB
 */
export const saveGraphDef = (graph: Graph, path: string): Promise<number> =>
  writeDurably(path, graphPieces(graph))

/**
 * Reads a TensorFlow GraphDef. The file has no signature, so unless told otherwise the inputs are its placeholders
 * and the outputs the nodes whose result nobody takes.
 *
 * @throws Failure `unreadable-file` for bytes that are not a GraphDef, `unsupported-graph` for a graph whose edges lead
 * nowhere, `not-found` for a named input or output that is not in it
 */
export function readGraphDef(bytes: Uint8Array, ends: Ends = {}): Graph {
  const reading = graphIn(bytesSource(bytes), { at: 0, end: bytes.length }, ends)
  for (;;) {
    const { done, value } = reading.next()
    if (done) return value
  }
}

/** Between breaths, so that a page stays alive while a large file is read. */
const BREATH = 2 ** 24

/** As {@link readGraphDef} of a file, whose weights come into memory once. */
export async function openGraphDef(path: string, ends: Ends = {}, signal?: AbortSignal): Promise<Graph> {
  const source = fileSource(path)
  try {
    const reading = graphIn(source, { at: 0, end: source.size }, ends)
    for (let rested = 0; ; ) {
      const { done, value } = reading.next()
      if (done) return value
      if (value - rested < BREATH) continue
      rested = value
      await setImmediate()
      signal?.throwIfAborted()
    }
  } finally {
    source.close()
  }
}

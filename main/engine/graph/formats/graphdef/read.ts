import { fromBinary } from '@bufbuild/protobuf'
import { FailureError, fail } from '../../../kit/index.ts'
import { type GraphDef, GraphDefSchema } from '../../gen/graph_pb.ts'
import type { Graph, GraphNode } from '../../graph.ts'
import { roomFor } from '../tensorProto.ts'
import { checkEdges, type Ends, endsOf } from './ends.ts'
import { copyOf, readNodeDef } from './large.ts'
import type { Source } from './source.ts'
import { fieldsOf, type Range } from './wire.ts'

const NODE = 1
const LIBRARY = 2
const VERSIONS = 4

/** What protocol buffers can hold, so that no program writes more. */
const LARGEST_FILE = 2 ** 31 - 1
/** Many times the largest models; a file that says more would only fill the memory. */
const MOST_NODES = 1_000_000
const MOST_EDGES = 8_000_000
const MOST_BESIDE = 2 ** 28

/**
 * Reads a GraphDef node by node; yields how far it came, so that the caller can let others work or stop.
 * @throws Failure `unreadable-file`, `unsupported-graph`, `not-found`
 */
export function* graphIn(source: Source, range: Range, ends: Ends): Generator<number, Graph> {
  const unreadable = (message: string, cause?: unknown) =>
    fail('unreadable-file', message, 'Choose a frozen TensorFlow graph (.pb), or export it again.', { cause })
  if (range.end <= range.at) throw unreadable('The graph file is empty.')
  if (range.end - range.at > LARGEST_FILE)
    throw unreadable('The file is larger than 2 GiB, which no TensorFlow graph can be.')
  const nodes: GraphNode[] = []
  let rest: GraphDef
  try {
    const room = roomFor()
    const beside: Range[] = []
    let edges = 0
    for (const field of fieldsOf(source, range)) {
      if (field.number === NODE && field.type === 2) {
        const node = readNodeDef(source, field, room)
        // Many files parse as some protocol buffer; a node has a name and an operation.
        if (!node.name || !node.op)
          throw unreadable('The file is not a TensorFlow graph: it holds no operations.')
        edges += node.inputs.length + node.controls.length
        if (nodes.push(node) > MOST_NODES || edges > MOST_EDGES)
          throw unreadable(`The file claims more than ${MOST_NODES} operations, which no model has.`)
        yield field.end
      } else if (field.number === LIBRARY || field.number === VERSIONS)
        beside.push({ at: field.from, end: field.end })
    }
    const size = beside.reduce((sum, { at, end }) => sum + end - at, 0)
    if (size > MOST_BESIDE || beside.length > MOST_NODES)
      throw unreadable('The file claims more functions than any model has.')
    // Parts of one message behind each other are that message.
    rest = fromBinary(GraphDefSchema, copyOf(source, beside))
  } catch (cause) {
    // A disk that cannot be read says so itself.
    if (cause instanceof FailureError || (cause as NodeJS.ErrnoException).syscall) throw cause
    throw unreadable('The file is not a TensorFlow graph, or it is cut off.', cause)
  }
  if (nodes.length === 0) throw unreadable('The file is not a TensorFlow graph: it holds no operations.')
  checkEdges(nodes)
  return {
    nodes,
    ...endsOf(nodes, ends),
    variables: new Map(),
    versions: { producer: rest.versions?.producer ?? 0, minConsumer: rest.versions?.minConsumer ?? 0 },
    library: rest.library,
  }
}

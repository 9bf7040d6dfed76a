import { setImmediate } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { FailureError, fail } from '../../../kit/index.ts'
import { type MetaGraphDef, MetaGraphDefSchema } from '../../gen/meta_graph_pb.ts'
import type { Graph } from '../../graph.ts'
import { copyOf } from '../graphdef/large.ts'
import { graphIn } from '../graphdef/read.ts'
import type { Source } from '../graphdef/source.ts'
import { fieldsOf, type Range } from '../graphdef/wire.ts'

const META_INFO = 1
const GRAPH = 2
const SAVER = 3
const SIGNATURES = 5
const ASSETS = 6
const META_GRAPHS = 2
const MOST_BESIDE = 2 ** 27

/** A graph with what its file says about it; its constants are read when the graph is. */
export interface MetaGraph {
  /** All but the graph itself, its collections and its objects. */
  about: MetaGraphDef
  graph(signal?: AbortSignal): Promise<Graph>
}

/** The graphs of a `saved_model.pb`. @throws Failure `unreadable-file` */
export const metaGraphsIn = (source: Source, name: string): MetaGraph[] =>
  orUnreadable(name, () => {
    const found: MetaGraph[] = []
    for (const field of fieldsOf(source, { at: 0, end: source.size }))
      if (field.number === META_GRAPHS && field.type === 2) found.push(metaGraphIn(source, field, name))
    return found
  })

/** The graph that a `.meta` file is. @throws Failure `unreadable-file` */
export const metaGraphOf = (source: Source, name: string): MetaGraph =>
  orUnreadable(name, () => metaGraphIn(source, { at: 0, end: source.size }, name))

function metaGraphIn(source: Source, message: Range, name: string): MetaGraph {
  const small: Range[] = []
  const graphs: Range[] = []
  for (const field of fieldsOf(source, message)) {
    if (field.number === GRAPH && field.type === 2) graphs.push(field)
    else if ([META_INFO, SAVER, SIGNATURES, ASSETS].includes(field.number))
      small.push({ at: field.from, end: field.end })
  }
  const size = small.reduce((sum, { at, end }) => sum + end - at, 0)
  const [graph] = graphs
  if (size > MOST_BESIDE || graphs.length > 1) throw new RangeError('More than any model has')
  return {
    about: fromBinary(MetaGraphDefSchema, copyOf(source, small)),
    async graph(signal) {
      if (!graph) throw unreadable(name)
      const reading = graphIn(source, graph, { inputs: [], outputs: [] })
      for (let step = reading.next(), i = 0; ; step = reading.next(), i++) {
        if (step.done) return step.value
        if (i % 1000 !== 999) continue
        await setImmediate()
        signal?.throwIfAborted()
      }
    },
  }
}

function orUnreadable<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw cause instanceof FailureError ? cause : unreadable(name, cause)
  }
}

const unreadable = (name: string, cause?: unknown) =>
  fail(
    'unreadable-file',
    `The file ${name} holds no TensorFlow model, or it is cut off.`,
    'Copy the whole folder of the model again, or export it again.',
    { cause },
  )

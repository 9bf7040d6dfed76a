import { open } from 'node:fs/promises'
import { fail } from '../../../kit/index.ts'
import type { Endpoint, Graph } from '../../graph.ts'
import type { Format, OpenedModel, OpenOptions } from '../format.ts'
import type { LiteModel, LiteSignature } from './model.ts'
import { openShape } from './raise/call.ts'
import { chosen, raise } from './raise/index.ts'
import { dtypeOf } from './raise/values.ts'
import { readTflite } from './read.ts'
import { signaturesOf } from './write.ts'

/** TensorFlow Lite files (`.tflite`), read as a graph in TensorFlow's operations. */
export const tflite: Format = {
  name: 'tflite',
  title: 'TensorFlow Lite model',
  match: (_path, head) => String.fromCharCode(...head.subarray(4, 8)) === 'TFL3',
  async open(path: string, options: OpenOptions): Promise<OpenedModel> {
    const bytes = await readWhole(path, options.signal)
    const model = readTflite(bytes)
    const signatures = signaturesOf(model)
    const signature = chosen(signatures, options.signature)
    const { graph, notes } = raise(model, signature, { consume: true })
    return {
      format: 'tflite',
      graph: withEnds(graph, options),
      signatures: signatures.map(entry => ({ name: entry.key, ...endsOf(model, entry) })),
      signature: signature.key,
      bytes: bytes.length,
      notes,
    }
  },
}

/** In pieces, since Node reads no more than 2 GiB at once. */
async function readWhole(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size; ) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(bytes, at, Math.min(1 << 26, size - at), at)
      if (bytesRead === 0) return bytes.subarray(0, at)
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}

function endsOf({ subgraphs }: LiteModel, { subgraph, inputs, outputs }: LiteSignature) {
  const ends = (list: LiteSignature['inputs']): Endpoint[] =>
    list.flatMap(({ name, tensor }) => {
      const found = subgraphs[subgraph]?.tensors[tensor]
      return found ? [{ name: found.name, dtype: dtypeOf(found), shape: openShape(found), key: name }] : []
    })
  return { inputs: ends(inputs), outputs: ends(outputs) }
}

/** The graph between other nodes than those of the signature, by their names or those of the file's tensors. */
function withEnds(graph: Graph, { inputs, outputs }: OpenOptions): Graph {
  const end = (name: string): Endpoint => {
    const known = [...graph.inputs, ...graph.outputs].find(entry => entry.name === name || entry.key === name)
    const node = graph.nodes.findLast(entry => entry.name === name || entry.origin?.node === name)
    if (!known && !node)
      throw fail(
        'not-found',
        `The model has no operation named "${name}".`,
        'Check the name of the input or output.',
        { node: name },
      )
    if (known) return known
    const type = node?.attrs.T ?? node?.attrs.dtype
    return {
      name: node?.name as string,
      dtype: type?.kind === 'type' ? type.value : 'float32',
      shape: undefined,
    }
  }
  return {
    ...graph,
    inputs: inputs?.map(end) ?? graph.inputs,
    outputs: outputs?.map(end) ?? graph.outputs,
  }
}

import { join } from 'node:path'
import { create, toJson } from '@bufbuild/protobuf'
import { atomicWrite, ensureFolder, fail, writeDurably } from '../../../kit/index.ts'
import { codeOf } from '../../dtype.ts'
import { type AttrValue, AttrValueSchema } from '../../gen/attr_value_pb.ts'
import { GraphDefSchema } from '../../gen/graph_pb.ts'
import { SignatureDefSchema } from '../../gen/meta_graph_pb.ts'
import {
  attrOf,
  type Endpoint,
  type Graph,
  type GraphNode,
  portName,
  portOf,
  withoutUnused,
} from '../../graph.ts'
import { writeAttr } from '../graphdef/nodes.ts'
import { expressed } from './expressed.ts'
import { withConstantsApart } from './functions.ts'
import { type StoredWeight, storedWeight } from './stored.ts'
import { withoutPacked } from './unpacked.ts'

/** As TensorFlow.js' converter cuts them, so that browsers cache them. */
const SHARD = 4 * 2 ** 20

/** How a TensorFlow.js model is written. */
export interface TfjsOptions {
  /** Weights in 16-bit floats, or in 8 bits with a scale each; they are floats again when the model is loaded. */
  quantize?: 'float16' | 'uint8'
}

/**
 * Writes a frozen graph as a TensorFlow.js graph model: `model.json` and files of 4 MB with the weights beside it, for
 * `tf.loadGraphModel`. `model.json` comes last, so that what is half-written does not look like a model.
 *
 * @returns bytes of all files
 * @throws Failure `unsupported-graph` with the node for a variable, for operations that TensorFlow.js does not run, and for
 * a constant of a type that it has not
 */
export async function writeTfjsGraph(
  graph: Graph,
  folder: string,
  options: TfjsOptions = {},
): Promise<number> {
  // Nothing in a frozen graph has an effect, and TensorFlow.js waits for ever at control edges out of a loop.
  const free = { ...graph, nodes: graph.nodes.map(node => ({ ...node, controls: [] })) }
  const plain = withoutPacked(withoutUnused(free)).nodes
  const variable = plain.find(({ op }) => /^(VarHandleOp|Variable|VariableV2)$/.test(op))
  if (variable)
    throw fail(
      'unsupported-graph',
      `"${variable.name}" is a variable (${variable.op}); the graph is not frozen.`,
      'Freeze the graph first.',
      { node: variable.name },
    )
  const nodes = expressed(plain)
  const { library, constants } = withConstantsApart(graph.library, emptyValue)
  const all = [...nodes.filter(({ op }) => op === 'Const'), ...constants]
  const weights = all.map(node => storedWeight(node, options.quantize))
  const total = weights.reduce((sum, { size }) => sum + size, 0)
  const count = Math.max(1, Math.ceil(total / SHARD))
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`)
  ensureFolder(folder)
  const bytes = cut(weights)
  for (const path of paths) await writeDurably(join(folder, path), bytes.next().value ?? [])
  const json = JSON.stringify({
    format: 'graph-model',
    generatedBy: 'Edgewright',
    convertedBy: 'Edgewright',
    signature: signatureOf(graph),
    modelTopology: topologyOf({ ...graph, nodes, library }),
    weightsManifest: [{ paths, weights: weights.map(({ spec }) => spec) }],
  })
  atomicWrite(join(folder, 'model.json'), json)
  return total + Buffer.byteLength(json)
}

/** The weights behind each other, in files: each a list of pieces, one weight in memory at a time. */
function* cut(weights: StoredWeight[]): Generator<Uint8Array[]> {
  let pieces: Uint8Array[] = []
  let held = 0
  for (const weight of weights) {
    let rest = weight.bytes()
    while (held + rest.length >= SHARD) {
      const room = SHARD - held
      yield [...pieces, rest.subarray(0, room)]
      rest = rest.subarray(room)
      pieces = []
      held = 0
    }
    pieces.push(rest)
    held += rest.length
  }
  if (held > 0) yield pieces
}

function topologyOf(graph: Graph) {
  const def = create(GraphDefSchema, {
    node: graph.nodes.map(node => ({
      name: node.name,
      op: node.op,
      device: node.device,
      input: [...node.inputs.map(portName), ...node.controls.map(name => `^${name}`)],
      attr: Object.fromEntries(
        Object.keys(node.attrs)
          .sort()
          .map(name => [
            name,
            node.op === 'Const' && name === 'value' ? emptyValue(node) : writeAttr(node.attrs[name] as never),
          ]),
      ),
    })),
    versions: graph.versions,
    library: graph.library,
  })
  return toJson(GraphDefSchema, def)
}

/** The value stays behind among the weights; here are its type and shape. */
function emptyValue(node: GraphNode): AttrValue {
  const { shape, dtype } = attrOf(node, 'value', 'tensor') ?? {}
  const raw = node.attrs.value?.kind === 'opaque' ? node.attrs.value.value.value : undefined
  const proto = raw?.case === 'tensor' ? raw.value : undefined
  return create(AttrValueSchema, {
    value: {
      case: 'tensor',
      value: {
        dtype: dtype ? codeOf(dtype) : proto?.dtype,
        tensorShape: shape ? { dim: shape.map(size => ({ size: BigInt(size) })) } : proto?.tensorShape,
      },
    },
  })
}

function signatureOf({ inputs, outputs }: Graph) {
  const info = (end: Endpoint) => {
    const { node, port } = portOf(end.name)
    const tensorShape = end.shape
      ? { dim: end.shape.map(size => ({ size: BigInt(size) })) }
      : { unknownRank: true }
    return {
      encoding: { case: 'name' as const, value: `${node}:${port}` },
      dtype: codeOf(end.dtype),
      tensorShape,
    }
  }
  const side = (ends: Endpoint[]) => Object.fromEntries(ends.map(end => [end.key ?? end.name, info(end)]))
  return toJson(
    SignatureDefSchema,
    create(SignatureDefSchema, { inputs: side(inputs), outputs: side(outputs) }),
  )
}

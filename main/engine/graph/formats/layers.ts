import type { Graph, Tensor } from '../graph.ts'
import { GraphBuilder } from './layers/builder.ts'
import { lowerLayer, lowerModel } from './layers/lower.ts'
import type { LayersModel } from './layers/model.ts'
import { slotsOf } from './layers/slots.ts'
import { type ModelDef, readTopology } from './layers/topology.ts'
import { byName, type WeightStore } from './layers/weightStore.ts'
import { readWeights } from './layers/weights.ts'

/** Version of the GraphDef format that is claimed (TensorFlow 2.11's); older loaders only compare `minConsumer`. */
const PRODUCER = 1286

/**
 * Lowers a TensorFlow.js layers model to a graph of TensorFlow operations whose weights are variables
 * (`VarHandleOp` read by `ReadVariableOp`, their values beside). Nodes are named as Keras names them
 * (`dense/MatMul`, `dense/BiasAdd`, `dense/Relu`; `dense_1/…` where a layer is used again), inputs after their input
 * layer. Dropout is left out, batch normalization uses its moving averages: the graph predicts.
 *
 * @throws Failure `unsupported-graph`, with the layer, for a layer, option or activation that has no lowering, all of
 * them at once; `unreadable-file` when topology and weights do not belong together
 */
export function lowerLayersModel(model: LayersModel): Graph {
  const topology = readTopology(model.modelTopology)
  const weights: Map<string, Tensor> = byName(slotsOf(topology), [...readWeights(model)])
  return lowerTopology(topology, { find: key => weights.get(key) }, isOld(model.modelTopology)).graph
}

/** Keras 3 says so; everything else computes as Keras 2 did. */
const isOld = (json: unknown): boolean =>
  !/^[3-9]|^\d{2}/.test(String((json as { keras_version?: unknown } | undefined)?.keras_version ?? ''))

/**
 * Lowers a model whose weights are found by their slot.
 * @param old whether Keras 2 or TensorFlow.js made it
 */
export function lowerTopology(
  topology: ModelDef,
  weights: WeightStore,
  old: boolean,
): { graph: Graph; notes: string[] } {
  const builder = new GraphBuilder(weights, old, lowerLayer)
  const { inputs, outputs } = lowerModel(builder, topology)
  const graph: Graph = {
    nodes: builder.nodes,
    inputs,
    outputs,
    variables: builder.variables,
    versions: { producer: PRODUCER, minConsumer: 0 },
  }
  return { graph, notes: [...builder.notes] }
}

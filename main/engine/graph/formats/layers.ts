import { fail } from '../../kit/index.ts'
import type { Endpoint, Graph } from '../graph.ts'
import { GraphBuilder, type Place } from './layers/builder.ts'
import { LAYERS } from './layers/index.ts'
import type { LayersModel } from './layers/model.ts'
import { readTopology } from './layers/topology.ts'
import { readWeights } from './layers/weights.ts'

/** Version of the GraphDef format that is claimed (TensorFlow 2.11's); older loaders only compare `minConsumer`. */
const PRODUCER = 1286

/**
 * Lowers a TensorFlow.js layers model to a graph of TensorFlow operations whose weights are variables
 * (`VarHandleOp` read by `ReadVariableOp`, their values beside). Nodes are named as Keras names them
 * (`dense/MatMul`, `dense/BiasAdd`, `dense/Relu`), inputs after their input layer. Dropout is left out, batch
 * normalization uses its moving averages: the graph predicts.
 *
 * @throws Failure `unsupported-graph`, with the layer, for a layer, option or activation that has no lowering;
 * `unreadable-file` when topology and weights do not belong together
 */
export function lowerLayersModel(model: LayersModel): Graph {
  const topology = readTopology(model.modelTopology)
  const builder = new GraphBuilder(readWeights(model))
  const places = new Map<string, Place>()
  const inputs: Endpoint[] = []

  for (const layer of topology.layers) {
    builder.enter(layer)
    if (layer.kind === 'InputLayer') {
      const place = builder.placeholder(layer)
      places.set(layer.name, place)
      inputs.push({ name: place.node, dtype: 'float32', shape: place.shape })
      continue
    }
    const lower = LAYERS[layer.kind]
    if (!lower) throw builder.unsupported(`is of the kind ${layer.kind}`)
    const sources = layer.sources.map(source => places.get(source))
    const [source] = sources
    if (sources.length !== 1 || !source) throw builder.unsupported(`takes ${sources.length} inputs`)
    places.set(layer.name, lower(builder, source))
  }

  const outputs = topology.outputs.map((name): Endpoint => {
    const place = places.get(name)
    if (!place) throw fail('unreadable-file', `The model has no layer "${name}".`, 'Save the model again.')
    return { name: place.node, dtype: 'float32', shape: place.shape }
  })
  return {
    nodes: builder.nodes,
    inputs,
    outputs,
    variables: builder.variables,
    versions: { producer: PRODUCER, minConsumer: 0 },
  }
}

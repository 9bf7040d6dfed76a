import type { LayersModel } from './formats/layers/model.ts'
import { lowerLayersModel } from './formats/layers.ts'
import { freeze } from './freeze.ts'
import type { Graph } from './graph.ts'

/**
 * From a trained TensorFlow.js layers model (what `model.save` hands over) to a graph whose weights are constants,
 * ready to be written, optimized or executed.
 * @throws Failure `unsupported-graph`, with the layer, for a layer that has no lowering
 */
export const freezeLayersModel = (artifacts: LayersModel): Graph =>
  freeze.run(lowerLayersModel(artifacts), {}).graph

import { freeze, type Graph, lowerLayersModel } from '../../main/engine/graph/index.ts'

/** From a trained TensorFlow.js layers model (what `model.save` hands over) to a graph whose weights are constants. */
export const freezeLayers = (model: Parameters<typeof lowerLayersModel>[0]): Graph =>
  freeze(lowerLayersModel(model)).graph

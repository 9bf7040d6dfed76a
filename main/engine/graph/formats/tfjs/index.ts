/** Models of TensorFlow.js: graphs and layers, with plain or packed weights. */
export { tfjsGraph } from './graph.ts'
export { tfjsLayers } from './layers.ts'
export { type TfjsOptions, writeTfjsGraph } from './write.ts'

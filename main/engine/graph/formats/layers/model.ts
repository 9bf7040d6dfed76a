/** The parts of TensorFlow.js' `io.ModelArtifacts` that are read: what `model.save` hands to its handler. */
export interface LayersModel {
  modelTopology?: object | ArrayBuffer
  weightSpecs?: { name: string; shape: number[]; dtype: string; quantization?: unknown }[]
  weightData?: ArrayBuffer | ArrayBuffer[]
}

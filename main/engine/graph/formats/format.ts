import type { Graph } from '../graph.ts'

/** The formats that models come in, by the names that commands and pages use. */
export type FormatName =
  | 'saved-model'
  | 'checkpoint'
  | 'graphdef'
  | 'keras'
  | 'tfjs-layers'
  | 'tfjs-graph'
  | 'tflite'

/** A way to call a model that its file names. */
export interface Signature {
  name: string
  inputs: Graph['inputs']
  outputs: Graph['outputs']
}

/** A model as it was found in a file or folder. */
export interface OpenedModel {
  format: FormatName
  /** For the chosen signature. Variables stand beside it where the format has them; `freeze` makes them constants. */
  graph: Graph
  /** All that the file offers; one unnamed-by-the-file signature is called `serving_default`. */
  signatures: Signature[]
  /** Name of the chosen one. */
  signature: string
  /** Bytes of all files that were read. */
  bytes: number
  /** One sentence each: what the file holds that could not be taken over (tables, assets, training state). */
  notes: string[]
}

/** What of a model is wanted. */
export interface OpenOptions {
  /** Signature to take; without it `serving_default`, else the only one. */
  signature?: string
  /** Names of nodes (`name` or `name:port`) that are to be inputs and outputs, for formats without signatures. */
  inputs?: string[]
  outputs?: string[]
  signal?: AbortSignal
}

/** One kind of file. To know a new one, add a file here and a line in the list of `index.ts`. */
export interface Format {
  name: FormatName
  /** As a page says it: `TensorFlow SavedModel`. */
  title: string
  /**
   * Whether this is a file or folder of this format.
   * @param path absolute
   * @param head first bytes (up to 4096) of the file; empty for a folder
   */
  match(path: string, head: Uint8Array): boolean
  /**
   * Reads it within bounded memory: never two copies of the weights at once.
   * @throws Failure `unreadable-file` for a damaged file, `unsupported-graph` with node and layer for what is not known,
   * `not-found` for a signature, input or output that is not there
   */
  open(path: string, options: OpenOptions): Promise<OpenedModel>
}

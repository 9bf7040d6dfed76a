import { z } from 'zod'

/** Formats that open; those that can also be written are in `WrittenFormat`. */
export const ModelFormat = z.enum([
  'run',
  'saved-model',
  'checkpoint',
  'graphdef',
  'keras',
  'tfjs-layers',
  'tfjs-graph',
  'tflite',
])
export type ModelFormat = z.infer<typeof ModelFormat>

/** An input or output; sizes that are open are -1, and an unknown shape is null. */
export const ModelEndpoint = z.object({
  name: z.string(),
  /** What the signature calls it, where that differs. */
  key: z.string().nullable(),
  dtype: z.string(),
  shape: z.array(z.int()).nullable(),
})
export type ModelEndpoint = z.infer<typeof ModelEndpoint>

export const OpCount = z.object({ op: z.string(), count: z.int() })
export type OpCount = z.infer<typeof OpCount>

/** What a model file holds, without running it. */
export const Inspection = z.object({
  model: z.string(),
  format: ModelFormat,
  /** `TensorFlow SavedModel`. */
  title: z.string(),
  /** Bytes of all its files. */
  bytes: z.int(),
  signature: z.string(),
  signatures: z.array(
    z.object({ name: z.string(), inputs: z.array(ModelEndpoint), outputs: z.array(ModelEndpoint) }),
  ),
  inputs: z.array(ModelEndpoint),
  outputs: z.array(ModelEndpoint),
  nodes: z.int(),
  ops: z.array(OpCount),
  /** Trained values, in variables and constants. */
  parameters: z.int(),
  weightBytes: z.int(),
  bytesByType: z.array(z.object({ dtype: z.string(), bytes: z.int() })),
  /** Operations that some of what can be done does not know, with where they stand. */
  unsupported: z.array(
    z.object({
      op: z.string(),
      count: z.int(),
      nodes: z.array(z.string()),
      layers: z.array(z.string()),
      /** What is not possible because of it: becoming constants, becoming TFLite, running on a device here. */
      blocks: z.array(z.enum(['freeze', 'tflite', 'run'])),
      /** One sentence: what can still be done with it. */
      still: z.string().optional(),
    }),
  ),
  /** One sentence each: what of the file could not be taken over. */
  notes: z.array(z.string()),
})
export type Inspection = z.infer<typeof Inspection>

/** One node as the graph view draws it. */
export const GraphViewNode = z.object({
  name: z.string(),
  op: z.string(),
  layer: z.string().nullable(),
  /** Places of the nodes it reads in `nodes`, by input; control edges are left out. */
  inputs: z.array(z.int()),
  dtype: z.string().nullable(),
  /** Of its first output; null where nobody knows. */
  shape: z.array(z.int()).nullable(),
  /** Bytes of the constant that it holds, else 0. */
  bytes: z.int(),
  /** Its plain attributes, as text. */
  attrs: z.record(z.string(), z.string()),
})
export type GraphViewNode = z.infer<typeof GraphViewNode>

export const GraphView = z.object({
  model: z.string(),
  format: ModelFormat,
  nodes: z.array(GraphViewNode),
  inputs: z.array(ModelEndpoint),
  outputs: z.array(ModelEndpoint),
})
export type GraphView = z.infer<typeof GraphView>

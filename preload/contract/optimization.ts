import { z } from 'zod'
import { call, work } from './call.ts'
import { Split } from './dataset.ts'
import { Metrics, VariantKind } from './evaluation.ts'
import { At, Hash, JobId, RunId } from './ids.ts'

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

export const WrittenFormat = z.enum(['tflite', 'tfjs', 'graphdef', 'c'])
export type WrittenFormat = z.infer<typeof WrittenFormat>

/** How a graph's numbers are held: all float32, float16 weights, 8-bit weights, 8-bit weights and activations. */
export const Quantization = z.enum(['none', 'float16', 'dynamic', 'int8', 'int16'])
export type Quantization = z.infer<typeof Quantization>

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

/** What one pass did to the graph. */
export const PassReport = z.object({
  pass: z.string(),
  nodesBefore: z.int(),
  nodesAfter: z.int(),
  bytesBefore: z.int(),
  bytesAfter: z.int(),
  note: z.string(),
  /** Largest difference of any output from the graph before all passes, on rows; null where there were none. */
  maxDifference: z.number().nullable().default(null),
  /** Share of right answers after it, where labels are known. */
  accuracy: z.number().nullable().default(null),
})
export type PassReport = z.infer<typeof PassReport>

/** A pass that there is, for the page's list and for help. */
export const PassInfo = z.object({
  name: z.string(),
  title: z.string(),
  /** One sentence: what it does. */
  about: z.string(),
  arguments: z.array(z.object({ name: z.string(), about: z.string(), required: z.boolean() })),
})
export type PassInfo = z.infer<typeof PassInfo>

/** How much accuracy may be lost against the float model, in points of a hundred. */
export const Tolerance = z.object({
  points: z.number().min(0).max(100),
  /** For each class by itself. */
  classPoints: z.number().min(0).max(100),
})
export type Tolerance = z.infer<typeof Tolerance>

/** A variant held against the float model on the same rows, by a runtime that is not ours. */
export const Proof = z.object({
  /** `LiteRT.js 2.5.3`. */
  runtime: z.string(),
  rows: z.int(),
  /** Rows of which data: a split of the run, or the file that was given. */
  data: z.string(),
  /** Largest and root mean square difference of any output. */
  maxDifference: z.number(),
  rmsDifference: z.number(),
  /** Rows where the answer is another class (classification); null where there are no classes. */
  disagreements: z
    .object({
      count: z.int(),
      /** The first of them: row of the split from 0, the answers, the true label where there is one. */
      rows: z.array(
        z.object({ row: z.int(), before: z.string(), after: z.string(), label: z.string().nullable() }),
      ),
    })
    .nullable(),
  /** Share of right answers by class, 0 to 1; empty where labels are not known. */
  perClass: z.array(z.object({ label: z.string(), support: z.int(), before: z.number(), after: z.number() })),
  /** Signal to noise of each activation against the float model's, in dB: 10 log10(sum x^2 / sum (x - y)^2). */
  layers: z.array(
    z.object({
      tensor: z.string(),
      op: z.string(),
      layer: z.string().nullable(),
      snr: z.number().nullable(),
      /** Milliseconds of the operator when it runs alone; null where that was not measured. */
      ms: z.number().nullable().default(null),
    }),
  ),
  /** Milliseconds for one row after warm-up, on this computer; the float model's beside. */
  latency: z.object({
    runs: z.int(),
    median: z.number(),
    p95: z.number(),
    floatMedian: z.number().nullable(),
  }),
  /** Bytes of memory for activations, by a greedy plan over their lifetimes; null where shapes are open. */
  arenaBytes: z.int().nullable(),
  /** Whether the tolerance held, in words; null where none was asked. */
  tolerance: z.object({ wanted: Tolerance, passed: z.boolean(), reason: z.string() }).nullable(),
})
export type Proof = z.infer<typeof Proof>

/** How a variant was made, so that it can be made again. */
export const VariantSettings = z.object({
  to: WrittenFormat,
  quantize: Quantization,
  io: z.enum(['float32', 'int8']).optional(),
  calibration: z.string().optional(),
  calibrateBy: z.enum(['minmax', 'average', 'percentile', 'mse']).optional(),
  perTensorDense: z.boolean().optional(),
  keepFloat: z.array(z.string()).optional(),
  /** The passes that were run, as a transform string. */
  transforms: z.string().optional(),
})
export type VariantSettings = z.infer<typeof VariantSettings>

/** One file form of a trained model. Its id is the hash of the file. */
export const Variant = z.object({
  id: Hash,
  /** Null for a model that came from a file and not from a run. */
  run: RunId.nullable(),
  /** The file it was made of, where that is no run. */
  source: z.string().nullable().default(null),
  kind: VariantKind,
  title: z.string(),
  bytes: z.int(),
  /** Of the float32 model in the same form; null where this is it, or it was not measured. */
  floatBytes: z.int().nullable().optional(),
  nodes: z.int(),
  ops: z.record(z.string(), z.int()),
  inputs: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
  outputs: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
  passes: z.array(PassReport),
  settings: VariantSettings.nullable().default(null),
  /** Layers that stay float, with the reason for each. */
  kept: z.array(z.object({ layer: z.string(), reason: z.string() })).default([]),
  /** Against the trained model on the same rows; null where there is no run. */
  compared: z
    .object({
      split: Split,
      rows: z.int(),
      before: Metrics,
      after: Metrics,
      /** Largest absolute difference of any output. */
      maxDifference: z.number(),
    })
    .nullable(),
  /** Null where there were no rows to prove it on. */
  proof: Proof.nullable().default(null),
  /** Where it was also written to. */
  out: z.string().nullable(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Variant = z.infer<typeof Variant>

/** What `transform` did, pass by pass. */
export const Transformed = z.object({
  nodes: z.int(),
  bytes: z.int(),
  passes: z.array(PassReport),
  inputs: z.array(ModelEndpoint),
  outputs: z.array(ModelEndpoint),
  /** Of the file, which can be looked at by its hash. */
  id: Hash,
  out: z.string().nullable(),
})
export type Transformed = z.infer<typeof Transformed>

/** A run (run-1), a model of this workspace (its newest run), or the path of a model in any format that opens. */
const model = z.string().min(1)
const readAbout = {
  positional: ['model'],
  paths: { model: 'existing' },
  reads: true,
  alone: { files: ['model'] },
} as const
const modelAbout = {
  positional: ['model'],
  paths: { model: 'existing', calibration: 'existing', out: 'always' },
  alone: { files: ['model', 'calibration'], out: 'out' },
} as const
const nothingKept = 'Nothing is kept; the model stays as it is.'

export const optimization = {
  inspect: call(
    { title: 'Inspect a model', icon: 'scan-search', ...readAbout },
    z.object({ model, signature: z.string().optional() }),
    Inspection,
  ),
  graph: call(
    { title: 'Show the graph of a model', icon: 'workflow', ...readAbout },
    z.object({
      model,
      signature: z.string().optional(),
      /** A variant of it in place of the model itself. */
      variant: Hash.optional(),
    }),
    GraphView,
  ),
  passes: call(
    { title: 'Show passes', icon: 'list-ordered', reads: true, alone: { files: [] } },
    z.object({}),
    z.object({ passes: z.array(PassInfo), recommended: z.string() }),
  ),
  freeze: work(
    {
      title: 'Freeze a model',
      icon: 'snowflake',
      ...modelAbout,
      paths: { model: 'existing', out: 'always' },
      alone: { files: ['model'], out: 'out' },
      cancel: nothingKept,
    },
    z.object({
      model,
      signature: z.string().optional(),
      /** Names of the nodes to end at, for formats that name none. */
      outputs: z.array(z.string()).optional(),
      /** Also write the file here. */
      out: z.string().optional(),
      /** The rows to compare on. */
      split: Split.default('test'),
    }),
    Variant,
  ),
  transform: work(
    {
      title: 'Run passes over a graph',
      icon: 'wand-sparkles',
      paths: { in_graph: 'existing', out_graph: 'always' },
      alone: { files: ['in_graph'], out: 'out_graph' },
      cancel: nothingKept,
    },
    z.object({
      /** As TensorFlow's `transform_graph` names its flags. A graph file, or any model that opens. */
      in_graph: z.string().min(1),
      out_graph: z.string().optional(),
      inputs: z.array(z.string()).default([]),
      outputs: z.array(z.string()).default([]),
      /** `strip_unused_nodes fold_constants(ignore_errors=true) quantize_weights`; without it the recommended passes. */
      transforms: z.string().optional(),
      output_as_text: z.boolean().default(false),
    }),
    Transformed,
  ),
  convert: work(
    {
      title: 'Convert and quantize a model',
      icon: 'shrink',
      ...modelAbout,
      cancel: nothingKept,
    },
    z.object({
      model,
      signature: z.string().optional(),
      to: WrittenFormat.default('tflite'),
      quantize: Quantization.default('none'),
      /** Type of inputs and outputs of an int8 model. */
      io: z.enum(['float32', 'int8']).default('float32'),
      /** An .npz file with one array for each input, or a dataset; a run brings its own rows. */
      calibration: z.string().optional(),
      calibrateBy: z.enum(['minmax', 'average', 'percentile', 'mse']).default('minmax'),
      /** What the values of a picture, 0 to 255, become. */
      pictures: z.enum(['0..1', '-1..1', '0..255']).default('0..1'),
      /** At most so many rows are calibrated on. */
      calibrationRows: z.int().min(1).max(10_000).default(500),
      /** One scale for a whole dense kernel, as microcontrollers and older runtimes want it. */
      perTensorDense: z.boolean().default(false),
      /** Layers (or nodes) that stay float. */
      keepFloat: z.array(z.string()).default([]),
      /** Finds the fewest layers to keep float so that at most so many points are lost. */
      tolerance: z.number().min(0).max(100).optional(),
      /** The same for each class by itself. */
      classTolerance: z.number().min(0).max(100).optional(),
      /** Weights with fewer elements stay float (dynamic). */
      minElements: z.int().min(1).default(1024),
      /** The rows to prove it on, for a run. */
      split: Split.default('test'),
      out: z.string().optional(),
    }),
    Variant,
  ),
  list: call(
    { title: 'Show variants', icon: 'shrink', reads: true },
    z.object({ run: RunId.optional() }),
    z.object({ variants: z.array(Variant) }),
  ),
  tolerance: call(
    {
      title: 'Set how much accuracy a variant may lose',
      icon: 'ruler',
      undo: 'Set it again.',
    },
    z.object({ model: z.string().min(1), tolerance: Tolerance.nullable().optional() }),
    z.object({ model: z.string(), tolerance: Tolerance.nullable() }),
  ),
}

import { z } from 'zod'
import { call, work } from './call.ts'
import { Split } from './dataset.ts'
import { Hash, RunId } from './ids.ts'
import { GraphView, Inspection } from './optimization/model.ts'
import { PassInfo, Transformed } from './optimization/passes.ts'
import { Tolerance } from './optimization/proof.ts'
import { Quantization, Variant, WrittenFormat } from './optimization/variant.ts'

export * from './optimization/model.ts'
export * from './optimization/passes.ts'
export * from './optimization/proof.ts'
export * from './optimization/variant.ts'

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

/** Freezes, folds and quantizes a model in a process of its own, and says what that took: optimizationFreeze.ts MODEL OUT */
import { statSync } from 'node:fs'
import { openModel, saveGraphDef } from '../../main/engine/graph/index.ts'
import { applyTransforms } from '../../main/engine/optimization/passes/index.ts'

export interface FreezeReport {
  /** Without the start of the process and the loading of its libraries. */
  seconds: number
  /** With both. */
  withImport: number
  /** The most memory that the process ever had. */
  peakBytes: number
  /** Of the file that was written. */
  bytes: number
  /** Of the weights before they were quantized: nearly all of the frozen float graph. */
  floatBytes: number
}

const [model, out] = process.argv.slice(2) as [string, string]
const began = performance.now()
const done = applyTransforms(
  (await openModel(model)).graph,
  'freeze remove_control_dependencies fold_constants fold_batch_norms quantize_weights',
  undefined,
  true,
)
await saveGraphDef(done.graph, out)
const report: FreezeReport = {
  seconds: (performance.now() - began) / 1000,
  withImport: 0,
  peakBytes: process.resourceUsage().maxRSS * 1024,
  bytes: statSync(out).size,
  floatBytes: done.reports[0]?.bytesAfter ?? 0,
}
console.log(JSON.stringify(report))

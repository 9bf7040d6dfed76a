import { loadExecutable, readGraphDef, readTflite, tflite, type Values } from '../../engine/graph/index.ts'
import { fail } from '../../engine/kit/index.ts'
import { openLiteRt, stepOf, toElements } from '../../engine/litert/index.ts'
import { openTensor } from '../../engine/tensor/index.ts'

/** A model that is ready to compute, fed with ones. */
export interface Loaded {
  /** What computes: `LiteRT.js 2.5.3`. */
  runtime: string
  /** Computes all outputs for one row. */
  run(): void
}

/** @throws Failure `unreadable-file`, `unsupported-graph`, and those of the runtimes */
export const loaded = (bytes: Uint8Array): Promise<Loaded> =>
  tflite.match('', bytes.subarray(0, 64)) ? lite(bytes) : graph(bytes)

const ones = (shape: readonly number[]): Float32Array =>
  new Float32Array(shape.reduce((size, each) => size * each, 1)).fill(1)

async function lite(bytes: Uint8Array): Promise<Loaded> {
  const [main] = readTflite(bytes).subgraphs
  const runtime = await openLiteRt()
  const runner = await runtime.load(bytes)
  const feeds = runner.inputs.map(({ name, dtype, shape }, i) =>
    toElements(ones(shape), dtype, stepOf(main?.tensors[main.inputs[i] ?? -1]), name),
  )
  return { runtime: runtime.version, run: () => void runner.run(feeds) }
}

async function graph(bytes: Uint8Array): Promise<Loaded> {
  const read = readGraphDef(bytes)
  const { tf, backend, detail } = await openTensor()
  const executable = loadExecutable(read, tf)
  const feeds: Record<string, Values> = {}
  for (const { name, shape } of executable.inputs) {
    if (!shape || shape.slice(1).some(size => size < 0))
      throw fail(
        'unsupported-graph',
        `The input "${name}" has no fixed size, so nobody knows what to measure.`,
        'Give it a size when the model is exported; only the number of rows may be open.',
        { node: name },
      )
    const row = shape.map(size => (size < 0 ? 1 : size))
    feeds[name] = { data: ones(row), shape: row }
  }
  return { runtime: `TensorFlow.js, ${backend}: ${detail}`, run: () => void executable.run(feeds) }
}

import { type LiteModel, loadExecutable, readGraphDef } from '../../graph/index.ts'
import { openTensor } from '../../tensor/index.ts'
import type { Side } from './side.ts'

/**
 * A GraphDef as TensorFlow.js runs it, native where that is present.
 * @param inputs names of the graph's inputs, in the order of the float model's
 * @param float says the shapes of the inputs
 */
export async function graphSide(bytes: Uint8Array, inputs: string[], float: LiteModel): Promise<Side> {
  const { tf, backend, detail } = await openTensor({ backend: 'auto' })
  const executable = loadExecutable(readGraphDef(bytes, inputs.length > 0 ? { inputs } : {}), tf)
  const main = float.subgraphs[0]
  const names = inputs.length > 0 ? inputs : executable.inputs.map(input => input.name)
  const side: Side = {
    runtime: `TensorFlow.js, ${backend}: ${detail}`,
    first: 0,
    answer(row) {
      const feeds = Object.fromEntries(
        names.map((name, i) => [
          name,
          { data: row[i] as Float32Array, shape: main?.tensors[main.inputs[i] ?? -1]?.shape ?? [] },
        ]),
      )
      const results = executable.run(feeds)
      const parts = executable.outputs.map(name => results[name]?.data ?? new Float32Array())
      side.first = parts[0]?.length ?? 0
      return parts.length === 1 && parts[0] ? parts[0] : Float32Array.from(parts.flatMap(part => [...part]))
    },
    dispose: () => executable.dispose(),
  }
  return side
}

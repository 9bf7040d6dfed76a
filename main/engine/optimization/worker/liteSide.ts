import { readTflite } from '../../graph/index.ts'
import { type LiteRt, type Step, stepOf, toFloats } from '../../litert/index.ts'
import { feedsOf } from './rows.ts'
import type { Side } from './side.ts'

/** A TFLite model as LiteRT.js runs it. */
export async function liteSide(runtime: LiteRt, bytes: Uint8Array): Promise<Side> {
  const main = readTflite(bytes).subgraphs[0]
  const [inputs, outputs] = [main?.inputs ?? [], main?.outputs ?? []].map(list =>
    list.map(tensor => stepOf(main?.tensors[tensor])),
  ) as [(Step | undefined)[], (Step | undefined)[]]
  const runner = await runtime.load(bytes)
  const side: Side = {
    runtime: runtime.version,
    first: 0,
    answer(row) {
      const parts = runner.run(feedsOf(runner, row, inputs)).map((part, i) => toFloats(part, outputs[i]))
      const [first] = parts
      side.first = first?.length ?? 0
      if (parts.length === 1 && first) return first
      const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
      let at = 0
      for (const part of parts) {
        all.set(part, at)
        at += part.length
      }
      return all
    },
    dispose: () => runner.dispose(),
  }
  return side
}

import { type LiteModel, withAllOutputs, writeTflite } from '../../graph/index.ts'
import { type LiteRt, stepOf, toFloats } from '../../litert/index.ts'
import { addNoise, type Noise, snrOf } from '../proof/noise.ts'
import { layerOf } from '../quantize/index.ts'
import type { Proved } from '../work.ts'
import { feedsOf, type RowFiles } from './rows.ts'
import { timesByOperator } from './times.ts'

/** Every activation of every row would be too much to look at; a few rows say the same. */
const ROWS = 16

/**
 * Signal to noise of each activation that both models have by name, in the order in which they are computed, with the
 * time that the variant takes for it.
 */
export async function seenByLayer(
  runtime: LiteRt,
  float: LiteModel,
  variant: LiteModel,
  files: RowFiles,
  rows: number,
): Promise<Proved['layers']> {
  const sides = []
  for (const model of [float, variant]) {
    const watched = withAllOutputs(model)
    const main = watched.subgraphs[0]
    const tensors = (main?.outputs ?? []).map(place => main?.tensors[place])
    sides.push({
      main,
      tensors,
      byName: new Map(tensors.map((tensor, i) => [tensor?.name ?? '', i])),
      inputs: (main?.inputs ?? []).map(place => stepOf(main?.tensors[place])),
      runner: await runtime.load(writeTflite(watched)),
    })
  }
  const [before, after] = sides as [(typeof sides)[number], (typeof sides)[number]]
  const sums = new Map<string, Noise>()
  try {
    for (let row = 0; row < Math.min(ROWS, rows); row++) {
      const values = files.row(row)
      const [a, b] = [before, after].map(side => side.runner.run(feedsOf(side.runner, values, side.inputs)))
      before.tensors.forEach((tensor, i) => {
        const twin = tensor && after.byName.get(tensor.name)
        const [mine, other] = [a?.[i], twin === undefined ? undefined : b?.[twin]]
        if (tensor?.type !== 'float32' || !mine || !other || twin === undefined) return
        const sum = sums.get(tensor.name) ?? { signal: 0, noise: 0 }
        sums.set(tensor.name, sum)
        addNoise(sum, mine as Float32Array, toFloats(other, stepOf(after.tensors[twin])))
      })
    }
  } finally {
    for (const side of sides) side.runner.dispose()
  }
  const times = await timesByOperator(runtime, variant)
  const { main } = before
  return (main?.operators ?? []).flatMap(operator =>
    operator.outputs.flatMap(output => {
      const name = main?.tensors[output]?.name
      const sum = name === undefined ? undefined : sums.get(name)
      if (!sum || name === undefined || !main) return []
      return [
        {
          tensor: name,
          op: operator.op,
          layer: layerOf(operator, main),
          snr: snrOf(sum),
          ms: times.get(name) ?? null,
        },
      ]
    }),
  )
}

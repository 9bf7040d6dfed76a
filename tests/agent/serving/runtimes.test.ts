import { afterEach, describe, expect, test } from 'vitest'
import { loadModel, type Model } from '../../../main/agent/serving/model.ts'
import { type LiteTensor, readGraphDef, toLite, writeTflite } from '../../../main/engine/graph/index.ts'
import { scoresOf } from '../publishHere.ts'
import { instance, tinyGraph } from '../tinyModel.ts'
import { releaseHere } from './here.ts'

const loaded: Model[] = []
afterEach(() => {
  for (const model of loaded.splice(0)) model.dispose()
})
async function load(it: Parameters<typeof releaseHere>[0]): Promise<Model> {
  const model = await loadModel(releaseHere(it))
  loaded.push(model)
  return model
}

const graphOf = (version: number) =>
  readGraphDef(tinyGraph({ best: version % 3 }), { inputs: ['x'], outputs: ['out'] })

const rows = Array.from({ length: 30 }, (_, i) => ({
  weight: i % 5 === 4 ? null : 6 + ((i * 7) % 9),
  color: [null, 'red', 'green', 'blue'][i % 4] ?? null,
}))

describe('a release answers the same by whichever runtime', () => {
  test('frozen graph on TensorFlow.js and its TFLite file on LiteRT.js', async () => {
    const graph = await load({ version: 1 })
    const lite = await load({
      version: 1,
      tflite: writeTflite(toLite(graphOf(1))),
      variant: 'tflite-float32',
    })
    expect(graph.runtime).toContain('TensorFlow')
    expect(lite.runtime).toContain('LiteRT')
    const one = graph.predict(rows)
    const other = lite.predict(rows)
    expect(other.predictions.map(each => 'class' in each && each.class)).toEqual(
      one.predictions.map(each => 'class' in each && each.class),
    )
    for (const [row, scores] of one.scores.entries())
      for (const [i, score] of scores.entries()) expect(other.scores[row]?.[i]).toBeCloseTo(score, 5)
    expect(one.scores[0]).not.toEqual(one.scores[1])
  })

  test('whole numbers of 8 bits at both ends are scaled here: callers see values and probabilities', async () => {
    const lite = await load({ version: 2, tflite: int8Of(2), variant: 'tflite-int8' })
    const { scores } = lite.predict([instance])
    const wanted = scoresOf(2)
    for (const [i, score] of (scores[0] as number[]).entries())
      expect(Math.abs(score - (wanted[i] as number))).toBeLessThan(0.02)
  })

  test('a row to try it with is the first of its golden ones', async () => {
    expect((await load({ version: 1 })).example).toEqual(instance)
  })
})

/** With 8 bits at its ends, and floats between them. */
function int8Of(version: number): Uint8Array {
  const model = toLite(graphOf(version))
  const [main] = model.subgraphs
  if (!main) throw new Error('no graph')
  const [input] = main.inputs as [number]
  const [output] = main.outputs as [number]
  const add = (index: number, least: number, most: number): number => {
    const whole = main.tensors[index] as LiteTensor
    const scale = (most - least) / 255
    main.tensors.push({
      ...whole,
      name: `${whole.name}_int8`,
      type: 'int8',
      quantization: { scale: [scale], zeroPoint: [Math.round(-128 - least / scale)], axis: 0 },
    })
    return main.tensors.length - 1
  }
  const from = add(input, -3, 3)
  const to = add(output, 0, 1)
  main.operators.unshift({ op: 'DEQUANTIZE', version: 2, inputs: [from], outputs: [input], options: {} })
  main.operators.push({ op: 'QUANTIZE', version: 1, inputs: [output], outputs: [to], options: {} })
  main.inputs = [from]
  main.outputs = [to]
  return writeTflite({ ...model, signatures: [] })
}

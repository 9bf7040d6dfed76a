import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type LiteModel,
  readTflite,
  toLite,
  withAllOutputs,
  writeTflite,
} from '../../../main/engine/graph/index.ts'
import { type LiteRt, openLiteRt, stepOf, toElements, toFloats } from '../../../main/engine/litert/index.ts'
import {
  calibration,
  dynamicRange,
  float16,
  quantizeActivations,
} from '../../../main/engine/optimization/quantize/index.ts'
import { readFloats, readModel } from '../../golden/graph/read.ts'
import { freezeLayers } from '../freezeLayers.ts'

const golden = join(import.meta.dirname, '../../golden/graph/convnet')
const python = process.env.EDGEWRIGHT_TF_PYTHON
const ROWS = 20

let litert: LiteRt
let folder: string
let rows: Float32Array[]
let shape: number[]
let keras: Float32Array
const models = new Map<string, LiteModel>()

beforeAll(async () => {
  litert = await openLiteRt()
  folder = mkdtempSync(join(tmpdir(), 'edgewright-litert-'))
  const graph = freezeLayers(readModel(golden))
  const float = toLite(graph)
  shape = (graph.inputs[0]?.shape ?? []).slice(1)
  const width = shape.reduce((product, size) => product * size, 1)
  const data = readFloats(join(golden, 'rows.bin'))
  rows = Array.from({ length: ROWS }, (_, i) => data.slice(i * width, (i + 1) * width))
  keras = readFloats(join(golden, 'keras.bin'))

  const watched = withAllOutputs(float)
  const runner = await litert.load(writeTflite(watched))
  const seen = calibration('minmax')
  for (const row of rows) {
    const outputs = runner.run([row])
    seen.add([
      [float.subgraphs[0]?.inputs[0] as number, row],
      ...outputs.map((values, i): [number, Float32Array] => [
        watched.subgraphs[0]?.outputs[i] as number,
        values as Float32Array,
      ]),
    ])
  }
  runner.dispose()
  const whole = (io: 'float32' | 'int8', perTensorDense = false) =>
    quantizeActivations(float, seen.ranges(), { bits: 8, io, perTensorDense, keepFloat: [] }).model
  models.set('float32', float)
  models.set('float16', float16(float))
  models.set('dynamic', dynamicRange(float, { minElements: 16, perTensorDense: false, keepFloat: [] }))
  models.set('int8', whole('float32'))
  models.set('int8, int8 ends', whole('int8'))
  models.set('int8, one scale for dense kernels', whole('float32', true))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function answers(model: LiteModel): Promise<Float32Array> {
  const runner = await litert.load(writeTflite(model))
  const main = model.subgraphs[0]
  const [input, output] = [main?.inputs[0], main?.outputs[0]].map(place => main?.tensors[place ?? -1])
  const parts = rows.map(row => {
    const [result] = runner.run([toElements(row, input?.type ?? 'float32', stepOf(input), 'input')])
    return toFloats(result as Float32Array, stepOf(output))
  })
  runner.dispose()
  return Float32Array.from(parts.flatMap(part => [...part]))
}

const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0)

describe('a convolutional net of Keras as TFLite', () => {
  test('float32 answers as Keras does, the others nearly', async () => {
    const expected = keras.subarray(0, ROWS * (keras.length / 100))
    expect(largest(await answers(models.get('float32') as LiteModel), expected)).toBeLessThan(1e-5)
    expect(largest(await answers(models.get('float16') as LiteModel), expected)).toBeLessThan(2e-3)
    for (const name of ['dynamic', 'int8', 'int8, int8 ends', 'int8, one scale for dense kernels'])
      expect(largest(await answers(models.get(name) as LiteModel), expected), name).toBeLessThan(0.05)
  })

  test(python
    ? "LiteRT's own interpreter takes every file as written, and answers the same"
    : "LiteRT's own interpreter answers the same (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with LiteRT)", {
    skip: !python,
    timeout: 120_000,
  }, async () => {
    const data = new Float32Array(rows.flatMap(row => [...row]))
    writeFileSync(join(folder, 'rows.bin'), new Uint8Array(data.buffer))
    const pairs = [...models].flatMap(([, model], i) => {
      writeFileSync(join(folder, `${i}.tflite`), writeTflite(model))
      return [join(folder, `${i}.tflite`), join(folder, `${i}.bin`)]
    })
    execFileSync(
      python as string,
      [join(golden, '../run_tflite.py'), join(folder, 'rows.bin'), shape.join(), ...pairs],
      { stdio: 'pipe' },
    )
    for (const [i, [name, model]] of [...models].entries()) {
      const theirs = readFloats(join(folder, `${i}.bin`))
      const main = readTflite(readFileSync(join(folder, `${i}.tflite`))).subgraphs[0]
      const step = stepOf(main?.tensors[main.outputs[0] ?? -1])?.scale ?? 1 / 256
      // Two builds of the same kernels may round one step apart in whole numbers.
      const bound = name.startsWith('int8') ? step * 1.01 : name === 'dynamic' ? 1e-3 : 1e-5
      expect(largest(await answers(model), theirs), name).toBeLessThan(bound)
    }
  })
})

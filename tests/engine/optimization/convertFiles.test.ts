import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Variant } from '#contract'
import { readTflite } from '../../../main/engine/graph/index.ts'
import { ROWS, readQuantizeCases } from '../../golden/graph/quantize/read.ts'
import { openEngine } from '../engine.ts'
import { npy } from './numpy.ts'

const cases = readQuantizeCases()
let house: Awaited<ReturnType<typeof openEngine>>
beforeAll(async () => {
  house = await openEngine()
})
afterAll(() => house.close())

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** A case's float model and its rows, as a person has them. */
function files(name: string): { model: string; calibration: string } {
  const found = cases.get(name)
  const [rows = new Float32Array()] = Object.values(found?.rows ?? {})
  const model = join(house.folder, `${name}.tflite`)
  const calibration = join(house.folder, `${name}.npy`)
  const float = found?.files.float ?? new Uint8Array()
  const main = readTflite(float).subgraphs[0]
  const shape = main?.tensors[main.inputs[0] ?? -1]?.shape ?? []
  writeFileSync(model, float)
  writeFileSync(calibration, npy('<f4', [ROWS, ...shape.slice(1)], bytesOf(rows)))
  return { model, calibration }
}

type Wanted = Parameters<typeof house.engine.optimization.convert>[0]
const convert = (wanted: Partial<Wanted> & { model: string }) =>
  house.work<Variant>(house.engine.optimization.convert({ to: 'tflite', quantize: 'int8', ...wanted }))
const refused = (wanted: Partial<Wanted> & { model: string }) =>
  house.failed(house.engine.optimization.convert({ to: 'tflite', quantize: 'int8', ...wanted }))

describe('a file and rows for it', () => {
  test('become an 8-bit model with a proof, and what stays float with its reason', async () => {
    const out = join(house.folder, 'between.int8.tflite')
    const variant = await convert({ ...files('between'), out })
    expect(variant.ops).toEqual({ QUANTIZE: 2, FULLY_CONNECTED: 2, DEQUANTIZE: 2, SIN: 1 })
    expect(variant.kept).toEqual([
      { layer: expect.any(String), reason: 'SIN is not computed in 8-bit whole numbers' },
    ])
    expect(variant.proof).toMatchObject({ rows: ROWS, runtime: expect.stringContaining('LiteRT') })
    expect(variant.proof?.maxDifference).toBeLessThan(0.2)
    expect(variant.proof?.layers.length).toBeGreaterThan(2)
    expect(readFileSync(out)).toHaveLength(variant.bytes)
  })

  test('become the same model each time, and another with 8-bit ends or by other ranges', async () => {
    const given = files('dense')
    const [first, again, whole, average] = [
      await convert(given),
      await convert(given),
      await convert({ ...given, io: 'int8' }),
      await convert({ ...given, calibrateBy: 'average' }),
    ]
    expect(again.id).toBe(first.id)
    expect(new Set([first.id, whole.id, average.id]).size).toBe(3)
    expect(whole.ops).toEqual({ FULLY_CONNECTED: 1 })
    expect(whole.proof?.maxDifference).toBeLessThan(0.2)
  })

  test('become a 16-bit model that is nearer', async () => {
    const given = files('conv')
    const [narrow, wide] = [await convert(given), await convert({ ...given, quantize: 'int16' })]
    expect(wide.proof?.maxDifference).toBeLessThan(narrow.proof?.maxDifference ?? 0)
  })

  test('may keep layers float, which are then exact', async () => {
    const { proof, kept } = await convert({ ...files('between'), keepFloat: ['MatMul', 'PartitionedCall:0'] })
    expect(proof?.maxDifference).toBe(0)
    expect(kept.map(({ reason }) => reason)).toContain('kept float as asked')
  })
})

test('a file of 16-bit floats is taken for the floats that it holds', async () => {
  const given = files('conv')
  const half = join(house.folder, 'half.tflite')
  const float16 = await convert({ ...given, quantize: 'float16', out: half })
  expect(float16.ops).toEqual({ CONV_2D: 1, DEQUANTIZE: 2 })
  const variant = await convert({ ...given, model: half })
  expect(variant.ops).toEqual({ QUANTIZE: 1, CONV_2D: 1, DEQUANTIZE: 1 })
  expect(variant.kept).toEqual([])
})

describe('what cannot be', () => {
  test('is a model that is quantized already', async () => {
    const { calibration } = files('dense')
    const model = join(house.folder, 'already.tflite')
    writeFileSync(model, cases.get('dense')?.files.int8 ?? new Uint8Array())
    expect(await refused({ model, calibration })).toMatchObject({
      code: 'unsupported',
      message: 'already.tflite is quantized already.',
    })
  })

  test('is a name that no layer has', async () => {
    expect(await refused({ ...files('dense'), keepFloat: ['nobody'] })).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('"nobody"'),
    })
  })

  test('is whole numbers without rows, or with rows of another shape, or with none', async () => {
    const { model } = files('dense')
    expect(await refused({ model })).toMatchObject({ code: 'bad-input' })
    const { calibration } = files('conv')
    expect(await refused({ model, calibration })).toMatchObject({ code: 'bad-input' })
    const empty = join(house.folder, 'empty.npy')
    writeFileSync(empty, npy('<f4', [0, 12], new Uint8Array()))
    expect((await refused({ model, calibration: empty })).code).toBe('empty-data')
    const odd = join(house.folder, 'odd.npy')
    writeFileSync(odd, npy('<f4', [2, 12], bytesOf(new Float32Array(24).fill(Number.NaN))))
    expect((await refused({ model, calibration: odd })).code).toBe('empty-data')
  })

  test('is 8-bit ends of a float model', async () => {
    expect(await refused({ ...files('dense'), quantize: 'float16', io: 'int8' })).toMatchObject({
      code: 'bad-input',
    })
  })
})

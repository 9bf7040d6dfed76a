import { describe, expect, test } from 'vitest'
import { commandOf } from '../../../renderer/engine/index.ts'
import {
  formOf,
  inputOf,
  newForm,
  quantizeTrouble,
} from '../../../renderer/rooms/optimization/convertForm.ts'
import { baseName, guessOf, mainFileOf } from '../../../renderer/rooms/optimization/modelFiles.ts'
import { wilson } from '../../../renderer/rooms/optimization/sizeChart.ts'
import { lossesOf, verdictOf } from '../../../renderer/rooms/optimization/tolerance.ts'
import { variantRows } from '../../../renderer/rooms/optimization/variantRows.ts'
import { hash } from '../engine/samples.ts'
import { int8, proof, variant } from './variants.ts'

const reference = { bytes: 90_000, metrics: { accuracy: 0.91 }, rows: 800 }

describe('rows of the variants table', () => {
  test('the model comes first, then the most precise, of one kind the newest', () => {
    const older = variant({ id: hash('1'), at: '2026-11-20T00:00:00Z' })
    const rows = variantRows([int8(), older, variant()], reference, null)
    expect(rows.map(row => row.id)).toEqual(['model', variant().id, older.id, int8().id])
    // The model's figure is the one on the rows that its variants were compared on.
    expect(rows.map(row => row.lead)).toEqual([0.9, 0.9, 0.9, 0.897])
    expect(rows[3]).toMatchObject({
      change: '−0.3',
      trend: -1,
      rows: 1000,
      disagreements: 5,
      median: 0.41,
      p95: 0.62,
      arena: 2048,
      worst: { label: 'worn', value: 0.86, change: '−4.0', trend: -1 },
      verdict: null,
    })
  })
  test('what was not made or not measured says nothing it does not know', () => {
    expect(variantRows([], reference, null)).toMatchObject([{ lead: 0.91, rows: 800, worst: null }])
    expect(variantRows([], { bytes: null, metrics: null, rows: null }, null)).toMatchObject([
      { lead: null, key: null, bytes: null },
    ])
    const bare = variantRows([variant({ compared: null })], reference, { points: 1, classPoints: 1 })[1]
    expect(bare).toMatchObject({ lead: null, verdict: null, worst: null, median: null })
  })
  test('a file that has no run is measured by the rows it was proven on', () => {
    const [, row] = variantRows([int8({ run: null, source: '/m.tflite', compared: null })], reference, null)
    // 811 and 86 of 1,000
    expect(row?.lead).toBeCloseTo(0.897, 10)
    expect(row?.change).toBe('−0.3')
  })
})

describe('tolerance', () => {
  test('losses are weighed by rows, the worst class by itself', () => {
    const losses = lossesOf(proof())
    expect(losses?.overall).toBeCloseTo(0.3, 10)
    expect(losses?.worst?.label).toBe('worn')
    expect(losses?.worst?.points).toBeCloseTo(4, 10)
  })
  test('without labels the answers of the float model count as right', () => {
    expect(lossesOf(proof({ perClass: [] }))).toEqual({ overall: 0.5, worst: null })
    expect(lossesOf(proof({ perClass: [], disagreements: null }))).toBeNull()
  })
  test.each([
    [{ points: 1, classPoints: 5 }, true, 'It loses 0.3 points, no class more than 4.0 points.'],
    [{ points: 1, classPoints: 3 }, false, 'The class "worn" loses 4.0 points where 3.0 points are allowed.'],
    [{ points: 0.2, classPoints: 1 }, false, 'It loses 0.3 points where 0.2 points are allowed.'],
  ])('%o', (wanted, passed, reason) => {
    expect(verdictOf(proof(), wanted)).toMatchObject({ passed, reason })
  })
  test('exactly what is allowed is allowed', () => {
    expect(verdictOf(proof(), { points: 0.3, classPoints: 4 })?.passed).toBe(true)
  })
  test('what the engine said of the same limits is said again', () => {
    const wanted = { points: 1, classPoints: 5 }
    const said = proof({ tolerance: { wanted, passed: true, reason: 'As the engine says it.' } })
    expect(verdictOf(said, wanted)?.reason).toBe('As the engine says it.')
    expect(verdictOf(said, { points: 0, classPoints: 5 })?.passed).toBe(false)
    expect(verdictOf(said, null)).toBeNull()
  })
  test('the interval of a share is that of Wilson', () => {
    // 8 of 10: 0.490 to 0.943, the textbook figures
    expect(wilson(0.8, 10).low).toBeCloseTo(0.49, 2)
    expect(wilson(0.8, 10).high).toBeCloseTo(0.943, 3)
    expect(wilson(1, 50).high).toBeLessThanOrEqual(1)
  })
})

describe('converting', () => {
  const command = (form = newForm(), ofRun = true) =>
    commandOf('optimization', 'convert', inputOf(form, 'run-1', null, ofRun))
  test('what does not apply is left out of the command', () => {
    expect(command()).toBe('edgewright optimization convert run-1 --quantize int8')
    const all = {
      ...newForm(),
      io: 'int8' as const,
      calibrateBy: 'mse' as const,
      calibrationRows: 99,
      perTensorDense: true,
      keepFloat: ['a', 'b'],
      searches: true,
      out: 'x.tflite',
    }
    expect(command(all)).toBe(
      'edgewright optimization convert run-1 --quantize int8 --io int8 --calibrate-by mse --calibration-rows 99 --per-tensor-dense --keep-float a --keep-float b --tolerance 1 --class-tolerance 3 --out x.tflite',
    )
    expect(command({ ...all, to: 'graphdef', quantize: 'none', out: '' })).toBe(
      'edgewright optimization convert run-1 --to graphdef',
    )
  })
  test('formats say what they cannot hold', () => {
    expect(quantizeTrouble('tflite', 'int16')).toBeNull()
    expect(quantizeTrouble('tfjs', 'float16')).toBeNull()
    for (const [to, quantize] of [
      ['graphdef', 'int8'],
      ['tfjs', 'int16'],
      ['graphdef', 'float16'],
    ] as const)
      expect(quantizeTrouble(to, quantize)).not.toBeNull()
  })
  test('a variant can be made again as it was', () => {
    const settings = {
      to: 'tflite',
      quantize: 'int8',
      io: 'int8',
      calibrateBy: 'mse',
      keepFloat: ['a'],
    } as const
    const made = int8({ settings: { ...settings, keepFloat: ['a'] } })
    expect(inputOf(formOf(made), 'run-1', null, true)).toMatchObject(settings)
  })
})

describe('dropped files', () => {
  const drop = (...names: string[]) => names.map(name => ({ name, path: undefined }))
  test.each([
    'a.tflite',
    'a.keras',
    'a.H5',
    'frozen.pb',
    'g.pbtxt',
    'x/model.json',
    'm.ckpt-12.index',
    'm.meta',
  ])('%s is a model', name => expect(guessOf(drop(name))).toBe('model'))
  test.each(['rows.csv', 'package.json', 'a.parquet', 'pictures/1.jpg', 'faiss.index'])('%s is data', name =>
    expect(guessOf(drop(name))).toBe('data'),
  )
  test('a folder is looked into where its path is known, and known by what is in it where not', () => {
    expect(guessOf([{ name: 'model_v1.2', path: '/m/model_v1.2' }])).toBe('maybe')
    expect(guessOf([{ name: 'rows.csv', path: '/m/rows.csv' }])).toBe('data')
    expect(guessOf(drop('m/saved_model.pb', 'm/variables/variables.index'))).toBe('model')
    expect(guessOf([])).toBe('data')
  })
  test('of a model of several files the one that names it is opened', () => {
    expect(mainFileOf(drop('group1-shard1of1.bin', 'model.json'))?.name).toBe('model.json')
    expect(mainFileOf(drop('m.ckpt.data-00000-of-00001', 'm.ckpt.index', 'm.ckpt.meta'))?.name).toBe(
      'm.ckpt.meta',
    )
    expect(baseName('C:\\models\\net.tflite')).toBe('net.tflite')
    expect(baseName('/models/saved/')).toBe('saved')
  })
})

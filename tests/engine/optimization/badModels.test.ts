import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FailureCode } from '#contract'
import { damaged, harms, models } from '../../cases/badModels.ts'
import { npy } from '../../cases/npy.ts'
import { savedModels } from '../../golden/graph/savedmodel/read.ts'
import { openEngine } from '../engine.ts'

let house: Awaited<ReturnType<typeof openEngine>>
beforeAll(async () => {
  house = await openEngine()
})
afterAll(() => house.close())

/** What a person may be told of a file that came to harm. */
const EXPECTED: FailureCode[] = [
  'unreadable-file',
  'unsupported',
  'unsupported-graph',
  'bad-input',
  'empty-data',
  'not-found',
]

describe.each(models)('a damaged $format', model => {
  test.each([...harms()])(
    '%s: opens, or is refused in one sentence, and leaves nothing half-written',
    async (_, change) => {
      const { engine } = house
      const folder = mkdtempSync(join(house.folder, 'damaged-'))
      const path = damaged(folder, model, change)
      const out = join(folder, 'out.pb')
      const { status } = await house.ended(await engine.optimization.freeze({ model: path, out }))
      expect(['succeeded', 'failed']).toContain(status.state)
      if (status.state === 'failed') {
        expect(EXPECTED).toContain(status.failure.code)
        expect(status.failure.message).not.toMatch(/undefined|NaN|RangeError|TypeError|\n|Cannot read/)
        expect(status.failure.remedy).not.toBe('')
        expect(existsSync(out)).toBe(false)
      } else expect(readFileSync(out).length).toBeGreaterThan(0)
      const seen = await engine.optimization.inspect({ model: path }).catch((error: unknown) => error)
      if (status.state === 'succeeded') expect(seen).toMatchObject({ format: expect.any(String) })
      rmSync(folder, { recursive: true })
    },
  )
})

describe('rows to calibrate on that do not fit', () => {
  const model = join(savedModels, '..', 'tflite', 'convnet_float.tflite')
  const zero = new Float32Array(8 * 12 * 12 * 3)
  const withValue = (value: number) => zero.map((_, i) => (i === 3 * 432 + 7 ? value : 0.1))
  const rows: [string, () => Uint8Array, FailureCode, RegExp][] = [
    ['no archive', () => Buffer.from('nothing'), 'unreadable-file', /is not a NumPy archive/],
    ['an empty file', () => new Uint8Array(), 'unreadable-file', /is not a NumPy archive/],
    ['no arrays', () => zipSync({}), 'empty-data', /holds no arrays/],
    [
      'other arrays',
      () => zipSync({ 'a.npy': npy([2, 2], [1, 2, 3, 4]), 'b.npy': npy([2, 2], [1, 2, 3, 4]) }),
      'bad-input',
      /has no array for the input .*; it has a, b/,
    ],
    [
      'another shape',
      () => zipSync({ 'a.npy': npy([2, 2], [1, 2, 3, 4]) }),
      'bad-input',
      /the model takes \[/,
    ],
    ['no rows', () => zipSync({ 'a.npy': npy([0, 12, 12, 3], []) }), 'empty-data', /has no rows/],
    [
      'a value that is too large',
      () => zipSync({ 'a.npy': npy([8, 12, 12, 3], withValue(3e38)) }),
      'bad-input',
      /Row 4 .* too large/,
    ],
  ]
  test.each(rows)('%s', async (name, make, code, says) => {
    const folder = mkdtempSync(join(house.folder, 'rows-'))
    const calibration = join(folder, 'rows.npz')
    writeFileSync(calibration, make())
    const out = join(folder, 'out.tflite')
    const failure = await house.failed(
      house.engine.optimization.convert({ model, quantize: 'int8', calibration, out }),
    )
    expect([name, failure.code]).toEqual([name, code])
    expect(failure.message).toMatch(says)
    expect(existsSync(out)).toBe(false)
  })

  test('none at all, a file that is not there, one of another kind', async () => {
    const convert = (calibration?: string) =>
      house.failed(house.engine.optimization.convert({ model, quantize: 'int8', calibration }))
    expect(await convert()).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('need rows'),
    })
    expect(await convert('nowhere.npz')).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('There is no file'),
    })
    const table = join(house.folder, 'table.csv')
    writeFileSync(table, 'a,b\n1,2\n')
    expect(await convert(table)).toMatchObject({ code: 'unsupported' })
    expect((await convert('nobody')).code).toBe('not-found')
  })
})

describe('models that cannot go everywhere', () => {
  test('say of each operation what it blocks, and what can still be done', async () => {
    const seen = await house.engine.optimization.inspect({ model: join(savedModels, 'words', 'model') })
    expect(seen.unsupported.length).toBeGreaterThan(0)
    for (const { op, count, nodes, blocks, still } of seen.unsupported) {
      expect(op).not.toBe('')
      expect(count).toBeGreaterThan(0)
      expect(nodes.length).toBeGreaterThan(0)
      expect(blocks.length).toBeGreaterThan(0)
      expect(still).toMatch(/The graph can be /)
    }
  })

  test('a place that must not be written is refused before the work', async () => {
    const folder = join(house.folder, 'places')
    mkdirSync(folder)
    const model = damaged(folder, models[5] as (typeof models)[number], bytes => bytes)
    const before = readFileSync(model)
    const onto = (out: string, to: 'tflite' | 'tfjs' = 'tflite') =>
      house.failed(house.engine.optimization.convert({ model, to, out }))
    expect((await onto(model)).message).toContain('would replace')
    expect((await onto(folder)).message).toContain('is a folder')
    expect((await onto(model, 'tfjs')).message).toContain('is a file')
    expect((await onto(join(model, 'below.tflite'))).message).toContain('is a file and not a folder')
    expect(readFileSync(model)).toEqual(before)
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { afterAll, describe, expect, test } from 'vitest'
import { FailureError } from '../../../main/engine/kit/index.ts'
import { readNpy } from '../../../main/engine/optimization/samples/npy.ts'
import { readNpz } from '../../../main/engine/optimization/samples/npz.ts'
import { type SampleInput, samplesOf } from '../../../main/engine/optimization/samples/samples.ts'
import { npy } from './numpy.ts'

const folder = mkdtempSync(join(tmpdir(), 'samples-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const failureOf = (make: () => unknown) => {
  try {
    make()
  } catch (error) {
    if (error instanceof FailureError) return error.failure
    throw error
  }
  throw new Error('it was not refused')
}

describe('an .npy file', () => {
  test.each([
    ['<f2', (view: DataView, i: number) => view.setFloat16(2 * i, i - 1, true), 2],
    ['<f4', (view: DataView, i: number) => view.setFloat32(4 * i, i - 1, true), 4],
    ['>f4', (view: DataView, i: number) => view.setFloat32(4 * i, i - 1, false), 4],
    ['<f8', (view: DataView, i: number) => view.setFloat64(8 * i, i - 1, true), 8],
    ['>f8', (view: DataView, i: number) => view.setFloat64(8 * i, i - 1, false), 8],
    ['|i1', (view: DataView, i: number) => view.setInt8(i, i - 1), 1],
    ['<i2', (view: DataView, i: number) => view.setInt16(2 * i, i - 1, true), 2],
    ['>i4', (view: DataView, i: number) => view.setInt32(4 * i, i - 1, false), 4],
    ['<i8', (view: DataView, i: number) => view.setBigInt64(8 * i, BigInt(i - 1), true), 8],
  ] as const)('of %s holds its numbers', (type, put, size) => {
    const view = new DataView(new ArrayBuffer(6 * size))
    for (let i = 0; i < 6; i++) put(view, i)
    const read = readNpy(npy(type, [2, 3], new Uint8Array(view.buffer)), 'a')
    expect(read.shape).toEqual([2, 3])
    expect([...read.data]).toEqual([-1, 0, 1, 2, 3, 4])
  })

  test.each(['|u1', '<u2', '<u4', '<u8', '|b1'])('of %s holds no negative ones', type => {
    const size = Number(type.at(-1))
    const bytes = new Uint8Array(2 * size)
    bytes[0] = 1
    bytes.fill(255, size)
    const { data } = readNpy(npy(type, [2], bytes), 'a')
    expect(data[0]).toBe(1)
    expect(data[1]).toBe(type === '|b1' ? 255 : Math.fround(2 ** (8 * size) - 1))
  })

  test('of a scalar, of one axis, of none, and of each version of the format', () => {
    expect(readNpy(npy('<f4', [], new Uint8Array(4)), 'a')).toEqual({ shape: [], data: new Float32Array(1) })
    expect(readNpy(npy('<f4', [3], new Uint8Array(12)), 'a').shape).toEqual([3])
    expect(readNpy(npy('<f4', [0, 3], new Uint8Array()), 'a')).toEqual({
      shape: [0, 3],
      data: new Float32Array(),
    })
    for (const version of [1, 2, 3])
      expect(readNpy(npy('<f4', [1], new Uint8Array(4), { version }), 'a').shape).toEqual([1])
  })

  test('in the order of Fortran is read as it was meant', () => {
    const data = new Uint8Array(Float32Array.of(1, 4, 2, 5, 3, 6).buffer)
    expect(readNpy(npy('<f4', [2, 3], data, { fortran: true }), 'a')).toEqual({
      shape: [2, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
    })
    const deep = new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer)
    const { data: read } = readNpy(npy('<f4', [2, 3, 4], deep, { fortran: true }), 'a')
    // Element [a, b, c] lies at a + 2b + 6c.
    expect([...read.subarray(0, 5)]).toEqual([0, 6, 12, 18, 2])
    expect(read[23]).toBe(23)
  })

  test.each(['<U5', '|O', '<c8', '|S3', '<M8[ns]'])('of %s is no array of numbers', type => {
    expect(failureOf(() => readNpy(npy(type, [1], new Uint8Array(64)), 'labels'))).toMatchObject({
      code: 'wrong-type',
      message: expect.stringContaining('labels'),
    })
  })

  test('of named fields is no array of numbers', () => {
    const bytes = npy("[('a', '<f4')]", [1], new Uint8Array(4))
    expect(failureOf(() => readNpy(bytes, 'a')).code).toBe('wrong-type')
  })

  test('that was cut off anywhere is refused, and never read as less', () => {
    const whole = npy('<f4', [2, 3], new Uint8Array(24))
    for (let length = 0; length < whole.length; length++)
      expect(['unreadable-file', 'wrong-type']).toContain(
        failureOf(() => readNpy(whole.slice(0, length), 'a')).code,
      )
  })

  test('whose shape is too large, negative or none is refused before it takes memory', () => {
    for (const shape of ['(4294967296, 4294967296)', '(-1,)', '(1e3,)', '(x,)', '(99999999999999999999,)'])
      expect(
        failureOf(() => readNpy(npy('<f4', [], new Uint8Array(4), { shapeText: shape }), 'a')).code,
      ).toBe('unreadable-file')
  })

  test('of any bytes ends in an array or a failure', () => {
    const whole = npy('<f4', [2, 3], new Uint8Array(24))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), flips => {
        const bytes = whole.slice()
        for (const [place, value] of flips) bytes[place] = value
        try {
          const { shape, data } = readNpy(bytes, 'a')
          expect(data).toHaveLength(shape.reduce((size, each) => size * each, 1))
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError)
        }
      }),
    )
  })
})

describe('an .npz file', () => {
  const floats = (values: number[], shape: number[]) =>
    npy('<f4', shape, new Uint8Array(Float32Array.from(values).buffer))

  test('holds arrays by name, packed or not; a lone .npy is one', () => {
    for (const level of [0, 6] as const) {
      const path = at(
        `a${level}.npz`,
        zipSync({ 'x.npy': floats([1, 2], [2]), 'deep/y.npy': floats([3], [1]) }, { level }),
      )
      const arrays = readNpz(path)
      expect([...arrays.keys()]).toEqual(['x', 'deep/y'])
      expect([...(arrays.get('x')?.data ?? [])]).toEqual([1, 2])
    }
    expect([...readNpz(at('b.npy', floats([5], [1]))).values()][0]?.data[0]).toBe(5)
  })

  test('that is cut off, empty, no archive or not there says so', () => {
    const whole = zipSync({ 'x.npy': floats(Array.from({ length: 64 }, Math.random), [64]) })
    for (let length = 0; length < whole.length; length += 7)
      expect(failureOf(() => readNpz(at('cut.npz', whole.slice(0, length)))).code).toBe('unreadable-file')
    expect(failureOf(() => readNpz(at('none.npz', zipSync({})))).code).toBe('empty-data')
    expect(failureOf(() => readNpz(at('text.npz', zipSync({ 'a.txt': new Uint8Array(3) })))).code).toBe(
      'empty-data',
    )
  })

  test('that unpacks to more than it says, or to too much, is refused', () => {
    const bomb = zipSync({ 'x.npy': floats(new Array(50_000).fill(0), [50_000]) }, { level: 9 })
    expect(bomb.length).toBeLessThan(2000)
    const view = new DataView(bomb.buffer)
    const central = bomb.findLastIndex(
      (_, i) => i + 4 <= bomb.length && view.getUint32(i, true) === 0x02014b50,
    )
    for (const said of [100, 2 ** 32 - 16]) {
      const lying = bomb.slice()
      new DataView(lying.buffer).setUint32(central + 24, said, true)
      expect(failureOf(() => readNpz(at('bomb.npz', lying))).code).toBe('unreadable-file')
    }
  })
})

describe('samples for the inputs of a model', () => {
  const array = (shape: number[], from = 0) => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((size, each) => size * each, 1) }, (_, i) => from + i),
  })
  const input = { name: 'net/x:0', key: 'x', shape: [-1, 2] }

  test.each(['x', 'net/x:0', 'net/x', 'x:0', 'anything'])('are found by the name "%s"', name => {
    const { rows, inputs } = samplesOf(new Map([[name, array([3, 2])]]), [input], 'here', 100)
    expect(rows).toBe(3)
    expect(inputs[0]?.width).toBe(2)
  })

  test('are as many as wanted, for all inputs alike', () => {
    const other = { name: 'y', shape: [1, 1] }
    const arrays = new Map([
      ['x', array([5, 2])],
      ['y', array([5, 1], 50)],
    ])
    const { rows, inputs } = samplesOf(arrays, [other, input], 'here', 2)
    expect(rows).toBe(2)
    expect([...(inputs[0]?.data ?? [])]).toEqual([50, 51])
    expect([...(inputs[1]?.data ?? [])]).toEqual([0, 1, 2, 3])
    arrays.set('y', array([4, 1]))
    expect(failureOf(() => samplesOf(arrays, [other, input], 'here', 9)).message).toMatch(/4 and 5 rows/)
  })

  test('may be a single row, or rows with a batch of one each', () => {
    expect(samplesOf(new Map([['x', array([2])]]), [input], 'here', 9).rows).toBe(1)
    expect(samplesOf(new Map([['x', array([4, 1, 2])]]), [input], 'here', 9)).toMatchObject({ rows: 4 })
    const open = { name: 'x', shape: [-1, -1, 3] }
    expect(samplesOf(new Map([['x', array([2, 5, 3])]]), [open], 'here', 9).inputs[0]?.width).toBe(15)
  })

  test('that do not fit say what the model takes', () => {
    const refused = (shape: number[], inputs: SampleInput[] = [input], name = 'x') =>
      failureOf(() => samplesOf(new Map([[name, array(shape)]]), inputs, 'rows.npz', 9))
    expect(refused([3, 4])).toMatchObject({ code: 'bad-input', message: expect.stringContaining('[2]') })
    expect(refused([3, 2, 1]).code).toBe('bad-input')
    expect(refused([0, 2]).code).toBe('empty-data')
    expect(refused([3, 2], [input, { name: 'y', shape: [1] }], 'x').message).toContain(
      'no array for the input "y"',
    )
  })

  test('leave out rows that are not all numbers, and say so', () => {
    const odd = array([4, 2])
    odd.data[3] = Number.NaN
    const { rows, inputs, from } = samplesOf(new Map([['x', odd]]), [input], 'rows.npz', 2)
    expect(rows).toBe(2)
    expect([...(inputs[0]?.data ?? [])]).toEqual([0, 1, 4, 5])
    expect(from).toBe('rows.npz but for 1 row that is not all numbers')
    expect(samplesOf(new Map([['x', odd]]), [input], 'rows.npz', 1)).toMatchObject({
      rows: 1,
      from: 'rows.npz',
    })
    odd.data.fill(Number.POSITIVE_INFINITY)
    expect(failureOf(() => samplesOf(new Map([['x', odd]]), [input], 'rows.npz', 9)).code).toBe('empty-data')
  })
})

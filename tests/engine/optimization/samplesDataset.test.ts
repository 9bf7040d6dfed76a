import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { datasetRows } from '../../../main/engine/optimization/samples/dataset.ts'
import type { PictureScale, SampleInput, Samples } from '../../../main/engine/optimization/samples/index.ts'
import { plain } from '../dataset/pictures.ts'
import { failureOf, openWorkspace, type Workspace } from '../dataset/workspace.ts'

let workspace: Workspace
async function rows(
  name: string,
  inputs: SampleInput[],
  more: { most?: number; scale?: PictureScale } = {},
): Promise<Samples> {
  let found: Samples | undefined
  // A job's result is kept as text, in which arrays of numbers are none.
  await workspace.job(async job => {
    found = await datasetRows(workspace.dataset, name, inputs, { most: 100, scale: '0..1', ...more }, job)
    return null
  })
  return found as Samples
}

beforeAll(async () => {
  workspace = openWorkspace()
  const lines = Array.from(
    { length: 20 },
    (_, i) => `${i},${i / 2},row ${i},${i === 7 ? '' : -i},${i % 2 === 0},${100 + i}`,
  )
  await workspace.import(workspace.file('table.csv', `a_0,a_1,name,b,flag,c\n${lines.join('\n')}\n`), {
    name: 'table',
  })
  const folder = join(dirname(workspace.file('reds/.keep', '')), 'red')
  mkdirSync(folder, { recursive: true })
  for (const [i, color] of ['#ff0000', '#800000', '#000000'].entries())
    writeFileSync(join(folder, `${i}.png`), await plain({ width: 10 + i, height: 8, color }))
  await workspace.import(dirname(folder), { name: 'reds' })
}, 60_000)
afterAll(() => workspace.close())

describe('rows of a table', () => {
  test('are found by the inputs, one column or numbered ones, whatever stands between', async () => {
    const found = await rows('table', [
      { name: 'net/x:0', key: 'a', shape: [-1, 2] },
      { name: 'b:0', shape: [1, 1] },
    ])
    // The row without a value is left out.
    expect(found.rows).toBe(19)
    expect(found.inputs.map(({ width }) => width)).toEqual([2, 1])
    expect([...(found.inputs[0]?.data.subarray(0, 4) ?? [])]).toEqual([0, 0, 1, 0.5])
    expect([...(found.inputs[1]?.data ?? [])]).not.toContain(-7)
    expect(found.inputs[1]?.data).toHaveLength(19)
    expect(found.from).toMatch(/^table v1/)
  })

  test('for a single input are the first numbers, as many as it takes', async () => {
    const found = await rows('table', [{ name: 'x', shape: [-1, 3] }], { most: 2 })
    expect(found.rows).toBe(2)
    expect([...(found.inputs[0]?.data ?? [])]).toEqual([0, 0, 0, 1, 0.5, -1])
  })

  test('of truth values are 0 and 1', async () => {
    const found = await rows('table', [{ name: 'flag', shape: [-1, 1] }], { most: 3 })
    expect([...(found.inputs[0]?.data ?? [])]).toEqual([1, 0, 1])
  })

  test('that do not fit are refused, naming the input and what it takes', async () => {
    for (const inputs of [
      [{ name: 'x', shape: [-1, 9] }],
      [
        { name: 'a', shape: [-1, 2] },
        { name: 'x', shape: [-1, 1] },
      ],
    ])
      expect(await failureOf(rows('table', inputs))).toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('the input "x"'),
      })
    expect((await failureOf(rows('nobody', [{ name: 'a', shape: [-1, 2] }]))).code).toBe('not-found')
  })

  test('of words alone are no rows', async () => {
    expect((await rows('table', [{ name: 'name', shape: [-1, 1] }])).rows).toBe(0)
  })
})

describe('pictures', () => {
  const input = (channels: number) => [{ name: 'x', shape: [-1, 4, 5, channels] }]

  test('are brought to the size of the input, in the values that it was trained on', async () => {
    const ends: Record<PictureScale, [low: number, high: number]> = {
      '0..1': [0, 1],
      '-1..1': [-1, 1],
      '0..255': [0, 255],
    }
    for (const [scale, [low, high]] of Object.entries(ends) as [PictureScale, [number, number]][]) {
      const { rows: count, inputs } = await rows('reds', input(3), { scale })
      const [{ data, width } = { data: new Float32Array(), width: 0 }] = inputs
      expect([count, width, data.length]).toEqual([3, 60, 180])
      const first = [0, 1, 2].map(picture => [...data.subarray(picture * width, picture * width + 3)])
      expect(first).toContainEqual([high, low, low])
      expect(first).toContainEqual([low, low, low])
    }
  })

  test('may be gray, and as few as wanted', async () => {
    const { rows: count, inputs } = await rows('reds', input(1), { most: 2 })
    expect([count, inputs[0]?.width]).toEqual([2, 20])
    expect(Math.max(...(inputs[0]?.data ?? []))).toBeLessThan(0.6)
  })

  test('are nothing for a model of rows, of other channels, of open size or of two inputs', async () => {
    const odd: SampleInput[][] = [
      [{ name: 'x', shape: [-1, 60] }],
      input(4),
      [{ name: 'x', shape: [-1, -1, -1, 3] }],
      [...input(3), ...input(3)],
    ]
    for (const inputs of odd)
      expect(await failureOf(rows('reds', inputs))).toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('does not take pictures'),
      })
  })
})

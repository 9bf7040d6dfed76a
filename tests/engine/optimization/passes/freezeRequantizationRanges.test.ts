import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { failureOf, floats, graphOf, node, placeholder, reads, transform, valuesOf } from './sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'ranges-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const log = (text: string) => {
  const path = join(folder, 'log.txt')
  writeFileSync(path, text)
  return `freeze_requantization_ranges(min_max_log_file="${path}"`
}
const graph = graphOf(
  [
    placeholder('x', [2]),
    floats('a', [], [0]),
    node('r', 'RequantizationRange', ['x', 'a', 'a']),
    node('y', 'Requantize', ['x', 'a', 'a', 'r', 'r:1']),
  ],
  ['y'],
)
const line = (min: number | string, max: number | string, name = 'r') =>
  `2017 ;${name}__print__;__requant_min_max:[${min}][${max}]\n`

test('takes the range that most runs stayed in', () => {
  const lines = Array.from({ length: 20 }, (_, i) => line(-i, `${i}.5e0`)).join('noise\n')
  const made = transform(graph, `${log(lines)})`)
  expect(reads(made, 'y')).toEqual(['x', 'a', 'a', 'r/frozen_min', 'r/frozen_max'])
  expect([valuesOf(made, 'r/frozen_min'), valuesOf(made, 'r/frozen_max')]).toEqual([[-18], [19.5]])
  const all = transform(graph, `${log(lines)}, min_percentile=0, max_percentile=0)`)
  expect(valuesOf(all, 'r/frozen_min')).toEqual([-19])
  const silly = transform(graph, `${log(lines)}, min_percentile=500, max_percentile=-500)`)
  expect(valuesOf(silly, 'r/frozen_max')).toEqual([19.5])
})

test('says what is wrong with the log', () => {
  for (const [text, words] of [
    ['nothing here', 'holds no ranges'],
    [line('a', 'b'), 'holds no ranges'],
    [line(0, 1, 'who'), 'is not in the graph'],
    [line(0, 1, 'a'), 'not RequantizationRange'],
  ] as const)
    expect(failureOf(() => transform(graph, `${log(text)})`))).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(words),
    })
  expect(failureOf(() => transform(graph, 'freeze_requantization_ranges')).code).toBe('bad-input')
  expect(
    failureOf(() => transform(graph, 'freeze_requantization_ranges(min_max_log_file="/no/such/file")')).code,
  ).toBe('not-found')
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell, Column, WindowFigure } from '#contract'
import {
  encode,
  encodeInstances,
  openMemory,
  type TransformSpec,
} from '../../../main/engine/encoding/index.ts'
import type { WindowRule } from '../../../main/engine/encoding/spec.ts'
import { openHistory } from '../../../main/engine/encoding/windows/history.ts'
import { WindowMemory } from '../../../main/engine/encoding/windows/memory.ts'
import { again, bits, failureOf, fitted, recipeOf } from './recipes.ts'

const FIGURES: Exclude<WindowFigure, 'values'>[] = ['mean', 'sum', 'min', 'max', 'count', 'last', 'change']
const rule = (more: Partial<WindowRule>): WindowRule => ({
  figures: FIGURES,
  lateness: 0,
  current: true,
  ...more,
})

interface Row {
  group: string
  time: number
  value: number
}

/** The figures of a row by their definition: all rows of its group are looked at. */
function byDefinition(
  rows: Row[],
  of: Row,
  nth: number,
  { rows: most, seconds, current, figures }: WindowRule,
) {
  const before = rows
    .map((each, i) => ({ ...each, i }))
    .filter(each => each.group === of.group)
    .filter(
      each => each.time < of.time || (each.time === of.time && (current ? each.i <= nth : each.i < nth)),
    )
    .sort((a, b) => a.time - b.time || a.i - b.i)
  const within = before.filter(each => seconds === undefined || each.time > of.time - seconds)
  const values = (most === undefined ? within : within.slice(-most))
    .map(each => each.value)
    .filter(v => !Number.isNaN(v))
  const none = values.length === 0
  const sum = values.reduce((total, value) => total + value, 0)
  const known: Record<string, number> = {
    count: values.length,
    sum: none ? Number.NaN : sum,
    mean: none ? Number.NaN : sum / values.length,
    min: none ? Number.NaN : Math.min(...values),
    max: none ? Number.NaN : Math.max(...values),
    last: values.at(-1) ?? Number.NaN,
    change: none ? Number.NaN : (values.at(-1) as number) - (values[0] as number),
  }
  return figures.map(figure => known[figure] as number)
}

const rowOf = fc.record({
  group: fc.constantFrom('a', 'b'),
  time: fc.integer({ min: 0, max: 60 }),
  value: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(Number.NaN)),
})
const ruleOf = fc
  .record(
    {
      rows: fc.integer({ min: 1, max: 5 }),
      seconds: fc.integer({ min: 1, max: 30 }),
      current: fc.boolean(),
    },
    { requiredKeys: ['current'] },
  )
  .filter(({ rows, seconds }) => rows !== undefined || seconds !== undefined)
  .map(rule)

function taken(memory: WindowMemory, rows: Row[]): number[][] {
  return rows.map(({ group, time, value }) => {
    const out = new Float64Array(FIGURES.length)
    memory.take(group, time, value, out, 0)
    return [...out]
  })
}

describe('the figures of a window', () => {
  test('are those of its rows, whatever the lateness, when rows come in order', () => {
    fc.assert(
      fc.property(fc.array(rowOf, { maxLength: 60 }), ruleOf, fc.nat(40), (rows, of, lateness) => {
        const inOrder = [...rows].sort((a, b) => a.time - b.time)
        const figures = taken(new WindowMemory({ ...of, lateness }), inOrder)
        inOrder.forEach((row, i) => {
          expect(figures[i]).toEqual(byDefinition(inOrder, row, i, of))
        })
      }),
      { numRuns: 300 },
    )
  })

  test('of rows that come late within the lateness are of what had come; the end is as if all had come in order', () => {
    fc.assert(
      fc.property(fc.array(rowOf, { maxLength: 40 }), ruleOf, (rows, of) => {
        const figures = taken(new WindowMemory({ ...of, lateness: 60 }), rows)
        rows.forEach((row, i) => {
          expect(figures[i]).toEqual(byDefinition(rows.slice(0, i + 1), row, i, of))
        })
        const last: Row = { group: 'a', time: 61, value: 5 }
        const whole = [...rows, last]
        expect(taken(new WindowMemory({ ...of, lateness: 60 }), whole).at(-1)).toEqual(
          byDefinition(whole, last, rows.length, of),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('a row that comes too late changes no window; its own is of what is there', () => {
    const memory = () => new WindowMemory(rule({ rows: 3, lateness: 10 }))
    const rows: Row[] = [
      { group: 'a', time: 100, value: 1 },
      { group: 'a', time: 120, value: 2 },
    ]
    const late: Row = { group: 'a', time: 109, value: 1000 }
    const after: Row = { group: 'a', time: 121, value: 3 }
    const [, , itself, then] = taken(memory(), [...rows, late, after])
    expect(itself?.[FIGURES.indexOf('sum')]).toBe(1001)
    expect(then).toEqual(taken(memory(), [...rows, after]).at(-1))
    const inTime = taken(memory(), [...rows, { ...late, time: 110 }, after]).at(-1)
    expect(inTime?.[FIGURES.indexOf('sum')]).toBe(1005)
    // Late is what is late in its own group.
    const other = taken(memory(), [...rows, { ...late, group: 'b' }, { ...after, group: 'b' }]).at(-1)
    expect(other?.[FIGURES.indexOf('sum')]).toBe(1003)
  })

  test('a row without a time changes nothing', () => {
    const rows: Row[] = [
      { group: 'a', time: 1, value: 1 },
      { group: 'a', time: Number.NaN, value: 50 },
      { group: 'a', time: 2, value: 2 },
    ]
    const figures = taken(new WindowMemory(rule({ rows: 5 })), rows)
    expect(figures[1]).toEqual(FIGURES.map(figure => (figure === 'count' ? 0 : Number.NaN)))
    expect(figures[2]?.[FIGURES.indexOf('sum')]).toBe(3)
  })

  test('a device that runs for long forgets what no window reaches, and gives the same figures', () => {
    const of = rule({ seconds: 50, lateness: 5 })
    const rows = Array.from({ length: 20_000 }, (_, i): Row => ({ group: 'a', time: i, value: i % 7 }))
    const memory = new WindowMemory(of)
    const figures = taken(memory, rows)
    const tail = rows.slice(-100)
    expect(figures.at(-1)).toEqual(byDefinition(tail, tail.at(-1) as Row, 99, of))
    expect((memory as unknown as { held: number }).held).toBeLessThan(400)
  })

  test('of very many groups, those that were silent longest are forgotten', () => {
    const memory = new WindowMemory(rule({ rows: 2 }))
    const out = new Float64Array(FIGURES.length)
    const take = (group: string, time: number) => {
      memory.take(group, time, 1, out, 0)
      return out[FIGURES.indexOf('count')]
    }
    for (let i = 0; i < 10_000; i++) take(`g${i}`, 1)
    expect(take('g0', 2)).toBe(2)
    take('one more', 1)
    expect(take('g0', 3)).toBe(2)
    expect(take('g1', 3)).toBe(1)
    expect((memory as unknown as { tracks: Map<string, unknown> }).tracks.size).toBe(10_000)
  })
})

const COLUMNS: Column[] = [
  { name: 'load', type: 'float' },
  { name: 'at', type: 'timestamp' },
  { name: 'machine', type: 'text' },
]
const stamp = (seconds: number) => new Date(seconds * 1000).toISOString()

test('a history of rows in any order is what a device has seen when each came in its time', () => {
  fc.assert(
    fc.property(fc.array(rowOf, { minLength: 1, maxLength: 50 }), ruleOf, (rows, of) => {
      const reading = { columns: ['load', 'at', 'machine'], window: of }
      const history = openHistory([reading], COLUMNS)
      const cells = (part: Row[]): Cell[][] => [
        part.map(row => (Number.isNaN(row.value) ? null : row.value)),
        part.map(row => stamp(row.time)),
        part.map(row => row.group),
      ]
      history.add(cells(rows.slice(0, 7)), Math.min(7, rows.length))
      history.add(cells(rows.slice(7)), Math.max(0, rows.length - 7))
      const [figures] = history.finish() as [Float64Array]
      rows.forEach((row, i) => {
        const own = [...figures.subarray(i * FIGURES.length, (i + 1) * FIGURES.length)]
        expect(own).toEqual(byDefinition(rows, row, i, of))
      })
    }),
  )
})

describe('on a device', () => {
  const step = { kind: 'window', time: 'at', group: 'machine', figures: ['mean', 'change'], rows: 3 }
  const recipe = recipeOf([
    { name: 'lately', columns: ['load'], step },
    { name: 'load', columns: ['load'], step: { kind: 'number' }, missing: { fill: 'drop' } },
  ])
  const cells: Cell[][] = [[1, 5, 3, 8, 2, 9], [0, 1, 2, 3, 4, 5].map(stamp), ['a', 'b', 'a', 'b', 'a', 'b']]
  const spec = fitted(recipe, COLUMNS, cells)
  const instances = cells[0]?.map((load, i) => ({ load, at: cells[1]?.[i], machine: cells[2]?.[i] })) ?? []
  const order = (of: TransformSpec) =>
    of.inputs?.map(({ name }) => cells[COLUMNS.findIndex(c => c.name === name)] as Cell[]) ?? []

  test('rows one after another give what training gave', () => {
    const memory = openMemory(again(spec))
    const whole = bits(encode(spec, order(spec), 6))
    expect(instances.flatMap(one => bits(encodeInstances(spec, [one], memory)))).toEqual(whole)
  })

  test('a request that is refused leaves no trace', () => {
    const [first, second, third] = instances
    const memory = openMemory(spec)
    encodeInstances(spec, [first], memory)
    expect(
      failureOf(() => encodeInstances(spec, [second, { ...second, load: null }], memory)).message,
    ).toMatch(/Row 2/)
    expect(
      failureOf(() => encodeInstances(spec, [{ ...first, load: 99, at: 'soon' }], memory)).message,
    ).toMatch(/"at" takes a time/)
    expect(
      failureOf(() => encodeInstances(spec, [{ ...first, load: 99, machine: 7 }], memory)).message,
    ).toMatch(/"machine"/)
    const clean = openMemory(spec)
    encodeInstances(spec, [first], clean)
    expect(bits(encodeInstances(spec, [third], memory))).toEqual(bits(encodeInstances(spec, [third], clean)))
  })

  test('a new version goes on with what the old one remembers, and both are on their own then', () => {
    const [a, b, c] = [openMemory(spec), openMemory(again(spec)), openMemory(spec)]
    for (const memory of [a, c]) for (const one of instances.slice(0, 4)) encodeInstances(spec, [one], memory)
    b.adopt(a)
    const wanted = bits(encodeInstances(spec, [instances[4]], c))
    expect(bits(encodeInstances(spec, [instances[4]], b))).toEqual(wanted)
    expect(bits(encodeInstances(spec, [instances[4]], a))).toEqual(wanted)
    const other = fitted(
      recipeOf([{ name: 'lately', columns: ['load'], step: { ...step, rows: 2 } }]),
      COLUMNS,
      cells,
    )
    const fresh = openMemory(other)
    fresh.adopt(a)
    expect(bits(encodeInstances(other, [instances[5]], fresh))).toEqual(
      bits(encodeInstances(other, [instances[5]], openMemory(other))),
    )
  })

  test('a window whose values are missing says so where the train split has such rows', () => {
    const gaps = fitted(recipeOf([{ name: 'lately', columns: ['load'], step }]), COLUMNS, [
      [1, null, 3],
      cells[1]?.slice(0, 3) ?? [],
      ['a', 'b', 'a'],
    ])
    expect(gaps.width).toBe(3)
    expect([...encodeInstances(gaps, [{ load: null, at: null, machine: 'c' }])]).toEqual([0, 0, 1])
  })
})

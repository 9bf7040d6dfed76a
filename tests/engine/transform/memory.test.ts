import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WindowMemory } from '../../../main/engine/encoding/windows/memory.ts'

const rule = fc.record(
  {
    figures: fc.constant(['mean', 'count', 'last', 'change', 'min'] as never),
    rows: fc.integer({ min: 1, max: 5 }),
    seconds: fc.integer({ min: 1, max: 50 }),
    lateness: fc.integer({ min: 0, max: 20 }),
    current: fc.boolean(),
  },
  { requiredKeys: ['figures', 'lateness', 'current', 'rows'] },
)
const row = fc.tuple(
  fc.constantFrom('=a', '=b', '-'),
  fc.oneof(fc.integer({ min: -5, max: 200 }), fc.constant(Number.NaN)),
  fc.oneof(
    fc.integer(),
    fc.double({ noDefaultInfinity: true }).map(value => value || 0),
    fc.constant(Number.NaN),
  ),
)
type Row = [group: string, time: number, value: number]
const rowsOf = (rows: Row[]) => ({
  groups: rows.map(([group]) => group),
  times: Float64Array.from(rows, ([, time]) => time),
  values: Float64Array.from(rows, ([, , value]) => value),
})

test('what is kept of a window as JSON goes on as the window itself', () => {
  fc.assert(
    fc.property(rule, fc.array(row, { maxLength: 60 }), fc.nat(60), (window, rows, cut) => {
      const [whole, first] = [new WindowMemory(window as never), new WindowMemory(window as never)]
      whole.takeAll(rowsOf(rows.slice(0, cut)))
      first.takeAll(rowsOf(rows.slice(0, cut)))
      const second = WindowMemory.from(window as never, JSON.parse(JSON.stringify(first.keep())))
      expect(second.takeAll(rowsOf(rows.slice(cut)))).toEqual(whole.takeAll(rowsOf(rows.slice(cut))))
      expect(second.keep()).toEqual(whole.keep())
    }),
  )
})

test('what is no memory is refused', () => {
  const window = { figures: ['count'], rows: 2, lateness: 0, current: true } as never
  for (const kept of [
    [{ group: '=a', newest: 5, times: [3, 2], values: [1, 1] }],
    [{ group: '=a', newest: 5, times: [3], values: [] }],
    [{ group: '=a', newest: 1, times: [3], values: [1] }],
    [{ group: '=a', newest: null, times: [3], values: [1] }],
    [{ group: '=a' }],
    {},
    'text',
  ])
    expect(() => WindowMemory.from(window, kept as never), JSON.stringify(kept)).toThrow()
})

import type { Cell, Column } from '#contract'
import { seeded } from '../../../main/engine/kit/index.ts'

export const MACHINES: Column[] = [
  { name: 'at', type: 'timestamp' },
  { name: 'machine', type: 'text' },
  { name: 'load', type: 'float' },
  { name: 'turns', type: 'integer' },
  { name: 'shift', type: 'text' },
  { name: 'manual', type: 'boolean' },
  { name: 'state', type: 'text' },
]

/**
 * A made-up log of three machines, not in the order of time: a machine is `hot` when its load was high lately, which
 * only a window can tell. A few loads are missing.
 */
export function machines(count: number): Cell[][] {
  const random = seeded(7)
  const lately: Record<string, number[]> = {}
  const rows = Array.from({ length: count }, (_, i): Cell[] => {
    const machine = ['press', 'drill', 'mill'][Math.floor(random() * 3)] as string
    const load = random() < 0.03 ? null : Math.round(random() * 1000) / 10
    const before = [...(lately[machine] ?? []), ...(load === null ? [] : [load])].slice(-4)
    lately[machine] = before
    const mean = before.reduce((sum, value) => sum + value, 0) / Math.max(1, before.length)
    return [
      new Date(Date.UTC(2024, 0, 1) + i * 60_000).toISOString(),
      machine,
      load,
      Math.floor(random() * 5000),
      ['early', 'late', 'night'][i % 3] as string,
      random() < 0.5,
      mean > 50 ? 'hot' : 'cool',
    ]
  })
  // Pairs of neighbors stand the other way round.
  for (let i = 0; i + 1 < count; i += 2) rows.splice(i, 2, rows[i + 1] as Cell[], rows[i] as Cell[])
  return rows
}

/** Every step there is, on the columns of {@link MACHINES}. */
export const EVERY_STEP: object[] = [
  {
    name: 'load',
    columns: ['load'],
    step: { kind: 'number', scale: 'robust' },
    missing: { fill: 'median', indicator: true },
  },
  { name: 'load range', columns: ['load'], step: { kind: 'buckets', count: 5 } },
  {
    name: 'turns',
    columns: ['turns'],
    step: { kind: 'number', scale: 'log1p', clip: { by: 'quantiles', low: 0.01, high: 0.99 } },
  },
  { name: 'machine', columns: ['machine'], step: { kind: 'vocabulary', as: 'index' } },
  { name: 'shift', columns: ['shift'], step: { kind: 'hash', buckets: 8 } },
  { name: 'at', columns: ['at'], step: { kind: 'date', parts: ['hour', 'weekday', 'trend'] } },
  {
    name: 'shift of machine',
    columns: ['shift', 'machine', 'turns'],
    step: { kind: 'cross', buckets: 32, bins: 3 },
  },
  {
    name: 'lately',
    columns: ['load'],
    step: {
      kind: 'window',
      time: 'at',
      group: 'machine',
      figures: ['mean', 'max', 'count', 'change'],
      rows: 4,
      lateness: 120,
    },
  },
]

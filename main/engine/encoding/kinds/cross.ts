import type { Cell, Column, ColumnType, TransformStep } from '#contract'
import { hash32 } from '../hash.ts'
import type { CrossFeature } from '../spec.ts'
import { IDLE, type Kind, writePlace } from './kind.ts'
import { numberIn } from './number.ts'
import { quantileEdges, rangeOf } from './ranges.ts'
import { Sample } from './sample.ts'
import { type TextType, textIn } from './text.ts'

/** What one column brings to a cross; texts carry their length, so that no two lists of values read the same. */
function part(cell: Cell | undefined, name: string, type: ColumnType, edges: number[] | null, row: number) {
  if (edges) {
    const value = numberIn(cell, name, row)
    return Number.isNaN(value) ? '-' : `#${rangeOf(value, edges)}`
  }
  const text = textIn(cell, name, type as TextType, row)
  return text === null ? '-' : `${text.length}:${text}`
}

export const cross: Kind<CrossFeature> = {
  width: ({ buckets, as }) => (as ? 1 : buckets),
  encode({ columns: names, edges, buckets, as }, columns, types, out, offset, stride) {
    const rows = columns[0]?.length ?? 0
    for (let row = 0, at = offset; row < rows; row++, at += stride) {
      let key = ''
      for (let i = 0; i < names.length; i++)
        key += part(columns[i]?.[row], names[i] as string, types[i] as ColumnType, edges[i] ?? null, row)
      writePlace(as, hash32(key) % buckets, out, at)
    }
  },
}

type CrossStep = Extract<TransformStep, { kind: 'cross' }>

/** Reads the columns of a cross; only numbers have something to fit. */
export function fitCross(name: string, columns: readonly Column[], { buckets, bins, as }: CrossStep) {
  const samples = columns.map(({ type }) => (type === 'integer' || type === 'float' ? new Sample() : null))
  let present = 0
  return {
    add(cells: readonly (readonly Cell[])[]) {
      columns.forEach((column, i) => {
        const sample = samples[i]
        for (let row = 0; row < (cells[i]?.length ?? 0); row++) {
          const cell = cells[i]?.[row]
          if (cell !== null && cell !== undefined) present++
          if (!sample) continue
          const value = numberIn(cell, column.name, row)
          if (!Number.isNaN(value)) sample.add(value)
        }
      })
    },
    finish(): CrossFeature | string {
      if (present === 0) return IDLE.empty
      return {
        kind: 'cross',
        name,
        columns: columns.map(column => column.name),
        edges: samples.map(sample =>
          sample ? (sample.ascending.length ? quantileEdges(sample, bins) : []) : null,
        ),
        buckets,
        ...(as === 'index' ? { as } : {}),
      }
    },
  }
}

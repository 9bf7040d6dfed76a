import type { RouteLocationRaw } from 'vue-router'
import type { Anomaly, Cell, ColumnType, Condition, Drift, Split } from '#contract'
import { pathOf } from '../../app/places.ts'
import { printQuery } from '../dataset/index.ts'

type Bin = Drift['bins'][number]

/** The address of an anomaly's rows on the data page; null where it is not about single rows. */
export function routeOfAnomaly(
  name: string,
  { feature, where, only, split }: Pick<Anomaly, 'feature' | 'where' | 'only' | 'split'>,
): RouteLocationRaw | null {
  if (!where && !only) return null
  return {
    path: pathOf('dataset'),
    query: printQuery({
      name,
      ...(where ? { where } : {}),
      // rows that are named by their number are of their split already
      ...(only ? { only, column: feature } : split ? { split } : {}),
    }),
  }
}

const isMoment = (type: ColumnType): boolean => type === 'date' || type === 'timestamp'
const isNumber = (type: ColumnType): boolean => type === 'integer' || type === 'float'

/** Seconds since 1970 as the ISO text that cells of moments are compared by, kept on its side of the bound. */
function cellOf(type: ColumnType, n: number): Cell {
  if (!isMoment(type)) return n
  return type === 'date'
    ? new Date(Math.ceil(n / 86_400) * 86_400_000).toISOString().slice(0, 10)
    : new Date(Math.ceil(n * 1000)).toISOString()
}

/** A value that is listed as text, as a cell of its column. What is beyond exact numbers stays text. */
function readCell(type: ColumnType, value: string): Cell {
  if (type === 'boolean' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  if (!isNumber(type) || value.trim() === '') return value
  const n = Number(value)
  return Number.isFinite(n) && (type === 'float' || Number.isSafeInteger(n)) ? n : value
}

/**
 * Finds the rows of a bin of a drift.
 * @param bins all bins that are known: a bound that two share belongs to the lower one
 * @returns null for what no filter can say: values that are no numbers, or beyond all bounds
 */
export function whereOfBin(
  { name, type }: { name: string; type: ColumnType },
  bin: Bin,
  bins: readonly Bin[],
): Condition[] | null {
  const { low, high, label } = bin
  if (low === null && high === null)
    return isNumber(type) && !Number.isFinite(Number(label))
      ? null
      : [{ column: name, is: 'equals', values: [readCell(type, label)] }]
  if (low === high && low !== null) return [{ column: name, is: 'equals', values: [cellOf(type, low)] }]
  const values = [low, high].map(n => (n === null ? null : cellOf(type, n)))
  const range: Condition = { column: name, is: 'range', values, ...(high === null ? {} : { closed: true }) }
  // A bin holds its upper bound; its lower one belongs to the bin that ends there.
  const isTaken = low !== null && bins.some(one => one.high === low)
  return isTaken ? [range, { column: name, is: 'differs', values: [cellOf(type, low)] }] : [range]
}

/** The address of a bin's rows on the data page. */
export function routeOfBin(
  data: string,
  split: Split | null,
  feature: { name: string; type: ColumnType },
  bin: Bin,
  bins: readonly Bin[],
): RouteLocationRaw | null {
  const where = whereOfBin(feature, bin, bins)
  return (
    where && {
      path: pathOf('dataset'),
      query: printQuery({ name: data, where, ...(split ? { split } : {}) }),
    }
  )
}

import { setImmediate } from 'node:timers/promises'
import type { FoundSlice, WorstSlices } from '#contract'
import type { Answers } from '../answers.ts'
import { studentReach, studentTails } from '../metrics/distributions.ts'
import { CONFIDENCE, type Sample, sampleOf } from '../metrics/intervals.ts'
import { crossName, slicesOf } from './columns.ts'
import { figuresOf, without } from './figures.ts'
import type { Column, EvaluatedRows, Slice } from './slice.ts'

/** Columns that are looked through, values of each, and columns that are crossed with each other. */
const MOST_COLUMNS = 100
const MOST_VALUES = 20
const MOST_CROSSED = 16
/** Fewer rows can be bad by accident in too many ways. */
const LEAST_ROWS = 20
/** Of two slices with more than this share of their rows in common, one stands for both. */
const ALIKE = 0.5

interface Candidate {
  slices: Slice[]
  sample: Sample
  /** Mean loss less that of the other rows. */
  excess: number
  /** What of it is beyond chance: the lower end of its interval. */
  sure: number
  t: number
  chance: number
}

/** A column with the slice of it that each row is in; -1: in none. */
interface Parts {
  column: string
  slices: Slice[]
  codes: Int32Array
}

/**
 * Looks for the slices where the model loses most: values, ranges and crosses of two with enough rows, ranked by how
 * much more they lose than the other rows beyond chance. A cross counts where it loses more than either of its halves,
 * beyond chance. Among so many some look bad by accident, so the share of false ones is held at 5% (Benjamini and
 * Hochberg 1995). Those with mostly the same rows are told together (compare SliceLine: Sagadeeva and Boehm 2021).
 */
export async function worstSlices(
  rows: EvaluatedRows,
  answers: Answers,
  options: { most: number; minRows: number; label: string | null; signal: AbortSignal },
): Promise<WorstSlices> {
  const { most, label, signal } = options
  const minRows = Math.max(LEAST_ROWS, options.minRows)
  const names = rows.columns.map(({ name }) => name).filter(name => name !== label)
  const columns = names.slice(0, MOST_COLUMNS)
  const all = sampleOf(answers.losses)
  const candidates: Candidate[] = []
  const parts: Parts[] = []
  // A few columns at a time, so that wide data do not stand in memory at once.
  for (let at = 0; at < columns.length; at += 10)
    for (const column of await rows.read(columns.slice(at, at + 10), signal)) {
      const part = partsOf(column, answers.rows, minRows)
      if (part.slices.length < 2) continue
      parts.push(part)
      for (const [nth, sample] of samplesOf(part.codes, part.slices.length, answers.losses).entries())
        if (sample.rows >= minRows) candidates.push(candidate([part.slices[nth] as Slice], sample, all))
      await setImmediate()
      signal.throwIfAborted()
    }
  const singles = new Map(candidates.map(each => [each.slices[0], each]))
  const strongest = parts
    .map(part => ({ part, t: Math.max(...part.slices.map(slice => Math.abs(singles.get(slice)?.t ?? 0))) }))
    .sort((a, b) => b.t - a.t)
    .slice(0, MOST_CROSSED)
    .map(({ part }) => part)
  for (const [i, one] of strongest.entries())
    for (const other of strongest.slice(i + 1)) {
      await setImmediate()
      signal.throwIfAborted()
      const width = other.slices.length
      const codes = one.codes.map((code, row) => {
        const second = other.codes[row] as number
        return code < 0 || second < 0 ? -1 : code * width + second
      })
      for (const [code, sample] of samplesOf(codes, one.slices.length * width, answers.losses).entries()) {
        if (sample.rows < minRows) continue
        const halves = [one.slices[Math.floor(code / width)], other.slices[code % width]] as [Slice, Slice]
        const found = candidate(halves, sample, all)
        const beyond = halves.every(half => found.sure > Math.max(0, singles.get(half)?.excess ?? 0))
        // It was looked at either way, which the share of false ones is reckoned from.
        candidates.push(beyond ? found : { ...found, sure: Number.NEGATIVE_INFINITY })
      }
    }
  const held = benjaminiHochberg(candidates.map(({ chance }) => chance))
  const real = candidates
    .map((each, nth) => ({ ...each, chance: held[nth] as number }))
    .filter(({ chance, sure }) => chance < 1 - CONFIDENCE && sure > 0)
    .sort((a, b) => b.sure - a.sure)
  const chosen: { found: (typeof real)[number]; slice: Slice; alike: string[] }[] = []
  for (const found of real) {
    const slice = joined(found.slices)
    const same = chosen.find(other => overlap(other.slice.rows, slice.rows) > ALIKE)
    if (same) same.alike.push(titleOf(slice))
    else if (chosen.length < most) chosen.push({ found, slice, alike: [] })
    // So far down the list nothing is told any more.
    if (chosen.length === most && found.sure < (chosen.at(-1)?.found.sure ?? 0) / 2) break
  }
  const figures = await figuresOf(
    chosen.map(({ slice }) => slice),
    answers,
    signal,
  )
  return {
    searched: candidates.length,
    columns,
    minRows,
    slices: figures.map((each, nth): FoundSlice => {
      const { found, alike } = chosen[nth] as (typeof chosen)[number]
      return {
        ...each,
        chance: found.chance,
        verdict: 'worse',
        excess: found.excess,
        t: found.t,
        alike: alike.slice(0, 10),
      }
    }),
  }
}

function partsOf(column: Column, rows: number, minRows: number): Parts {
  const slices = slicesOf(column, minRows).slices.slice(0, MOST_VALUES)
  const codes = new Int32Array(rows).fill(-1)
  for (const [nth, slice] of slices.entries()) for (const row of slice.rows) codes[row] = nth
  return { column: column.name, slices, codes }
}

/** Rows, mean and spread of a value for each code, in one pass each for mean and spread. */
export function samplesOf(codes: Int32Array, count: number, values: Float64Array): Sample[] {
  const rows = new Float64Array(count)
  const means = new Float64Array(count)
  const squares = new Float64Array(count)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    if (code < 0) continue
    const n = (rows[code] as number) + 1
    rows[code] = n
    const distance = (values[row] as number) - (means[code] as number)
    const mean = (means[code] as number) + distance / n
    means[code] = mean
    squares[code] = (squares[code] as number) + distance * ((values[row] as number) - mean)
  }
  return Array.from(rows, (n, code) => ({
    rows: n,
    mean: means[code] as number,
    squares: squares[code] as number,
  }))
}

/** Against the other rows by Welch's t-test; one-sided, since only what is worse is looked for. */
function candidate(slices: Slice[], sample: Sample, all: Sample): Candidate {
  const others = without(all, sample)
  const excess = sample.mean - others.mean
  const part = ({ squares, rows }: Sample) => (rows < 2 ? Number.NaN : squares / (rows - 1) / rows)
  const [a, b] = [part(sample), part(others)]
  const error = Math.sqrt(a + b)
  if (!(error > 0)) return { slices, sample, excess, sure: Number.NEGATIVE_INFINITY, t: 0, chance: 1 }
  const freedom = (a + b) ** 2 / (a ** 2 / (sample.rows - 1) + b ** 2 / (others.rows - 1))
  const t = excess / error
  const tails = studentTails(t, freedom) / 2
  return {
    slices,
    sample,
    excess,
    sure: excess - studentReach(CONFIDENCE, freedom) * error,
    t,
    chance: t > 0 ? tails : 1 - tails,
  }
}

/** Each chance held down so that of those below a limit at most that share is false. */
export function benjaminiHochberg(chances: readonly number[]): number[] {
  const held = new Array<number>(chances.length)
  const falling = chances.map((_, i) => i).sort((i, j) => (chances[j] as number) - (chances[i] as number))
  let least = 1
  for (const [nth, i] of falling.entries()) {
    least = Math.min(least, ((chances[i] as number) * chances.length) / (chances.length - nth))
    held[i] = least
  }
  return held
}

function joined(slices: readonly Slice[]): Slice {
  const [one, other] = slices as [Slice, Slice | undefined]
  if (!other) return one
  const inside = new Set(other.rows)
  return {
    name: crossName(one.name, other.name),
    column: crossName(one.column ?? '', other.column ?? ''),
    where: [...one.where, ...other.where],
    rows: one.rows.filter(row => inside.has(row)),
  }
}

const titleOf = ({ column, name }: Slice) => (column === null ? name : `${column}: ${name}`)

/** Rows in both of those in either (Jaccard 1912); both rise. */
function overlap(one: Uint32Array, other: Uint32Array): number {
  let [i, j, both] = [0, 0, 0]
  while (i < one.length && j < other.length) {
    const [a, b] = [one[i] as number, other[j] as number]
    if (a === b) both++
    if (a <= b) i++
    if (b <= a) j++
  }
  return both / (one.length + other.length - both)
}

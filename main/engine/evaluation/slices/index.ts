import type { Evaluation } from '#contract'
import type { Answers } from '../answers.ts'
import { CONFIDENCE } from '../metrics/intervals.ts'
import { figuresOf, mainMetric } from './figures.ts'
import type { Column, EvaluatedRows, Slice } from './slice.ts'
import { type Asked, asked, askedColumn, byWords, findSlices } from './wanted.ts'
import { worstSlices } from './worst.ts'

export { mainMetric } from './figures.ts'
export type { EvaluatedRows, Slice } from './slice.ts'
export { numbersOf, type Seen, type SliceSource, versionRows } from './versionRows.ts'
export { asked, findSlices } from './wanted.ts'

/** What an evaluation is asked for beside its overall figures. */
export interface SlicesWanted {
  /** Names of saved slices; default: all. */
  slices?: string[] | undefined
  by?: string[] | undefined
  slice?: string[] | undefined
  minRows?: number | undefined
  /** So many of the worst slices are looked for; default: none. */
  worst?: number | undefined
}

export interface Wanted {
  asked: Asked[]
  minRows: number
  worst: number
}

/**
 * Slices whose names and columns are known to be there, so that nothing is predicted in vain.
 * @param filterOf the filter of a saved slice by its name
 * @throws Failure not-found for a slice, bad-input for a column that is not there or what is not understood
 */
export function wantedSlices(
  data: Pick<EvaluatedRows, 'title' | 'columns' | 'saved'>,
  filterOf: (name: string) => Slice['where'],
  { slices, by = [], slice = [], minRows = 10, worst = 0 }: SlicesWanted,
): Wanted {
  const saved = slices ? [...new Set(slices)].map(name => ({ name, where: filterOf(name) })) : data.saved
  return {
    asked: [
      ...saved.map(({ name, where }): Asked => ({ kind: 'filter', name, where })),
      ...by.map(name => askedColumn(data, name)),
      ...slice.map(text => asked(data, text)),
    ],
    minRows,
    worst,
  }
}

/** Measures what was wanted on rows that were answered. */
export async function measureSlices(
  rows: EvaluatedRows,
  { asked: wanted, minRows, worst }: Wanted,
  answers: Answers,
  label: string | null,
  signal: AbortSignal,
): Promise<Pick<Evaluation, 'sliced' | 'slices' | 'leftOut' | 'worst'>> {
  const { keeping, knowing } = kept(rows)
  const found = wanted.length ? await findSlices(keeping, wanted, minRows, signal) : null
  return {
    ...(found && {
      sliced: {
        metric: mainMetric(answers.task),
        confidence: CONFIDENCE,
        method: answers.task === 'regression' ? ('log-t' as const) : ('wilson' as const),
        by: byWords(wanted),
        minRows,
      },
      slices: await figuresOf(found.slices, answers, signal),
      leftOut: found.leftOut,
    }),
    ...(worst > 0 && { worst: await worstSlices(knowing, answers, { most: worst, minRows, label, signal }) }),
  }
}

/** Rows that remember the columns that are read through `keeping`, so that `knowing` does not read them again. */
function kept(rows: EvaluatedRows): { keeping: EvaluatedRows; knowing: EvaluatedRows } {
  const known = new Map<string, Column>()
  const knowing: EvaluatedRows = {
    ...rows,
    async read(names, signal) {
      const others = await rows.read(
        names.filter(name => !known.has(name)),
        signal,
      )
      return names.flatMap(name => known.get(name) ?? others.find(column => column.name === name) ?? [])
    },
  }
  const keeping: EvaluatedRows = {
    ...rows,
    async read(names, signal) {
      const columns = await rows.read(names, signal)
      for (const column of columns) known.set(column.name, column)
      return columns
    },
  }
  return { keeping, knowing }
}

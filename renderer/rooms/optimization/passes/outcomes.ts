import type { PassReport } from '#contract'
import { differenceText } from '../variantWords.ts'
import { printStep, type Step } from './transformString.ts'

/** What the passes of a recipe did when they last ran. */
export interface Outcomes {
  /** Freezing, which comes first by itself where a model has variables; null where it did not. */
  frozen: PassReport | null
  /** By step; null from the first step on that is another than what ran. */
  steps: (PassReport | null)[]
  /** All steps are those that ran, and no other ran. */
  current: boolean
}

/**
 * Lays the reports of a run of passes beside the steps as they are now.
 * @param ran the steps as they were written when they ran
 */
export function outcomesOf(
  steps: readonly Step[],
  ran: { steps: readonly string[]; passes: readonly PassReport[] } | null,
): Outcomes {
  if (!ran) return { frozen: null, steps: steps.map(() => null), current: false }
  const ahead = ran.passes.length - ran.steps.length
  let same = 0
  while (same < steps.length && same < ran.steps.length && printStep(steps[same] as Step) === ran.steps[same])
    same++
  return {
    frozen: ahead > 0 ? (ran.passes[0] ?? null) : null,
    steps: steps.map((_, i) => (i < same ? (ran.passes[i + ahead] ?? null) : null)),
    current: same === steps.length && same === ran.steps.length,
  }
}

/** Whether the outputs moved, in the words of a chip; null where nothing was run on rows. */
export function changeWords(report: PassReport): { text: string; same: boolean } | null {
  const { maxDifference } = report
  if (maxDifference === null) return null
  // Float sums in another order differ by a few units in the last place; that is the same answer.
  if (maxDifference < 1e-5) return { text: 'same outputs', same: true }
  return { text: `within ${differenceText(maxDifference)}`, same: false }
}

const VALUE = /"((?:\\[\s\S]|[^"\\])*)"|\S+/g

/** The values that a person typed for one argument, parted by spaces; one with spaces stands in quotes. */
export const valuesOf = (text: string): string[] =>
  [...text.matchAll(VALUE)].map(([whole, quoted]) => quoted ?? whole)

/** The same values as a person types them. */
export const valuesText = (values: readonly string[]): string =>
  values.map(value => (/\s|^$/.test(value) ? `"${value}"` : value)).join(' ')

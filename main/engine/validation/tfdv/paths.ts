import { compareBytes } from './texts.ts'

/** The steps to a feature: one for a column, more for a field within a struct. */
export type Steps = readonly string[]

const PLAIN_STEP = /^(?:\([^()]*\)|[^().']+)$/

/** A path as reports name it: steps joined by dots; a step with dots, quotes or parentheses stands in quotes. */
export const serializePath = (steps: Steps): string =>
  steps.map(step => (PLAIN_STEP.test(step) ? step : `'${step.replaceAll("'", "''")}'`)).join('.')

/** Orders paths step by step, by bytes. */
export function comparePaths(a: Steps, b: Steps): number {
  for (const [at, step] of a.entries()) {
    const other = b[at]
    if (other === undefined) return 1
    const order = compareBytes(step, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** The path as a key of a map. */
export const pathKey = (steps: Steps): string => JSON.stringify(steps)

export const parentOf = (steps: Steps): Steps => steps.slice(0, -1)

export const lastStep = (steps: Steps): string => steps.at(-1) ?? ''

import { fail } from '../../kit/index.ts'

/** What may be drawn for one hyper-parameter. */
export type Dimension =
  | { kind: 'fixed'; name: string; value: unknown }
  | { kind: 'choices'; name: string; choices: unknown[] }
  | {
      kind: 'range'
      name: string
      min: number
      max: number
      /** Even on the logarithm. */
      log: boolean
      integer: boolean
      /** Only `min`, `min + step`, `min + 2 step`, … */
      step: number | null
      /** Values that a grid takes of it. */
      steps: number | null
    }

type Range = Extract<Dimension, { kind: 'range' }>

const MEMBERS = new Set(['min', 'max', 'log', 'integer', 'step', 'steps'])

/**
 * Reads a space as a person writes it: a list is choices, an object with `min` or `max` is a range, all else is a value
 * that every trial has. A list that is itself one value is written as the only choice, `[[64, 32]]`.
 * @throws Failure `bad-input` with what is wrong, or where every value is fixed
 */
export function spaceOf(hparams: Record<string, unknown>): Dimension[] {
  const space = Object.entries(hparams).map(([name, value]) => dimensionOf(name, value))
  if (space.every(({ kind }) => kind === 'fixed'))
    throw fail(
      'bad-input',
      'There is nothing to search: no hyper-parameter has a list or a range of values.',
      'Give one, for instance --hparams \'{"learningRate": {"min": 0.0001, "max": 0.1, "log": true}}\'.',
    )
  return space
}

function dimensionOf(name: string, value: unknown): Dimension {
  if (Array.isArray(value)) {
    if (value.length === 0) throw fail('bad-input', `"${name}" has no values.`, 'List at least one.')
    return { kind: 'choices', name, choices: value }
  }
  if (value === null || typeof value !== 'object' || !('min' in value || 'max' in value))
    return { kind: 'fixed', name, value }
  return rangeOf(name, value as Record<string, unknown>)
}

function rangeOf(name: string, given: Record<string, unknown>): Range {
  const refuse = (says: string, remedy: string) =>
    fail('bad-input', `The range of "${name}" ${says}.`, remedy)
  const stranger = Object.keys(given).find(member => !MEMBERS.has(member))
  if (stranger !== undefined)
    throw refuse(`has an unknown "${stranger}"`, `It takes ${[...MEMBERS].join(', ')}.`)
  const { min, max, step = null, steps = null, log = false, integer = false } = given
  if (!isNumber(min) || !isNumber(max)) throw refuse('needs two numbers, "min" and "max"', 'Give both.')
  if (min >= max) throw refuse(`ends at ${max}, where it begins or before`, 'Give a "max" above "min".')
  if (typeof log !== 'boolean' || typeof integer !== 'boolean')
    throw refuse('has a "log" or "integer" that is neither true nor false', 'Give true or false.')
  if (log && min <= 0) throw refuse('is logarithmic and not above 0', 'Give a "min" above 0.')
  if (integer && !(Number.isInteger(min) && Number.isInteger(max)))
    throw refuse('is of whole numbers, and its ends are not', 'Give whole numbers.')
  if (step !== null && !(isNumber(step) && step > 0))
    throw refuse('has no step above 0', 'Give one, or none.')
  if (step !== null && log) throw refuse('has a step and is logarithmic', 'Give "steps" instead.')
  if (integer && step !== null && !Number.isInteger(step))
    throw refuse('is of whole numbers, and its step is not', 'Give a whole number.')
  if (steps !== null && !(isNumber(steps) && Number.isInteger(steps) && steps >= 2 && steps <= 10_000))
    throw refuse('has "steps" that are no number of values', 'Give a whole number from 2 to 10000.')
  return { kind: 'range', name, min, max, log, integer, step, steps }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Digits that are drawn: as many as a person would write, so that a value reads the same on every machine. */
const DIGITS = 4
const tidy = (value: number, digits = DIGITS) => Number(value.toPrecision(digits))

/** Places behind the step, so that 0.1 + 0.2 reads 0.3. */
const TIDY_STEP = 12

const countOf = ({ min, max, step }: Range): number =>
  step === null ? Number.POSITIVE_INFINITY : Math.floor((max - min) / step + 1e-9) + 1

/**
 * The values that a grid takes of a dimension.
 * @throws Failure `bad-input` for a range that does not say how many
 */
export function gridOf(dimension: Dimension): unknown[] {
  if (dimension.kind === 'fixed') return [dimension.value]
  if (dimension.kind === 'choices') return dimension.choices
  const { name, min, max, log, integer, step, steps } = dimension
  if (steps === null && step !== null)
    return Array.from({ length: countOf(dimension) }, (_, i) => tidy(min + i * step, TIDY_STEP))
  if (steps === null)
    throw fail(
      'bad-input',
      `A grid cannot go through the range of "${name}" without knowing in how many steps.`,
      'Give "steps" or "step" in the range, a list of values, or search at random.',
    )
  const at = (share: number) => (log ? min * (max / min) ** share : min + share * (max - min))
  const values = Array.from({ length: steps }, (_, i) =>
    i === 0 ? min : i === steps - 1 ? max : tidy(at(i / (steps - 1))),
  )
  return [...new Set(integer ? values.map(Math.round) : values)]
}

/** How many values a dimension can take; infinite for a range of real numbers. */
export function sizeOf(dimension: Dimension): number {
  if (dimension.kind === 'fixed') return 1
  if (dimension.kind === 'choices') return dimension.choices.length
  if (dimension.step !== null) return countOf(dimension)
  return dimension.integer ? dimension.max - dimension.min + 1 : Number.POSITIVE_INFINITY
}

/** One value of a dimension, even over its choices or its range. */
export function drawOf(dimension: Dimension, random: () => number): unknown {
  if (dimension.kind === 'fixed') return dimension.value
  if (dimension.kind === 'choices') return dimension.choices[Math.floor(random() * dimension.choices.length)]
  const { min, max, log, integer, step } = dimension
  if (step !== null) return tidy(min + Math.floor(random() * countOf(dimension)) * step, TIDY_STEP)
  // Each whole number has the same width of the range that is drawn from.
  const [from, to] = integer ? [min - 0.5, max + 0.5] : [min, max]
  const low = log ? Math.max(from, min / 2) : from
  const share = random()
  const value = log ? low * (to / low) ** share : low + share * (to - low)
  const drawn = integer ? Math.round(value) : tidy(value)
  return Math.min(max, Math.max(min, drawn))
}

/** All values of a dimension that has only so many. */
export function allOf(dimension: Dimension): unknown[] {
  if (dimension.kind !== 'range' || dimension.step !== null)
    return gridOf(dimension.kind === 'range' ? { ...dimension, steps: null } : dimension)
  return Array.from({ length: sizeOf(dimension) }, (_, i) => dimension.min + i)
}

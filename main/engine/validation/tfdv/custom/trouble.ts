import { type FailureError, fail } from '../../../kit/index.ts'

/** The expression has something that is not known here, or that SQL does not know either. */
export const notUnderstood = (expression: string, what: string): FailureError =>
  fail(
    'bad-input',
    `The custom validation “${expression}” cannot be answered: ${what} is not understood.`,
    'Use fields of the statistics, numbers, strings, + - * /, comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, ' +
      'CASE, CAST and common functions.',
  )

/** The expression is understood, but has no answer for these statistics. */
export const noAnswer = (expression: string, why: string): FailureError =>
  fail(
    'bad-input',
    `The custom validation “${expression}” has no answer: ${why}.`,
    'Change the expression so that it is true or false for every statistics, as with COALESCE(…, 0).',
  )

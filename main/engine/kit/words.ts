import {
  type Hash,
  Hash as HashSchema,
  type JobId,
  type Name,
  Name as NameSchema,
  type RunId,
} from '#contract'
import { fail } from './failure.ts'

/** This moment as the contract writes it: ISO 8601 in UTC. */
export const now = (): string => new Date().toISOString()

/** Checks that a text is a content hash. */
export const asHash = (text: string): Hash => HashSchema.parse(text)
export const asJobId = (text: string): JobId => text as JobId
export const asRunId = (text: string): RunId => text as RunId

/** Turns a text into a name, or says what a name may hold. */
export function asName(text: string): Name {
  const read = NameSchema.safeParse(text)
  if (!read.success)
    throw fail(
      'bad-input',
      `"${text}" cannot be a name.`,
      'Use 1 to 80 letters, digits, spaces, -, _ or . and begin with a letter or a digit.',
    )
  return read.data
}

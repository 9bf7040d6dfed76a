import { fail } from '../../kit/index.ts'

/** What a pass is told: values by name, several where a name is repeated. */
export type Arguments = Readonly<Record<string, readonly string[]>>

const listOf = (args: Arguments, name: string): readonly string[] =>
  Object.hasOwn(args, name) ? (args[name] ?? []) : []

/** All values of a name, none where it was not given. */
export const texts = (args: Arguments, name: string): readonly string[] => listOf(args, name)

/** @throws Failure `bad-input` where it was given more than once */
export function text(args: Arguments, name: string): string | undefined {
  const values = listOf(args, name)
  if (values.length > 1)
    throw fail(
      'bad-input',
      `The argument "${name}" was given ${values.length} times, and once is all it can be.`,
      `Give a single "${name}".`,
    )
  return values[0]
}

/** @throws Failure `bad-input` where it is missing or given more than once */
export function required(args: Arguments, pass: string, name: string, example: string): string {
  const value = text(args, name)
  if (!value)
    throw fail('bad-input', `${pass} needs the argument "${name}".`, `Write it like this: ${example}.`)
  return value
}

function read<T>(
  args: Arguments,
  name: string,
  otherwise: T,
  what: string,
  parse: (value: string) => T | undefined,
): T {
  const value = text(args, name)
  if (value === undefined) return otherwise
  const parsed = parse(value)
  if (parsed === undefined)
    throw fail('bad-input', `The argument "${name}" is "${value}", which is not ${what}.`, `Give ${what}.`)
  return parsed
}

/** A whole number of 32 bits. */
export const whole = (args: Arguments, name: string, otherwise: number): number =>
  read(args, name, otherwise, 'a whole number', value => {
    const number = /^\s*[-+]?\d+\s*$/.test(value) ? Number(value) : Number.NaN
    return Math.abs(number) < 2 ** 31 ? number : undefined
  })

export const number = (args: Arguments, name: string, otherwise: number): number =>
  read(args, name, otherwise, 'a number', value => {
    const number = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : Number.NaN
    return Number.isFinite(number) ? number : undefined
  })

export const flag = (args: Arguments, name: string, otherwise: boolean): boolean =>
  read(args, name, otherwise, 'true, false, 1 or 0', value =>
    value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : undefined,
  )

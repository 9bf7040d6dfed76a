import type { z } from 'zod'

type Issue = Parameters<NonNullable<Parameters<typeof z.config>[0]>['customError'] & {}>[0]

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const counted = (origin: string) =>
  origin === 'string' ? ' characters' : origin === 'array' || origin === 'set' ? ' items' : ''

/**
 * What is wrong with a value, in words that go on a sentence which begins with the field's name: "must be at least 1".
 * Undefined where the schema library's own words do.
 */
export function refusal(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'too_small': {
      const { minimum, origin, inclusive } = issue
      if (origin === 'string' && minimum === 1) return 'must not be empty'
      const verb = counted(origin) ? 'must have' : 'must be'
      return `${verb} ${inclusive === false ? 'more than' : 'at least'} ${minimum}${counted(origin)}`
    }
    case 'too_big': {
      const { maximum, origin, inclusive } = issue
      const verb = counted(origin) ? 'must have' : 'must be'
      return `${verb} ${inclusive === false ? 'less than' : 'at most'} ${maximum}${counted(origin)}`
    }
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return KINDS[issue.expected] ? `must be ${KINDS[issue.expected]}` : undefined
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    default:
      return undefined
  }
}

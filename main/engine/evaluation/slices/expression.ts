import type { Cell, ColumnType, Condition } from '#contract'
import { fail } from '../../kit/index.ts'

/** Which rows are meant: conditions of the dataset's filter, joined. */
export type Expression =
  | { kind: 'is'; condition: Condition }
  | { kind: 'and' | 'or'; of: Expression[] }
  | { kind: 'not'; of: [Expression] }

interface Token {
  kind: 'word' | 'name' | 'text' | 'number' | 'sign' | 'end'
  text: string
}

const SIGNS = /^(<=|>=|!=|<>|==|[=<>(),≤≥≠])/
const SAME: Record<string, string> = { '==': '=', '<>': '!=', '≠': '!=', '≤': '<=', '≥': '>=' }
/** Deep enough for whatever a person writes, and not for what would overflow the stack. */
const DEEPEST = 50

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at)
    const space = /^\s+/.exec(rest)
    const number = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?(?![\w.-])/.exec(rest)
    const word = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*/u.exec(rest)
    const quoted = /^(["'`])((?:(?!\1)[^\\]|\\.)*)\1/s.exec(rest)
    const sign = SIGNS.exec(rest)
    const found = space ?? number ?? quoted ?? word ?? sign
    if (!found) throw wrong(text, `"${rest.slice(0, 12)}" is not understood there`)
    if (quoted)
      tokens.push({
        kind: quoted[1] === '`' ? 'name' : 'text',
        text: (quoted[2] as string).replace(/\\(.)/gs, '$1'),
      })
    else if (number) tokens.push({ kind: 'number', text: number[0] })
    else if (word) tokens.push({ kind: 'word', text: word[0] })
    else if (sign) tokens.push({ kind: 'sign', text: SAME[sign[0]] ?? sign[0] })
    at += found[0].length
  }
  return [...tokens, { kind: 'end', text: 'the end' }]
}

const wrong = (text: string, why: string) =>
  fail(
    'bad-input',
    `The slice ${text.length > 80 ? `${text.slice(0, 79)}…` : text} cannot be read: ${why}.`,
    'Name a column, two as "COL1 * COL2", or write conditions such as: age > 30 and sex = "F".',
  )

/** The next number after this one that a double can hold. */
function above(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n))
  return view.getFloat64(0)
}

/**
 * Reads an expression: conditions `COL = VALUE` (also `!= < <= > >=`), `COL in (A, B)`, `COL not in (A, B)`,
 * `COL contains TEXT`, `COL is [not] missing`, `COL is present`, joined by `and`, `or`, `not` and parentheses, `and`
 * binding closer. It is only ever turned into conditions of a filter.
 * @throws Failure bad-input that says what is not understood, or which column is not there
 */
export function parseExpression(
  text: string,
  columns: readonly { name: string; type: ColumnType }[],
): Expression {
  const tokens = tokensOf(text)
  let at = 0
  const peek = () => tokens[at] as Token
  const next = () => tokens[at++] as Token
  const isWord = (word: string) => peek().kind === 'word' && peek().text.toLowerCase() === word
  const isSign = (sign: string) => peek().kind === 'sign' && peek().text === sign
  const take = (is: boolean) => {
    if (is) at++
    return is
  }
  const need = (is: boolean, what: string) => {
    if (!take(is)) throw wrong(text, `${what} is expected before ${peek().text}`)
  }

  const joined = (kind: 'and' | 'or', part: (depth: number) => Expression, depth: number): Expression => {
    const of = [part(depth)]
    while (take(isWord(kind))) of.push(part(depth))
    return of.length === 1 ? (of[0] as Expression) : { kind, of }
  }
  const either = (depth: number): Expression => joined('or', all, depth)
  const all = (depth: number): Expression => joined('and', one, depth)
  function one(depth: number): Expression {
    if (depth > DEEPEST) throw wrong(text, 'it is nested too deeply')
    if (take(isWord('not'))) return { kind: 'not', of: [one(depth + 1)] }
    if (!take(isSign('('))) return condition()
    const inner = either(depth + 1)
    need(isSign(')'), 'a closing parenthesis')
    return inner
  }

  function condition(): Expression {
    const token = next()
    if (token.kind !== 'word' && token.kind !== 'name')
      throw wrong(text, `a column is expected before ${token.text}`)
    const column = columns.find(({ name }) => name === token.text)
    if (!column) throw wrong(text, `there is no column "${token.text}"`)
    const is = (kind: Condition['is'], values: Cell[] = [], closed?: boolean): Expression => ({
      kind: 'is',
      condition: { column: column.name, is: kind, values, ...(closed && { closed }) },
    })
    if (take(isWord('is'))) {
      const not = take(isWord('not'))
      if (take(isWord('missing') || isWord('null'))) return is(not ? 'present' : 'missing')
      if (take(isWord('present'))) return is(not ? 'missing' : 'present')
      return is(not ? 'differs' : 'equals', [value()])
    }
    if (take(isWord('contains'))) return is('contains', [value()])
    const not = take(isWord('not'))
    if (take(isWord('in'))) {
      need(isSign('('), 'an opening parenthesis')
      const values = [value()]
      while (take(isSign(','))) values.push(value())
      need(isSign(')'), 'a closing parenthesis')
      return is(not ? 'none-of' : 'one-of', values)
    }
    const sign = next()
    if (not || sign.kind !== 'sign' || sign.text === '(')
      throw wrong(text, `a comparison is expected after "${column.name}"`)
    const than = value()
    switch (sign.text) {
      case '=':
        return is('equals', [than])
      case '!=':
        return is('differs', [than])
      case '<':
        return is('range', [null, than])
      case '<=':
        return is('range', [null, than], true)
      case '>=':
        return is('range', [than, null])
      case '>':
        // A range begins with its lower end, so above it begins with the next number; texts and dates have none.
        if (typeof than === 'number' && column.type === 'integer' && Number.isSafeInteger(than))
          return is('range', [than + 1, null])
        if (typeof than === 'number') return is('range', [above(than), null])
        return { kind: 'and', of: [is('present'), { kind: 'not', of: [is('range', [null, than], true)] }] }
      default:
        throw wrong(text, `${sign.text} is no comparison`)
    }
  }

  function value(): Cell {
    const token = next()
    if (token.kind === 'text') return token.text
    if (token.kind === 'number') return Number(token.text)
    if (token.kind === 'word') return /^(true|false)$/i.test(token.text) ? /^t/i.test(token.text) : token.text
    throw wrong(text, `a value is expected before ${token.text}`)
  }

  const whole = either(0)
  if (peek().kind !== 'end') throw wrong(text, `${peek().text} is not expected there`)
  return whole
}

/** The same as a filter, where all conditions must hold; null where a filter cannot say it. */
export function filterOf(expression: Expression): Condition[] | null {
  if (expression.kind === 'is') return [expression.condition]
  if (expression.kind !== 'and') return null
  const parts = expression.of.map(filterOf)
  return parts.every(part => part !== null) ? parts.flat() : null
}

/** The conditions that it is made of, in the order they stand. */
export const conditionsOf = (expression: Expression): Condition[] =>
  expression.kind === 'is' ? [expression.condition] : expression.of.flatMap(conditionsOf)

/**
 * The rows that fit.
 * @param fits for each of `conditionsOf`, 1 by row
 */
export function rowsOf(expression: Expression, rows: number, fits: Iterator<Uint8Array>): Uint8Array {
  if (expression.kind === 'is') return fits.next().value as Uint8Array
  const parts = expression.of.map(part => rowsOf(part, rows, fits))
  const found = Uint8Array.from(parts[0] as Uint8Array)
  for (let row = 0; row < rows; row++) {
    if (expression.kind === 'not') found[row] = 1 - (found[row] as number)
    for (const part of parts.slice(1))
      if (expression.kind === 'and') found[row] = (found[row] as number) & (part[row] as number)
      else found[row] = (found[row] as number) | (part[row] as number)
  }
  return found
}

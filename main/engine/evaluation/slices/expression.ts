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
/** The words that other languages write as signs. */
const JOINS: Record<string, string> = { '&&': 'and', '&': 'and', '||': 'or', '|': 'or', '!': 'not' }
/** A comparison read from its other side. */
const FLIPPED: Record<string, string> = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }
/** Deep enough for whatever a person writes, and not for what would overflow the stack. */
const DEEPEST = 50

/** @param names columns, the longest first; one with spaces or other signs is known by being there */
function tokensOf(text: string, names: readonly string[]): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at)
    const space = /^\s+/.exec(rest)
    const number = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?(?![\w.-])/.exec(rest)
    const word = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*/u.exec(rest)
    const quoted = /^(["'`])((?:(?!\1)[^\\]|\\.|\1\1)*)\1/s.exec(rest)
    const name = names.find(each => rest.startsWith(each) && !/^[\p{L}\p{N}_]/u.test(rest.slice(each.length)))
    const sign = SIGNS.exec(rest)
    const join = /^(&&?|\|\|?|!)/.exec(rest)
    if (name !== undefined && name.length > (word?.[0].length ?? 0) && !space && !quoted) {
      tokens.push({ kind: 'name', text: name })
      at += name.length
      continue
    }
    const found = space ?? number ?? quoted ?? word ?? sign ?? join
    if (!found) throw wrong(text, `"${rest.slice(0, 12)}" is not understood there`)
    if (quoted)
      tokens.push({
        kind: quoted[1] === '`' ? 'name' : 'text',
        text: (quoted[2] as string).replace(/\\(.)|(["'`])\2/gs, '$1$2'),
      })
    else if (number) tokens.push({ kind: 'number', text: number[0] })
    else if (word) tokens.push({ kind: 'word', text: word[0] })
    else if (sign) tokens.push({ kind: 'sign', text: SAME[sign[0]] ?? sign[0] })
    else if (join) tokens.push({ kind: 'word', text: JOINS[join[0]] as string })
    at += found[0].length
  }
  return [...tokens, { kind: 'end', text: 'the end' }]
}

const wrong = (text: string, why: string) =>
  fail(
    'bad-input',
    `The slice ${text.length > 80 ? `${text.slice(0, 79)}…` : text} cannot be read: ${why}.`,
    'Name a column, several as "COL1 * COL2", or write conditions such as: age > 30 and sex = "F".',
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
 * Reads an expression: conditions `COL = VALUE` (also `!= < <= > >=`, and `VALUE < COL <= VALUE`), `COL [not] in (A, B)`,
 * `COL [not] between A and B`, `COL contains TEXT`, `COL is [not] missing`, `COL is present`, joined by `and`, `or`, `not`
 * and parentheses, `and` binding closer. A quotation mark within quotation marks is doubled, as in SQL, or stands behind
 * a backslash. It is only ever turned into conditions of a filter.
 * @throws Failure bad-input that says what is not understood, or which column is not there
 */
export function parseExpression(
  text: string,
  columns: readonly { name: string; type: ColumnType }[],
): Expression {
  const names = columns.map(({ name }) => name).sort((a, b) => b.length - a.length)
  const tokens = tokensOf(text, names)
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

  type Column = (typeof columns)[number]
  const is = (
    { name }: Column,
    kind: Condition['is'],
    values: Cell[] = [],
    closed?: boolean,
  ): Expression => ({
    kind: 'is',
    condition: { column: name, is: kind, values, ...(closed && { closed }) },
  })

  /** The column that a token names; in double quotes too, as in SQL. */
  const columnAt = (token: Token) =>
    token.kind === 'number' ? undefined : columns.find(({ name }) => name === token.text)

  function condition(): Expression {
    const token = next()
    const column = columnAt(token)
    if (column) return told(column)
    const sign = peek()
    const behind = tokens[at + 1]
    const other = behind && columnAt(behind)
    if ((token.kind === 'number' || token.kind === 'text') && FLIPPED[sign.text] && other) {
      at += 2
      const first = compared(other, FLIPPED[sign.text] as string, read(token, other))
      if (!FLIPPED[peek().text]) return first
      return { kind: 'and', of: [first, compared(other, next().text, read(next(), other))] }
    }
    if (token.kind !== 'word' && token.kind !== 'name')
      throw wrong(text, `a column is expected before ${token.text}`)
    throw wrong(text, `there is no column "${token.text}"`)
  }

  /** What is said of a column behind its name. */
  function told(column: Column): Expression {
    const value = () => read(next(), column)
    if (take(isWord('is'))) {
      const not = take(isWord('not'))
      if (take(isWord('missing') || isWord('null'))) return is(column, not ? 'present' : 'missing')
      if (take(isWord('present'))) return is(column, not ? 'missing' : 'present')
      return is(column, not ? 'differs' : 'equals', [value()])
    }
    if (take(isWord('contains'))) return is(column, 'contains', [value()])
    const not = take(isWord('not'))
    if (take(isWord('in'))) {
      need(isSign('('), 'an opening parenthesis')
      const values = [value()]
      while (take(isSign(','))) values.push(value())
      need(isSign(')'), 'a closing parenthesis')
      return is(column, not ? 'none-of' : 'one-of', values)
    }
    if (take(isWord('between'))) {
      const low = value()
      need(isWord('and'), 'the word "and"')
      const within = is(column, 'range', [low, value()], true)
      return not ? { kind: 'and', of: [is(column, 'present'), { kind: 'not', of: [within] }] } : within
    }
    const sign = next()
    if (not || sign.kind !== 'sign' || sign.text === '(')
      throw wrong(text, `a comparison is expected after "${column.name}"`)
    // Nothing equals null in SQL; who writes it here means what is missing.
    if ((sign.text === '=' || sign.text === '!=') && take(isWord('null')))
      return is(column, sign.text === '=' ? 'missing' : 'present')
    return compared(column, sign.text, value())
  }

  function compared(column: Column, sign: string, than: Cell): Expression {
    switch (sign) {
      case '=':
        return is(column, 'equals', [than])
      case '!=':
        return is(column, 'differs', [than])
      case '<':
        return is(column, 'range', [null, than])
      case '<=':
        return is(column, 'range', [null, than], true)
      case '>=':
        return is(column, 'range', [than, null])
      case '>':
        // A range begins with its lower end, so above it begins with the next number; texts and dates have none.
        if (typeof than === 'number' && column.type === 'integer' && Number.isSafeInteger(than))
          return is(column, 'range', [than + 1, null])
        if (typeof than === 'number') return is(column, 'range', [above(than), null])
        return {
          kind: 'and',
          of: [is(column, 'present'), { kind: 'not', of: [is(column, 'range', [null, than], true)] }],
        }
      default:
        throw wrong(text, `${sign} is no comparison`)
    }
  }

  /** A value of a column: a text has digits as they stand, and an integer that no number here holds crosses as text. */
  function read(token: Token, { type }: Column): Cell {
    if (token.kind === 'text') return token.text
    if (token.kind === 'number') {
      const number = Number(token.text)
      return type === 'text' || (Number.isInteger(number) && !Number.isSafeInteger(number))
        ? token.text
        : number
    }
    if (token.kind === 'word')
      return type !== 'text' && /^(true|false)$/i.test(token.text) ? /^t/i.test(token.text) : token.text
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

import { type Token, tokensOf } from './tokens.ts'
import { notUnderstood } from './trouble.ts'

/** An expression as a tree. Operators and functions are in capitals. */
export type Expression =
  | { kind: 'literal'; value: bigint | number | string | boolean | null }
  | { kind: 'name'; name: string }
  | { kind: 'field'; of: Expression; name: string }
  | { kind: 'element'; of: Expression; by: string; index: Expression }
  | { kind: 'array'; items: Expression[] }
  | { kind: 'call'; name: string; arguments: Expression[] }
  | { kind: 'cast'; of: Expression; to: string }
  | { kind: 'in'; of: Expression; list: Expression }
  | { kind: 'case'; of: Expression | null; when: [Expression, Expression][]; otherwise: Expression | null }

const COMPARISONS = ['=', '!=', '<>', '<', '<=', '>', '>=']
const ELEMENTS = ['OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL']
const LITERALS: Record<string, boolean | null> = { TRUE: true, FALSE: false, NULL: null }
const RESERVED = new Set(
  'AND OR NOT IN LIKE BETWEEN IS CASE WHEN THEN ELSE END SELECT FROM WHERE EXISTS UNNEST AS DISTINCT ALL'.split(
    ' ',
  ),
)

/** Reads a SQL expression, as far as conditions over statistics go: no queries within. */
export function parse(text: string): Expression {
  const tokens = tokensOf(text)
  let at = 0

  const next = (): Token => tokens[Math.min(at, tokens.length - 1)] as Token
  const isNext = (word: string): boolean => {
    const { kind, text: found } = next()
    return (kind === 'word' || kind === 'sign') && found.toUpperCase() === word
  }
  const take = (...words: string[]): string | null => {
    const word = words.find(isNext)
    if (word === undefined) return null
    at++
    return word
  }
  const unknown = () => notUnderstood(text, next().kind === 'end' ? 'its end' : `“${next().text}”`)
  const expect = (word: string): void => {
    if (take(word) === null) throw unknown()
  }
  const call = (name: string, ...args: Expression[]): Expression => ({ kind: 'call', name, arguments: args })

  function or(): Expression {
    let left = and()
    while (take('OR')) left = call('OR', left, and())
    return left
  }
  function and(): Expression {
    let left = not()
    while (take('AND')) left = call('AND', left, not())
    return left
  }
  function not(): Expression {
    return take('NOT') ? call('NOT', not()) : comparison()
  }
  function comparison(): Expression {
    const left = sum()
    const operator = take(...COMPARISONS)
    if (operator) return call(operator === '<>' ? '!=' : operator, left, sum())
    if (take('IS')) {
      const isNegated = take('NOT') !== null
      const word = take('NULL', 'TRUE', 'FALSE')
      if (!word) throw unknown()
      return negated(isNegated, call(`IS ${word}`, left))
    }
    const isNegated = take('NOT') !== null
    if (take('IN')) return negated(isNegated, { kind: 'in', of: left, list: list() })
    if (take('LIKE')) return negated(isNegated, call('LIKE', left, sum()))
    if (take('BETWEEN')) {
      const low = sum()
      expect('AND')
      return negated(isNegated, call('AND', call('>=', left, low), call('<=', left, sum())))
    }
    if (isNegated) throw unknown()
    return left
  }
  const negated = (isNegated: boolean, of: Expression): Expression => (isNegated ? call('NOT', of) : of)

  function list(): Expression {
    if (!take('UNNEST')) return { kind: 'array', items: within('(', ')') }
    const [array, ...more] = within('(', ')')
    if (!array || more.length > 0) throw unknown()
    return array
  }
  function sum(): Expression {
    let left = product()
    for (let sign = take('+', '-', '||'); sign; sign = take('+', '-', '||'))
      left = call(sign, left, product())
    return left
  }
  function product(): Expression {
    let left = unary()
    for (let sign = take('*', '/'); sign; sign = take('*', '/')) left = call(sign, left, unary())
    return left
  }
  function unary(): Expression {
    if (take('+')) return unary()
    return take('-') ? call('NEGATIVE', unary()) : postfix()
  }
  function postfix(): Expression {
    let of = primary()
    for (;;) {
      if (take('.')) of = { kind: 'field', of, name: identifier() }
      else if (take('[')) {
        const by = take(...ELEMENTS)
        if (!by) throw unknown()
        expect('(')
        of = { kind: 'element', of, by, index: or() }
        expect(')')
        expect(']')
      } else return of
    }
  }
  function identifier(): string {
    const { kind, text: name } = next()
    if (kind !== 'word' && kind !== 'quoted') throw unknown()
    at++
    return name
  }
  function primary(): Expression {
    const { kind, text: found } = next()
    const word = found.toUpperCase()
    if (kind === 'number' || kind === 'string') {
      at++
      return { kind: 'literal', value: kind === 'string' ? found : numberOf(found) }
    }
    if (take('(')) {
      const inner = or()
      expect(')')
      return inner
    }
    if (isNext('[')) return { kind: 'array', items: within('[', ']') }
    if (kind === 'word' && word in LITERALS) {
      at++
      return { kind: 'literal', value: LITERALS[word] ?? null }
    }
    if (take('CASE')) return caseOf()
    if (kind === 'word' && RESERVED.has(word)) throw unknown()
    const name = identifier()
    if (!isNext('(')) return { kind: 'name', name }
    if (word !== 'CAST') return call(word, ...within('(', ')'))
    expect('(')
    const of = or()
    expect('AS')
    const to = identifier().toUpperCase()
    expect(')')
    return { kind: 'cast', of, to }
  }
  function within(open: string, close: string): Expression[] {
    expect(open)
    if (take(close)) return []
    const items = [or()]
    while (take(',')) items.push(or())
    expect(close)
    return items
  }
  function caseOf(): Expression {
    const of = isNext('WHEN') ? null : or()
    const when: [Expression, Expression][] = []
    while (take('WHEN')) {
      const condition = or()
      expect('THEN')
      when.push([condition, or()])
    }
    const otherwise = take('ELSE') ? or() : null
    expect('END')
    return { kind: 'case', of, when, otherwise }
  }

  const whole = or()
  if (next().kind !== 'end') throw unknown()
  return whole
}

const numberOf = (text: string): bigint | number =>
  /^(?:0x[\da-f]+|\d+)$/i.test(text) ? BigInt(text) : Number(text)

import { notUnderstood } from './trouble.ts'

/** A piece of an expression. Words that are quoted by backticks are never keywords. */
export interface Token {
  kind: 'word' | 'quoted' | 'number' | 'string' | 'sign' | 'end'
  text: string
}

const SPACE = /\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\//y
const NUMBER = /0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy
const WORD = /[a-z_]\w*/iy
const QUOTED = /`([^`]+)`/y
const STRING = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/y
const SIGN = /<=|>=|<>|!=|\|\||[-+*/=<>().,[\]]/y

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

/** Cuts an expression into its pieces, comments left out. */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(expression)
    if (found) at = pattern.lastIndex
    return found
  }
  while (at < expression.length) {
    if (take(SPACE)) continue
    const number = take(NUMBER)
    const word = number ? null : take(WORD)
    const quoted = number || word ? null : take(QUOTED)
    const string = number || word || quoted ? null : take(STRING)
    const sign = number || word || quoted || string ? null : take(SIGN)
    if (number) tokens.push({ kind: 'number', text: number[0] })
    else if (word) tokens.push({ kind: 'word', text: word[0] })
    else if (quoted) tokens.push({ kind: 'quoted', text: quoted[1] ?? '' })
    else if (string) tokens.push({ kind: 'string', text: withoutEscapes(string[1] ?? string[2] ?? '') })
    else if (sign) tokens.push({ kind: 'sign', text: sign[0] })
    else throw notUnderstood(expression, `“${expression.slice(at, at + 10)}”`)
  }
  return [...tokens, { kind: 'end', text: '' }]
}

const withoutEscapes = (text: string): string => text.replace(/\\(.)/g, (_all, sign) => ESCAPES[sign] ?? sign)

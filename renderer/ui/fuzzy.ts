/**
 * How well a typed query fits a text, by subsequence: every typed letter must occur in order. Higher is better, null is
 * no match. Letters in a row and letters at the start of a word count more; a short text beats a long one.
 */
export function closeness(query: string, text: string): number | null {
  const wanted = query.toLowerCase().replace(/\s+/g, '')
  if (!wanted) return 0
  const inText = text.toLowerCase()
  let score = 0
  let from = 0
  let last = -2
  for (const [index, letter] of [...wanted].entries()) {
    let at = inText.indexOf(letter, from)
    if (at < 0) return null
    // a later hit at the start of a word reads better than an early one inside a word, if the letters still follow
    if (at !== last + 1) {
      const word = startOfWord(inText, letter, from)
      if (word >= 0 && follows(wanted.slice(index + 1), inText, word + 1)) at = word
    }
    score += at === last + 1 ? 3 : isWordStart(inText, at) ? 2 : 0.5
    last = at
    from = at + 1
  }
  return score - text.length / 200
}

const isWordStart = (text: string, at: number) => at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? '')

function startOfWord(text: string, letter: string, from: number): number {
  for (let at = text.indexOf(letter, from); at >= 0; at = text.indexOf(letter, at + 1))
    if (isWordStart(text, at)) return at
  return -1
}

function follows(rest: string, text: string, from: number): boolean {
  let next = from
  for (const letter of rest) {
    const hit = text.indexOf(letter, next)
    if (hit < 0) return false
    next = hit + 1
  }
  return true
}

/** The items that fit, best first; all of them in their order while nothing is typed. */
export function rank<T>(query: string, items: readonly T[], textOf: (item: T) => string): T[] {
  if (!query.trim()) return [...items]
  return items
    .map((item, index) => ({ item, index, score: closeness(query, textOf(item)) }))
    .filter(entry => entry.score !== null)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || a.index - b.index)
    .map(entry => entry.item)
}

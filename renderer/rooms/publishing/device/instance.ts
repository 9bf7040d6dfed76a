import type { Cell, Rows } from '#contract'

/** A row of a dataset as one instance of the REST form: the columns a model learned from, by name. */
export function instanceOf(rows: Rows, index: number, leaveOut: string[]): Record<string, Cell> {
  const cells = rows.rows[index] ?? []
  return Object.fromEntries(
    rows.columns
      .map((column, i): [string, Cell] => [column.name, cells[i] ?? null])
      .filter(([name]) => !leaveOut.includes(name)),
  )
}

/** Reads what was typed as one instance or a list of them, or says in one sentence what is wrong. */
export function readInstances(
  text: string,
): { instances: Record<string, unknown>[]; problem: null } | { instances: null; problem: string } {
  const refuse = (problem: string) => ({ instances: null, problem }) as const
  if (!text.trim()) return refuse('Give one instance as JSON, such as {"altitude": 120}')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return refuse(`This is not JSON yet: ${(error as Error).message}`)
  }
  const given =
    value &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Array.isArray((value as { instances?: unknown }).instances)
      ? (value as { instances: unknown[] }).instances
      : Array.isArray(value)
        ? value
        : [value]
  if (!given.length) return refuse('Give at least one instance')
  if (given.length > 100) return refuse(`Ask for at most 100 instances at once, this is ${given.length}`)
  if (!given.every(one => one && typeof one === 'object' && !Array.isArray(one)))
    return refuse('An instance names its features: {"feature": value}')
  return { instances: given as Record<string, unknown>[], problem: null }
}

/** One answer of a device: classes with their shares, best first, or the value as it came. */
export interface Answer {
  title: string
  shares: { label: string; share: number }[]
  raw: string
}

const numbers = (value: unknown): value is Record<string, number> =>
  !!value &&
  typeof value === 'object' &&
  !Array.isArray(value) &&
  Object.values(value).length > 0 &&
  Object.values(value).every(part => typeof part === 'number')

/**
 * Makes a prediction readable whatever its form: a number, a list of scores, `{ class, probabilities }` with the
 * probabilities as a list beside `classes` or by name.
 */
export function readAnswer(prediction: unknown, classes: string[] = []): Answer {
  const raw = JSON.stringify(prediction, null, 2) ?? String(prediction)
  const ordered = (pairs: [string, number][]) =>
    pairs.map(([label, share]) => ({ label, share })).sort((a, b) => b.share - a.share)
  const listed = (list: unknown, names: unknown): [string, number][] =>
    Array.isArray(list) && list.every(part => typeof part === 'number')
      ? list.map((share, i): [string, number] => [
          String((Array.isArray(names) ? names : classes)[i] ?? i),
          share,
        ])
      : []
  if (typeof prediction === 'number')
    return { title: String(Number(prediction.toPrecision(6))), shares: [], raw }
  if (typeof prediction === 'string') return { title: prediction, shares: [], raw }
  if (Array.isArray(prediction)) {
    const pairs = listed(prediction, null)
    if (pairs.length === 1 && !classes.length) return { title: String(pairs[0]?.[1]), shares: [], raw }
    const shares = ordered(pairs)
    return { title: shares[0]?.label ?? 'an answer', shares, raw }
  }
  if (prediction && typeof prediction === 'object') {
    const given = prediction as Record<string, unknown>
    const chances = given.probabilities ?? given.scores
    const shares = ordered(numbers(chances) ? Object.entries(chances) : listed(chances, given.classes))
    const named = given.class ?? given.label ?? given.prediction ?? given.value
    if (named !== undefined)
      return {
        title: typeof named === 'number' ? String(Number(named.toPrecision(6))) : String(named),
        shares,
        raw,
      }
    if (shares.length) return { title: shares[0]?.label ?? 'an answer', shares, raw }
    if (numbers(given)) {
      const all = ordered(Object.entries(given))
      return { title: all[0]?.label ?? 'an answer', shares: all, raw }
    }
  }
  return { title: 'an answer', shares: [], raw }
}

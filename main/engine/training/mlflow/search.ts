import { Refusal } from './refusal.ts'
import type { TrackedRun } from './things.ts'
import { newest } from './wire.ts'

type Value = number | string | undefined
type Condition = (run: TrackedRun) => boolean

const ATTRIBUTES: Record<string, (run: TrackedRun) => Value> = {
  run_id: run => run.id,
  run_name: run => run.name,
  status: run => run.status,
  user_id: run => run.user,
  start_time: run => run.startedAt,
  end_time: run => run.endedAt ?? undefined,
  experiment_id: run => run.experiment,
}

const CONDITION =
  /^\s*((?:(?:metrics?|params?|parameters?|tags?|attributes?|attr|run)\.)?(?:"[^"]+"|`[^`]+`|[\w./:-]+))\s*(<=|>=|!=|=|<|>|(?:not\s+)?(?:like|ilike|in)\b|is\s+(?:not\s+)?null\b)\s*/i
const VALUE = /^('(?:[^']*)'|"(?:[^"]*)"|-?[\d.]+(?:e[+-]?\d+)?|\((?:[^)]*)\))\s*/i

/**
 * The runs that a filter of MLflow's search lets through: comparisons of `metrics.`, `params.`, `tags.` and attributes,
 * joined by `and` (mlflow.org/docs/latest/ml/search/search-runs).
 * @throws Refusal where it cannot be read
 */
export function filterOf(text: string): Condition {
  const conditions: Condition[] = []
  for (let rest = text.trim(); rest; ) {
    const [head, name = '', operator = ''] = CONDITION.exec(rest) ?? []
    if (head === undefined) throw unreadable(text)
    rest = rest.slice(head.length)
    const of = readerOf(name)
    if (/^is/i.test(operator)) {
      const isNull = !/not/i.test(operator)
      conditions.push(run => (of(run) === undefined) === isNull)
    } else {
      const [whole, value = ''] = VALUE.exec(rest) ?? []
      if (whole === undefined) throw unreadable(text)
      rest = rest.slice(whole.length)
      conditions.push(compare(of, operator.toLowerCase().replace(/\s+/g, ' '), value))
    }
    const joint = /^and\b/i.exec(rest)
    if (rest && !joint) throw unreadable(text)
    rest = rest.slice(joint?.[0].length ?? 0).trim()
    if (joint && !rest) throw unreadable(text)
  }
  return run => conditions.every(holds => holds(run))
}

function readerOf(name: string): (run: TrackedRun) => Value {
  const [, kind = 'attribute', quoted = ''] = /^(?:(\w+)\.)?(.+)$/.exec(name) ?? []
  const key = quoted.replace(/^["`]|["`]$/g, '')
  if (/^metric/i.test(kind))
    return run => {
      const points = run.figures.get(key)
      return points && newest(points).value
    }
  if (/^param/i.test(kind)) return run => run.params.get(key)
  if (/^tag/i.test(kind)) return run => run.tags.get(key)
  return ATTRIBUTES[key.toLowerCase()] ?? (() => undefined)
}

const plain = (text: string) => text.replace(/^['"]|['"]$/g, '')

function compare(of: (run: TrackedRun) => Value, operator: string, value: string): Condition {
  if (/in$/.test(operator)) {
    const list = new Set(
      value
        .slice(1, -1)
        .split(',')
        .map(each => plain(each.trim())),
    )
    return run => of(run) !== undefined && list.has(String(of(run))) === (operator === 'in')
  }
  const wanted = plain(value)
  if (operator.includes('like')) {
    const escaped = wanted
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.')
    const pattern = new RegExp(`^${escaped}$`, operator.includes('ilike') ? 'is' : 's')
    return run => of(run) !== undefined && pattern.test(String(of(run))) !== operator.startsWith('not')
  }
  return run => {
    const found = of(run)
    if (found === undefined) return false
    const order =
      typeof found === 'number' ? found - Number(wanted) : found < wanted ? -1 : found > wanted ? 1 : 0
    switch (operator) {
      case '=':
        return order === 0
      case '!=':
        return order !== 0
      case '<':
        return order < 0
      case '>':
        return order > 0
      case '<=':
        return order <= 0
      default:
        return order >= 0
    }
  }
}

/** Orders by `metrics.loss ASC` and the like; the newest first where that leaves a choice. */
export function orderOf(clauses: readonly string[]): (a: TrackedRun, b: TrackedRun) => number {
  const keys = clauses.map(clause => {
    const [, name = '', way] = /^\s*(.+?)(?:\s+(asc|desc))?\s*$/i.exec(clause) ?? []
    return { of: readerOf(name), sign: way?.toLowerCase() === 'desc' ? -1 : 1 }
  })
  return (a, b) => {
    for (const { of, sign } of keys) {
      const [x, y] = [of(a), of(b)]
      if (x === y) continue
      // Runs without the value come last, whichever way.
      if (x === undefined || y === undefined) return x === undefined ? 1 : -1
      return (x < y ? -1 : 1) * sign
    }
    return b.startedAt - a.startedAt
  }
}

const unreadable = (text: string) =>
  new Refusal('INVALID_PARAMETER_VALUE', `The filter cannot be read: ${text.slice(0, 200)}`)

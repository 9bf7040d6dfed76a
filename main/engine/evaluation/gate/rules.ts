import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type GateResult, GateRule, type Metrics, type Name } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { figure } from '../words.ts'

/** Figures that a rule can ask for. */
export const GATE_METRICS: readonly string[] = [
  ...[
    'accuracy',
    'balancedAccuracy',
    'precision',
    'recall',
    'f1',
    'auc',
    'averagePrecision',
    'specificity',
    'mcc',
  ],
  ...['kappa', 'logLoss', 'brier', 'ece', 'top3Accuracy', 'top5Accuracy'],
  ...['precision', 'recall', 'f1'].flatMap(name => ['Macro', 'Micro', 'Weighted'].map(of => name + of)),
  ...['mse', 'rmse', 'mae', 'medianAbsoluteError', 'maxError', 'mape', 'bias', 'r2', 'pearson'],
]

/** Whether a rule bounds a figure of all rows itself, so that the figures alone tell. */
export const isPlain = ({ slice, minChange, maxChange, confidence }: GateRule): boolean =>
  slice === undefined && minChange === undefined && maxChange === undefined && confidence === undefined

/** Judges figures by plain rules. A figure that was not measured does not pass; without rules everything does. */
export function judge(rules: readonly GateRule[], metrics: Metrics | null): GateResult {
  const checks = rules.map(rule => {
    const value = metrics?.[rule.metric] ?? null
    const passed = value !== null && value >= (rule.min ?? -Infinity) && value <= (rule.max ?? Infinity)
    return { rule, value, passed, words: plainWords(rule, value) }
  })
  return { passed: checks.every(check => check.passed), checks }
}

/** "accuracy 0.81 where 0.85 is wanted" */
export function plainWords({ metric, min, max }: GateRule, value: number | null): string {
  const isBelow = min !== undefined && (value === null || value < min || max === undefined)
  const wanted = isBelow ? `${min} is wanted` : `at most ${max} is wanted`
  return value === null
    ? `${metric} was not measured where ${wanted}`
    : `${metric} ${figure(value)} where ${wanted}`
}

/** @throws Failure `bad-input` for a metric that is none, or a rule that nothing can pass */
export function assertRules(rules: readonly GateRule[]): void {
  for (const { metric, min, max, minChange, maxChange, lenient, confidence } of rules) {
    if (!GATE_METRICS.includes(metric))
      throw fail('bad-input', `There is no metric "${metric}".`, `Choose one of ${GATE_METRICS.join(', ')}.`)
    for (const [low, high] of [
      [min, max],
      [minChange, maxChange],
    ])
      if (low !== undefined && high !== undefined && low > high)
        throw fail(
          'bad-input',
          `No ${metric} is at least ${low} and at most ${high}.`,
          'Give a minimum that is not above the maximum.',
        )
    if (lenient && confidence === undefined)
      throw fail(
        'bad-input',
        `The rule of ${metric} is lenient by a confidence that it does not name.`,
        'Give a confidence such as 0.95.',
      )
  }
}

/**
 * Reads the rules of a gate file: a JSON list of them, or `{"rules": [...]}`.
 * @throws Failure bad-input that says which rule is wrong, not-found
 */
export function rulesIn(file: string): GateRule[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw fail('not-found', `There is no gate file ${file}.`, 'Check the path.')
  }
  const remedy = 'Write it as [{"metric":"accuracy","min":0.8}].'
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw fail('bad-input', `${basename(file)} is not JSON.`, remedy)
  }
  const list = Array.isArray(read) ? read : (read as { rules?: unknown } | null)?.rules
  if (!Array.isArray(list)) throw fail('bad-input', `${basename(file)} holds no list of rules.`, remedy)
  // Whoever names a file wants something of the model; that nothing is asked is a slip, and must not let everything pass.
  if (list.length === 0)
    throw fail('bad-input', `${basename(file)} holds no rule, so nothing is asked of the model.`, remedy)
  const rules = list.map((rule, nth) => {
    const which = `Rule ${nth + 1} of ${basename(file)}`
    const unknown = Object.keys(Object(rule)).find(key => !(key in GateRule.shape))
    if (unknown !== undefined)
      throw fail(
        'bad-input',
        `${which} has "${unknown}", which is not known.`,
        `Choose from ${Object.keys(GateRule.shape).join(', ')}.`,
      )
    const known = GateRule.safeParse(rule)
    if (known.success) return known.data
    const [issue] = known.error.issues
    throw fail(
      'bad-input',
      `${which} is wrong: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(' ')}.`,
      remedy,
    )
  })
  assertRules(rules)
  return rules
}

/** The rules of each model, in the table `gates`. */
export interface Gates {
  of(model: string): GateRule[]
  /** @throws Failure see `assertRules` */
  set(model: Name, rules: GateRule[]): GateRule[]
}

export function openGates({ db }: Store): Gates {
  const read = db.prepare('SELECT rules FROM gates WHERE model = ?')
  const write = db.prepare(
    'INSERT INTO gates (model, rules) VALUES (?, ?) ON CONFLICT (model) DO UPDATE SET rules = excluded.rules',
  )
  const of = (model: string): GateRule[] => {
    const row = read.get(model) as { rules: string } | undefined
    return row ? (JSON.parse(row.rules) as GateRule[]) : []
  }
  return {
    of,
    set(model, rules) {
      assertRules(rules)
      write.run(model, JSON.stringify(rules))
      return of(model)
    },
  }
}

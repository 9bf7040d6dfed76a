import type { GateResult, GateRule, Metrics, Name } from '#contract'
import { fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'

/** Figures that a rule can ask for. */
export const GATE_METRICS = [
  'accuracy',
  'precision',
  'recall',
  'f1',
  'auc',
  'averagePrecision',
  'logLoss',
  'mse',
  'rmse',
  'mae',
  'r2',
] as const

/** Judges figures by rules. A figure that was not measured does not pass; without rules everything does. */
export function judge(rules: readonly GateRule[], metrics: Metrics | null): GateResult {
  const checks = rules.map(rule => {
    const value = metrics?.[rule.metric] ?? null
    const passed = value !== null && value >= (rule.min ?? -Infinity) && value <= (rule.max ?? Infinity)
    return { rule, value, passed }
  })
  return { passed: checks.every(check => check.passed), checks }
}

/** The rules of each model, in the table `gates`. */
export interface Gates {
  of(model: string): GateRule[]
  /** @throws Failure `bad-input` for a metric that is none, or a rule that nothing can pass */
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
      for (const { metric, min, max } of rules) {
        if (!(GATE_METRICS as readonly string[]).includes(metric))
          throw fail(
            'bad-input',
            `There is no metric "${metric}".`,
            `Choose one of ${GATE_METRICS.join(', ')}.`,
          )
        if (min !== undefined && max !== undefined && min > max)
          throw fail(
            'bad-input',
            `No ${metric} is at least ${min} and at most ${max}.`,
            'Give a minimum that is not above the maximum.',
          )
      }
      write.run(model, JSON.stringify(rules))
      return of(model)
    },
  }
}

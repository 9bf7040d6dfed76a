import type {
  Evaluation,
  GateCheck,
  GateResult,
  GateRule,
  GateVerdict,
  Metrics,
  RunId,
  VariantKind,
} from '#contract'
import { canonicalJson, hashOf, now } from '../../kit/index.ts'
import { collection, type Store } from '../../store/index.ts'
import { type Gates, isPlain, judge } from './rules.ts'

/** The run that a model's alias points to; null where it points nowhere. */
export type Baseline = (model: string, alias: string) => RunId | null

/** Recorded verdicts, and what they and the gate of a model say now. */
export interface Verdicts {
  record(
    evaluation: Evaluation & { run: RunId },
    checks: GateCheck[],
    about: Pick<GateVerdict, 'against' | 'from' | 'madeBy'>,
  ): GateVerdict
  list(run?: RunId): GateVerdict[]
  /**
   * What a model's gate says of a run now: plain rules by its figures, the others by the newest verdict that judged by
   * the same rule against what is in production now. A verdict by a file or by default counts as long as it is the
   * newest.
   */
  standing(run: RunId, model: string, variant: VariantKind, metrics: Metrics | null): GateResult
}

export function openVerdicts(store: Store, gates: Gates, baseline: () => Baseline): Verdicts {
  const kept = collection<GateVerdict>(store.db, 'verdicts')

  /** Whether production is still what the verdict compared with, or has become the run itself. */
  const isCurrent = ({ against, run, model }: GateVerdict): boolean => {
    if (against && against.name !== 'production') return true
    const production = baseline()(model, 'production')
    return production === run || production === (against?.run ?? null)
  }

  return {
    record(evaluation, checks, { against, from, madeBy }) {
      const { run, model, variant, id } = evaluation
      const passed = checks.every(check => check.passed)
      const outcome = passed ? ('passed' as const) : ('blocked' as const)
      const judged = { outcome, passed, checks, model, run, variant, evaluation: id, against, from }
      const rules = checks.map(({ rule }) => rule)
      const at = now()
      const verdict: GateVerdict = {
        id: hashOf(canonicalJson({ ...judged, rules, at })),
        ...judged,
        rules,
        reasons: reasonsOf(checks, against),
        at,
        madeBy,
      }
      kept.put(verdict, run)
      return verdict
    },
    list: run => kept.list(run),
    standing(run, model, variant, metrics) {
      const rules = gates.of(model)
      const verdicts = kept.list(run)
      const newest = verdicts.find(each => each.variant === variant) ?? verdicts[0]
      const plain = judge(rules.filter(isPlain), metrics)
      const checks = rules.map(rule => {
        if (isPlain(rule)) return plain.checks.find(check => check.rule === rule) as GateCheck
        const known = newest && isCurrent(newest) ? checkBy(newest, rule) : undefined
        if (known) return known
        const production = baseline()(model, 'production')
        const replacesNone = production === null || production === run
        return replacesNone && isOfChangeAlone(rule) ? first(rule) : unjudged(rule, run)
      })
      // Another gate than the model's own was asked, and it said no.
      if (newest && newest.from !== 'model')
        for (const check of newest.checks)
          if (!check.passed && !rules.some(rule => same(rule, check.rule))) checks.push(check)
      return { passed: checks.every(check => check.passed), checks }
    },
  }
}

const same = (one: GateRule, other: GateRule) => canonicalJson(one) === canonicalJson(other)
const checkBy = ({ checks }: GateVerdict, rule: GateRule) => checks.find(check => same(check.rule, rule))

const isOfChangeAlone = ({ min, max }: GateRule) => min === undefined && max === undefined

const first = (rule: GateRule): GateCheck => ({
  rule,
  value: null,
  passed: true,
  words: `${rule.metric} replaces no other version's`,
})

const unjudged = (rule: GateRule, run: RunId): GateCheck => ({
  rule,
  value: null,
  passed: false,
  words: `${rule.metric}${rule.slice === undefined ? '' : ` of ${rule.slice}`} was not judged yet: evaluation gate --run ${run} --against production`,
})

function reasonsOf(checks: readonly GateCheck[], against: GateVerdict['against']): string[] {
  const failed = checks.filter(({ passed }) => !passed)
  const compared = against
    ? `, compared with ${against.name === against.run ? against.run : `${against.name} (${against.run})`}`
    : ''
  const first =
    checks.length === 0
      ? 'No rule is set, so everything passes.'
      : failed.length === 0
        ? `It passes ${checks.length === 1 ? 'its one rule' : `all ${checks.length} rules`}${compared}.`
        : `It misses ${failed.length} of ${checks.length} ${checks.length === 1 ? 'rule' : 'rules'}${compared}.`
  return [first, ...[...failed, ...checks.filter(({ passed }) => passed)].map(sentence)]
}

const sentence = ({ passed, words = '' }: GateCheck) => `${passed ? 'Reached' : 'Missed'}: ${words}.`

import type {
  Evaluation,
  Explanation,
  GateResult,
  GateRule,
  GateVerdict,
  Metrics,
  Name,
  Run,
  RunId,
  Split,
  VariantKind,
} from '#contract'
import type { Doors, JobContext } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'
import type { Form, TrainingRoom } from '../training/index.ts'
import { trainedRun } from '../training/index.ts'
import type { Contender } from './compare/compare.ts'
import { openComparing } from './compare/comparing.ts'
import { assertOneLabel } from './compare/shared.ts'
import { explain } from './explain/explain.ts'
import { whatIf } from './explain/whatIf.ts'
import { openJudging } from './gate/judge.ts'
import { judge, openGates, rulesIn } from './gate/rules.ts'
import { type Baseline, openVerdicts } from './gate/verdicts.ts'
import { openKept } from './kept.ts'
import { type Measured, openMeasuring } from './measure.ts'
import { pickRows } from './pick.ts'
import type { SliceSource, SlicesWanted } from './slices/index.ts'
import { cheapest } from './threshold.ts'

export interface EvaluationRoom {
  door: Doors['evaluation']
  /**
   * Predicts a split in a worker process, takes all figures, and keeps the evaluation.
   * @param form where the variant lies
   * @param wanted slices to measure beside all rows; default: those saved of the dataset
   * @returns also the outputs of the net, rows first
   * @throws Failure `empty-data` where the split has no rows with a label, `not-found`, `bad-input` for a wanted slice
   *   or column that is not there
   */
  measure(
    run: Run,
    split: Split,
    form: Form,
    variant: VariantKind,
    job: JobContext,
    wanted?: SlicesWanted,
  ): Promise<Measured>
  /** The newest evaluation of a run (default: as it was trained) on the test split, else on another. */
  newest(run: RunId, variant?: VariantKind): Evaluation | null
  gateOf(model: Name): GateRule[]
  judge(rules: GateRule[], metrics: Metrics | null): GateResult
  /** What the gate of a model and the newest recorded verdict say of a run. @param metrics of the variant */
  standing(run: RunId, model: Name, variant: VariantKind, metrics: Metrics | null): GateResult
  /** A later room says how it makes a variant, so that `run` can measure it. */
  offer(kind: VariantKind, load: Load): void
  /** The registry, a later room, says which run an alias of a model means. */
  baselines(of: Baseline): void
}

type Load = (run: Run, job: JobContext) => Promise<Form>

export function createEvaluation({
  store,
  dataset,
  training,
}: {
  store: Store
  dataset: SliceSource
  training: TrainingRoom
}): EvaluationRoom {
  const kept = openKept(store)
  const evaluations = kept.all
  const explanations = collection<Explanation>(store.db, 'explanations')
  const gates = openGates(store)
  let baseline: Baseline = () => null
  const verdicts = openVerdicts(store, gates, () => baseline)
  const loads = new Map<VariantKind, Load>([['layers', async () => ({ kind: 'layers' })]])

  const gateNow = (evaluation: Omit<Evaluation, 'gate'>): GateResult =>
    evaluation.run === null
      ? judge(gates.of(evaluation.model), evaluation.metrics)
      : verdicts.standing(evaluation.run, evaluation.model, evaluation.variant, evaluation.metrics)

  // The gate may have moved since; what was measured has not.
  const judged = (evaluation: Evaluation): Evaluation => ({ ...evaluation, gate: gateNow(evaluation) })

  const measuring = openMeasuring({ store, dataset, training, evaluations, gateOf: gateNow })
  const comparing = openComparing({ store, measuring })
  const judging = openJudging({ training, gates, verdicts, measuring, measured, baseline: () => baseline })

  function newest(run: RunId, variant: VariantKind = 'layers'): Evaluation | null {
    const own = training.get(run).version
    const found = evaluations
      .list(run)
      .filter(each => each.variant === variant && (each.version === undefined || each.version === own))
    const best =
      found.find(each => each.split === 'test') ?? found.find(each => each.split === 'eval') ?? found[0]
    return best ? judged(best) : null
  }

  async function formOf(run: Run, variant: VariantKind, job: JobContext): Promise<Form> {
    const load = loads.get(variant)
    if (load) return load(run, job)
    throw fail(
      'unsupported',
      `The form ${variant} cannot be evaluated.`,
      `Choose one of ${[...loads.keys()].join(', ')}.`,
    )
  }

  /** An evaluation of a run on a version's rows: the one that is there, or a new one. */
  async function measured(
    run: Run,
    split: Split,
    variant: VariantKind,
    job: JobContext,
    on?: Pick<Run, 'version' | 'where'>,
  ): Promise<Contender> {
    const version = on?.version ?? trainedRun(run).version
    const known = evaluations
      .list(run.id)
      .find(
        each =>
          each.variant === variant &&
          each.split === split &&
          each.version === version &&
          each.predictions !== undefined &&
          each.at >= (run.endedAt ?? run.at),
      )
    if (known) {
      job.uses(known.id)
      return { evaluation: known, answers: kept.answersOf(known) }
    }
    const isOther = on !== undefined && on.version !== run.version
    const form = await formOf(run, variant, job)
    return measuring.run(
      run,
      split,
      form,
      variant,
      job,
      {},
      isOther ? { version, where: on.where } : undefined,
    )
  }

  const door: Doors['evaluation'] = {
    async run({ run: ids, predictions, split, variant, gate, against, minRows, ...want }, job) {
      const wanted: SlicesWanted = { ...want, minRows }
      if (!ids?.length && predictions === undefined)
        throw fail('bad-input', 'Nothing was named to evaluate.', 'Give --run, or --predictions with a file.')
      // What is wrong with the rules is said before anything is computed.
      const rules = gate === undefined ? null : rulesIn(gate)
      const runs = (ids ?? []).map(id => training.get(id))
      assertOneLabel(runs)
      const all: Measured[] = []
      if (predictions !== undefined) {
        const { label, prediction, positive, name } = want
        all.push(await measuring.file(predictions, { label, prediction, positive, name }, job, wanted))
      }
      const [first] = runs
      for (const run of runs) {
        const form = await formOf(run, variant, job)
        const isOther = first !== undefined && run.version !== first.version && first.version !== null
        const on = isOther ? { version: trainedRun(first).version, where: first.where } : undefined
        all.push(await measuring.run(run, split, form, variant, job, wanted, on))
      }
      const [{ evaluation }, ...others] = all as [Measured, ...Measured[]]
      const comparison = others.length
        ? await comparing.compare(all, [...(want.by ?? []), ...(want.slice ?? [])], minRows, job)
        : undefined
      const last = all.at(-1) as Measured
      const verdict = rules
        ? await judging.byRules(
            last,
            rules,
            'file',
            { against, before: others.length ? all[0] : undefined },
            job,
          )
        : undefined
      return {
        ...judged(evaluation),
        ...(others.length && { others: others.map(each => judged(each.evaluation)) }),
        ...(comparison && { comparison }),
        ...(verdict && { verdict }),
      }
    },
    async compare({ run: ids, variants, evaluations: known, split, slice, minRows }, job) {
      const all: Contender[] = known
        .map(kept.find)
        .map(evaluation => ({ evaluation, answers: kept.answersOf(evaluation) }))
      const runs = (ids ?? []).map(id => training.get(id))
      if (all.length + runs.length * variants.length < 2)
        throw fail(
          'bad-input',
          'Two models are needed to compare.',
          'Name two runs, or one with two --variants.',
        )
      assertOneLabel(runs)
      const [first] = runs
      for (const run of runs)
        for (const variant of variants)
          all.push(await measured(run, split, variant, job, first && trainedRun(first)))
      return comparing.compare(all, slice ?? [], minRows, job)
    },
    comparisons: async of => ({ comparisons: comparing.list(of) }),
    list: async ({ run, model }) => ({
      evaluations: evaluations
        .list(run)
        .filter(each => model === undefined || each.model === model)
        .map(judged),
    }),
    show: async ({ id }) => judged(kept.find(id)),
    async rows({ id, against, ...want }, { signal }) {
      const evaluation = kept.find(id)
      if (want.change && !against)
        throw fail('bad-input', 'A change needs another evaluation.', 'Name it with --against.')
      const answers = kept.answersOf(evaluation)
      const other = against ? kept.answersOf(kept.find(against)) : null
      const rowsOf = () => measuring.rowsOf(evaluation, answers.numbers, signal)
      return {
        version: evaluation.version ?? (evaluation.run ? training.get(evaluation.run).version : null),
        ...(await pickRows(evaluation, answers, other, want, rowsOf, signal)),
      }
    },
    threshold: async ({ id, label, ...costs }) => cheapest(kept.find(id), label, costs),
    async predict({ run: id, variant, row, rows }, job) {
      const run = training.get(id)
      return {
        run: id,
        ...(await whatIf(run, await formOf(run, variant, job), { row, rows }, job, { dataset, training })),
      }
    },
    async explain({ run: id, ...plan }, job) {
      const run = training.get(id)
      const explanation = await explain(run, await formOf(run, plan.variant, job), plan, job, {
        dataset,
        training,
      })
      explanations.put(explanation, id)
      if (run.artifact) job.uses(run.artifact)
      return explanation
    },
    explanations: async ({ run }) => ({ explanations: explanations.list(run) }),
    judge: (plan, job) => judging.judge(plan, job),
    verdicts: async ({ run, model }) => ({
      verdicts: verdicts.list(run).filter((each: GateVerdict) => model === undefined || each.model === model),
    }),
    gate: async ({ model }) => ({ rules: gates.of(model) }),
    setGate: async ({ model, rules }) => ({ rules: gates.set(model, rules) }),
  }

  return {
    door,
    measure: measuring.run,
    newest,
    gateOf: gates.of,
    judge,
    standing: verdicts.standing,
    offer: (kind, load) => void loads.set(kind, load),
    baselines(of) {
      baseline = of
    },
  }
}

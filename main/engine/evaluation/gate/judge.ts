import type { GateRule, GateVerdict, Name, Run, RunId, Split, VariantKind } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import { type TrainingRoom, trainedRun } from '../../training/index.ts'
import type { Answers } from '../answers.ts'
import type { Contender } from '../compare/compare.ts'
import { assertOneLabel, sharedAnswers } from '../compare/shared.ts'
import type { Measuring } from '../measure.ts'
import { mainMetric } from '../slices/index.ts'
import { checkRule } from './check.ts'
import { assertRules, type Gates, rulesIn } from './rules.ts'
import type { Baseline, Verdicts } from './verdicts.ts'

/** What a run is judged against: an alias or a run, or a contender that is measured already. */
interface Against {
  against?: string | undefined
  before?: Contender | undefined
}

export interface Judging {
  byRules(
    last: Contender,
    rules: GateRule[],
    from: GateVerdict['from'],
    against: Against,
    job: JobContext,
  ): Promise<GateVerdict>
  judge(
    plan: {
      model?: Name | undefined
      run?: RunId | undefined
      against?: string | undefined
      file?: string | undefined
      split: Split
      variant: VariantKind
    },
    job: JobContext,
  ): Promise<GateVerdict>
}

export function openJudging({
  training,
  gates,
  verdicts,
  measuring,
  measured,
  baseline,
}: {
  training: TrainingRoom
  gates: Gates
  verdicts: Verdicts
  measuring: Measuring
  measured(
    run: Run,
    split: Split,
    variant: VariantKind,
    job: JobContext,
    on?: Pick<Run, 'version' | 'where'>,
  ): Promise<Contender>
  baseline(): Baseline
}): Judging {
  /** The contender that a run would replace, measured on the same rows. Null: there is none yet. */
  async function replaced(
    { evaluation }: Contender,
    name: string,
    job: JobContext,
  ): Promise<{ contender: Contender; name: string; run: RunId } | null> {
    const isRun = /^run-\d+$/.test(name)
    const id = isRun ? name : baseline()(evaluation.model, name)
    if (id === null) {
      // The first version replaces none; another name that means nothing is a slip, and must not let everything pass.
      if (name !== 'production')
        throw fail(
          'not-found',
          `${evaluation.model} has no version under "${name}".`,
          'Name a run, an alias that it has, or production.',
        )
      job.log(`${evaluation.model} has no version under ${name} yet, so there is nothing to compare with.`)
      return null
    }
    const run = training.get(id)
    const judged = training.get(evaluation.run ?? '')
    assertOneLabel([judged, run])
    const seen = { version: evaluation.version ?? null, where: judged.where }
    const contender = await measured(run, evaluation.split, evaluation.variant, job, seen)
    return { contender, name, run: run.id }
  }

  async function byRules(
    last: Contender,
    rules: GateRule[],
    from: GateVerdict['from'],
    { against, before }: Against,
    job: JobContext,
  ): Promise<GateVerdict> {
    const { evaluation } = last
    if (evaluation.run === null)
      throw fail('unsupported', "A gate judges runs, not others' predictions.", 'Name a run with --run.')
    const ofChange = rules.some(rule => rule.minChange !== undefined || rule.maxChange !== undefined)
    const other =
      before?.evaluation.run && against === undefined
        ? { contender: before, name: before.evaluation.run, run: before.evaluation.run }
        : against !== undefined || ofChange
          ? await replaced(last, against ?? 'production', job)
          : null
    job.progress(null, 'judging')
    const [answers, answersBefore] = other
      ? sharedAnswers([last.answers, other.contender.answers])
      : [last.answers, undefined]
    const shared = answers as Answers
    const rows = await measuring.rowsOf(evaluation, shared.numbers, job.signal)
    try {
      const judged = {
        answers: shared,
        baseline: other && answersBefore ? { answers: answersBefore, name: nameOf(other) } : null,
        rows,
        signal: job.signal,
      }
      const checks = []
      for (const rule of rules) {
        job.signal.throwIfAborted()
        checks.push(await checkRule(rule, judged))
      }
      const verdict = verdicts.record({ ...evaluation, run: evaluation.run }, checks, {
        against: other && { name: other.name, run: other.run, evaluation: other.contender.evaluation.id },
        from,
        madeBy: job.id,
      })
      for (const reason of verdict.reasons) job.log(reason)
      return verdict
    } finally {
      rows.close()
    }
  }

  return {
    byRules,
    async judge({ model, run: id, against, file, split, variant }, job) {
      const run = id === undefined ? (model === undefined ? null : training.newest(model)) : training.get(id)
      if (!run)
        throw model === undefined
          ? fail('bad-input', 'Nothing was named to judge.', 'Give --run, or the name of a model.')
          : fail('not-found', `There is no trained run of ${model}.`, 'See the list of runs, or train one.')
      if (model !== undefined && run.model !== model)
        throw fail(
          'bad-input',
          `${run.id} is a run of ${run.model}, not of ${model}.`,
          'Leave the model out.',
        )
      trainedRun(run)
      const own = file === undefined ? gates.of(run.model) : rulesIn(file)
      const isDefault = file === undefined && own.length === 0 && against !== undefined
      const metric = mainMetric(run.task)
      const bound = run.task === 'regression' ? { maxChange: 0 } : { minChange: 0 }
      const rules: GateRule[] = isDefault ? [{ metric, ...bound, confidence: 0.95, lenient: true }] : own
      assertRules(rules)
      const last = await measured(run, split, variant, job)
      const from = file !== undefined ? 'file' : isDefault ? 'default' : 'model'
      return byRules(last, rules, from, { against }, job)
    },
  }
}

const nameOf = ({ name, run }: { name: string; run: string }) => (name === run ? run : `${name}, ${run}`)

import type {
  Evaluation,
  GateResult,
  GateRule,
  Metrics,
  Name,
  Run,
  RunId,
  SliceFigures,
  Split,
  VariantKind,
} from '#contract'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'
import { type Form, type TrainingRoom, trainedRun } from '../training/index.ts'
import { answersOf } from './answers.ts'
import { judge, openGates } from './gate.ts'
import { type SliceSource, type SlicesWanted, wantedSlices } from './slices/index.ts'

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
  ): Promise<{ evaluation: Evaluation; outputs: Float32Array }>
  /** The newest evaluation of a run (default: as it was trained) on the test split, else on another. */
  newest(run: RunId, variant?: VariantKind): Evaluation | null
  gateOf(model: Name): GateRule[]
  judge(rules: GateRule[], metrics: Metrics | null): GateResult
  /** A later room says how it makes a variant, so that `run` can measure it. */
  offer(kind: VariantKind, load: Load): void
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
  const evaluations = collection<Evaluation>(store.db, 'evaluations')
  const gates = openGates(store)
  const loads = new Map<VariantKind, Load>([['layers', async () => ({ kind: 'layers' })]])

  // The gate may have moved since; what was measured has not.
  const judged = (evaluation: Evaluation): Evaluation => ({
    ...evaluation,
    gate: judge(gates.of(evaluation.model), evaluation.metrics),
  })

  async function measure(
    any: Run,
    split: Split,
    form: Form,
    variant: VariantKind,
    job: JobContext,
    want: SlicesWanted = {},
  ) {
    const from = performance.now()
    const run = trainedRun(any)
    const { label } = await training.model(run)
    const wanted = wantedSlices(dataset, run.version, want)
    const predicted = await training.predict(run, split, form, job)
    job.progress(null, 'taking the figures')
    const answers = answersOf(label, predicted)
    const figures = answers.figures()
    const { places } = predicted
    const sliced = await wanted.measure({ split, where: run.where, places }, answers, label.task, job.signal)
    const measured = {
      run: run.id,
      model: run.model,
      variant,
      split,
      rows: predicted.rows,
      task: run.task,
      ...figures,
      ...sliced,
    }
    const evaluation: Evaluation = {
      id: hashOf(canonicalJson({ ...measured, artifact: run.artifact })),
      ...measured,
      gate: judge(gates.of(run.model), figures.metrics),
      seconds: (performance.now() - from) / 1000,
      at: now(),
      madeBy: job.id,
    }
    evaluations.put(evaluation, run.id)
    if (run.artifact) job.uses(run.artifact)
    job.uses(run.version)
    job.makes({
      id: evaluation.id,
      kind: 'evaluation',
      title: `${run.model}, ${run.id}${variant === 'layers' ? '' : `, ${variant}`}, on ${split}`,
    })
    job.log(words(evaluation))
    const worse = sliced.slices?.filter(({ verdict }) => verdict === 'worse') ?? []
    if (worse.length)
      job.log(
        `Worse than the other rows by more than chance: ${worse.map(sliceWords).join(', ')}.`,
        'warning',
      )
    return { evaluation, outputs: predicted.outputs }
  }

  return {
    measure,
    newest(run, variant = 'layers') {
      const found = evaluations.list(run).filter(each => each.variant === variant)
      const best =
        found.find(each => each.split === 'test') ?? found.find(each => each.split === 'eval') ?? found[0]
      return best ? judged(best) : null
    },
    gateOf: gates.of,
    judge,
    offer: (kind, load) => void loads.set(kind, load),
    door: {
      run: async ({ run: ids, split, variant, ...wanted }, job) => {
        const run = training.get(ids?.[0] ?? '')
        const load = loads.get(variant)
        if (!load)
          throw fail(
            'unsupported',
            `The form ${variant} cannot be evaluated.`,
            `Choose one of ${[...loads.keys()].join(', ')}.`,
          )
        return (await measure(run, split, await load(run, job), variant, job, wanted)).evaluation
      },
      list: async ({ run, model }) => ({
        evaluations: evaluations
          .list(run)
          .filter(each => model === undefined || each.model === model)
          .map(judged),
      }),
      show: async ({ id }) => {
        const found = evaluations.get(id)
        if (!found)
          throw fail(
            'not-found',
            `There is no evaluation ${id.slice(0, 12)}.`,
            'See the list of evaluations for those there are.',
          )
        return judged(found)
      },
      compare: later,
      comparisons: later,
      rows: later,
      threshold: later,
      predict: later,
      explain: later,
      explanations: later,
      judge: later,
      verdicts: later,
      gate: async ({ model }) => ({ rules: gates.of(model) }),
      setGate: async ({ model, rules }) => ({ rules: gates.set(model, rules) }),
    },
  }
}

const later = () => Promise.reject(new Error('It is being built.'))

const sliceWords = ({ name, column }: SliceFigures): string => (column === null ? name : `${column} ${name}`)

const words = ({ rows, split, metrics }: Evaluation): string =>
  `${rows} rows of ${split}: ${Object.entries(metrics)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ')}.`

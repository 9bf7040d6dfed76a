import type {
  Evaluation,
  GateResult,
  GateRule,
  Metrics,
  Name,
  Run,
  RunId,
  Split,
  VariantKind,
} from '#contract'
import { decodePrediction, type LabelSpec, probabilitiesOf } from '../encoding/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'
import type { Form, Predicted, TrainingRoom } from '../training/index.ts'
import { judge, openGates } from './gate.ts'
import { classificationFigures } from './metrics/classification.ts'
import { regressionFigures, scatterOf } from './metrics/regression.ts'

export interface EvaluationRoom {
  door: Doors['evaluation']
  /**
   * Predicts a split in a worker process, takes all figures, and keeps the evaluation.
   * @param form where the variant lies
   * @returns also the outputs of the net, rows first
   * @throws Failure `empty-data` where the split has no rows with a label
   */
  measure(
    run: Run,
    split: Split,
    form: Form,
    variant: VariantKind,
    job: JobContext,
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
  training,
}: {
  store: Store
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

  async function measure(run: Run, split: Split, form: Form, variant: VariantKind, job: JobContext) {
    const from = performance.now()
    const { label } = await training.model(run)
    const predicted = await training.predict(run, split, form, job)
    job.progress(null, 'taking the figures')
    const figures = figuresOf(label, predicted)
    const measured = {
      run: run.id,
      model: run.model,
      variant,
      split,
      rows: predicted.rows,
      task: run.task,
      ...figures,
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
      run: async ({ run: id, split, variant }, job) => {
        const run = training.get(id)
        const load = loads.get(variant)
        if (!load)
          throw fail(
            'unsupported',
            `The form ${variant} cannot be evaluated.`,
            `Choose one of ${[...loads.keys()].join(', ')}.`,
          )
        return (await measure(run, split, await load(run, job), variant, job)).evaluation
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
      gate: async ({ model }) => ({ rules: gates.of(model) }),
      setGate: async ({ model, rules }) => ({ rules: gates.set(model, rules) }),
    },
  }
}

/** All figures that a label's task has, from the outputs of the net. */
function figuresOf(
  label: LabelSpec,
  { rows, outputs, labels }: Predicted,
): Pick<Evaluation, 'metrics' | 'confusion' | 'perClass' | 'scatter'> {
  if (!outputs.every(Number.isFinite))
    throw fail(
      'training-failed',
      'The model gives values that are no numbers.',
      'Train again with a lower learning rate.',
    )
  if (label.task === 'regression') {
    const predicted = Float64Array.from({ length: rows }, (_, row) => {
      const prediction = decodePrediction(label, outputs, row)
      return 'value' in prediction ? prediction.value : Number.NaN
    })
    return {
      metrics: regressionFigures(labels, predicted),
      confusion: null,
      perClass: [],
      scatter: scatterOf(labels, predicted),
    }
  }
  const width = label.classes.length
  const probabilities = new Float64Array(rows * width)
  for (let row = 0; row < rows; row++) probabilities.set(probabilitiesOf(label, outputs, row), row * width)
  return {
    ...classificationFigures({
      classes: label.classes,
      isBinary: label.task === 'binary',
      probabilities,
      labels,
    }),
    scatter: [],
  }
}

const words = ({ rows, split, metrics }: Evaluation): string =>
  `${rows} rows of ${split}: ${Object.entries(metrics)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ')}.`

import type { Evaluation, GateResult, Name, Run, Split, VariantKind } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import { asName, canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import type { Collection, Store } from '../store/index.ts'
import { type Form, type OtherRows, type TrainingRoom, trainedRun } from '../training/index.ts'
import { type Answers, answersOf } from './answers.ts'
import { type FileColumns, filePredictions, openFileRows } from './fileRows.ts'
import { intervalsOf } from './metrics/metricIntervals.ts'
import { keepPredictions } from './predictions.ts'
import {
  type EvaluatedRows,
  measureSlices,
  numbersOf,
  type SliceSource,
  type SlicesWanted,
  versionRows,
  type Wanted,
  wantedSlices,
} from './slices/index.ts'
import { evaluationInWords, sliceWords } from './words.ts'

/** An evaluation with what it was made of. */
export interface Measured {
  evaluation: Evaluation
  answers: Answers
  /** Outputs of the net, rows first; empty for predictions from a file. */
  outputs: Float32Array
}

export interface Measuring {
  /** @throws Failure see `EvaluationRoom.measure` */
  run(
    run: Run,
    split: Split,
    form: Form,
    variant: VariantKind,
    job: JobContext,
    wanted?: SlicesWanted,
    on?: OtherRows,
  ): Promise<Measured>
  file(
    path: string,
    columns: FileColumns & { name?: Name | undefined },
    job: JobContext,
    wanted?: SlicesWanted,
  ): Promise<Measured>
  /**
   * The rows of an evaluation, to slice them again; must be closed.
   * @throws Failure not-found where the data are gone
   */
  rowsOf(
    evaluation: Evaluation,
    numbers: Uint32Array,
    signal: AbortSignal,
  ): Promise<EvaluatedRows & { close(): void }>
}

export function openMeasuring({
  store,
  dataset,
  training,
  evaluations,
  gateOf,
}: {
  store: Store
  dataset: SliceSource
  training: TrainingRoom
  evaluations: Collection<Evaluation>
  gateOf(evaluation: Omit<Evaluation, 'gate'>): GateResult
}): Measuring {
  /** Takes all figures of answers, and keeps them. */
  async function keep(
    about: Pick<Evaluation, 'run' | 'model' | 'variant' | 'split' | 'version' | 'source'> & {
      artifact: string | null
    },
    answers: Answers,
    rows: EvaluatedRows,
    wanted: Wanted,
    label: string,
    began: number,
    job: JobContext,
  ): Promise<Evaluation> {
    job.progress(null, 'taking the figures')
    const { artifact, ...named } = about
    const figures = answers.figures()
    const measured = {
      ...named,
      rows: answers.rows,
      task: answers.task,
      ...figures,
      intervals: intervalsOf(answers, figures.metrics),
      ...(await measureSlices(rows, wanted, answers, label, job.signal)),
      predictions: keepPredictions(store, answers),
    }
    const ungated = {
      id: hashOf(canonicalJson({ ...measured, artifact })),
      ...measured,
      seconds: (performance.now() - began) / 1000,
      at: now(),
      madeBy: job.id,
    }
    const evaluation: Evaluation = { ...ungated, gate: gateOf(ungated) }
    evaluations.put(evaluation, evaluation.run ?? evaluation.model)
    job.makes({ id: evaluation.id, kind: 'evaluation', title: titleOf(evaluation) })
    job.log(evaluationInWords(evaluation))
    const worse = evaluation.slices?.filter(({ verdict }) => verdict === 'worse') ?? []
    if (worse.length)
      job.log(
        `Worse than the other rows by more than chance: ${worse.map(sliceWords).join(', ')}.`,
        'warning',
      )
    return evaluation
  }

  return {
    async run(any, split, form, variant, job, want = {}, on) {
      const began = performance.now()
      const run = on ? { ...any, ...on } : trainedRun(any)
      const version = dataset.resolve(run.version as string)
      const { label } = await training.model(any)
      const data = { title: `${version.dataset} v${version.number}`, columns: version.columns }
      const wanted = wantedSlices(
        { ...data, saved: dataset.slicesOf(version.id) },
        name => dataset.filterOf(version.id, name),
        want,
      )
      const predicted = await training.predict(any, split, form, job, on)
      const seen = { version, split, where: run.where }
      const numbers = await numbersOf(dataset, seen, label.column, predicted.places, job.signal)
      const answers = answersOf(label, predicted, numbers)
      const evaluation = await keep(
        { run: run.id, model: run.model, variant, split, version: version.id, artifact: run.artifact },
        answers,
        versionRows(dataset, seen, numbers),
        wanted,
        label.column,
        began,
        job,
      )
      if (run.artifact) job.uses(run.artifact)
      job.uses(version.id)
      return { evaluation, answers, outputs: predicted.outputs }
    },
    async file(path, { name, ...columns }, job, want = {}) {
      const began = performance.now()
      job.progress(null, 'reading the predictions')
      const read = await filePredictions(dataset, path, columns, job.signal)
      try {
        const wanted = wantedSlices(read.rows, noSaved, want)
        const evaluation = await keep(
          {
            run: null,
            model: name ?? asName(read.name),
            variant: 'layers',
            split: 'test',
            source: { path, hash: read.subject, ...columns },
            artifact: null,
          },
          read.answers,
          read.rows,
          wanted,
          read.label,
          began,
          job,
        )
        return { evaluation, answers: read.answers, outputs: new Float32Array() }
      } finally {
        read.close()
      }
    },
    async rowsOf({ run, version: id, split, source }, numbers, signal) {
      if (source) return openFileRows(dataset, source, numbers, signal)
      const version = dataset.resolve(id ?? (trainedRun(training.get(run ?? '')).version as string))
      // The numbers already say which rows the run could see.
      return { ...versionRows(dataset, { version, split, where: undefined }, numbers), close: () => {} }
    },
  }
}

const noSaved = (name: string) => {
  throw fail('not-found', `There is no saved slice "${name}" of a file.`, 'Write the slice as an expression.')
}

const titleOf = ({ model, run, variant, split }: Evaluation): string =>
  `${model}, ${run ?? 'predictions from a file'}${variant === 'layers' ? '' : `, ${variant}`}${run ? `, on ${split}` : ''}`

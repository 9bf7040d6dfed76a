import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DatasetVersion, Hash, Plan, Run, RunId, Split } from '#contract'
import type { Doors, JobContext } from '../jobs/index.ts'
import { atomicWrite, canonicalJson, fail, failureOf, hashOf, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { outputWidth } from '../transform/index.ts'
import type { ValidationRoom } from '../validation/index.ts'
import { backends } from './backends.ts'
import { keepModel, readModel, type TrainedModel } from './model.ts'
import { encodeSplit, type Fitted, fitData, type RowSource, reasons } from './prepare.ts'
import { openRuns } from './runs.ts'
import { type Target, targetsOf } from './targets/index.ts'
import { TRAINERS } from './trainers/index.ts'
import { FILES, type Message, type PredictWork, type TrainWork } from './work.ts'

/** The form of a model that is asked: as it was trained, or a GraphDef file made of it. */
export type Form = { kind: 'layers' } | { kind: 'graph'; file: string }

/** Outputs of the net for the rows of a split that have a label. */
export interface Predicted {
  rows: number
  /** Outputs a row: see `outputWidth` of the transform helper. */
  width: number
  /** `rows` times `width`: probabilities, or scaled values for regression. */
  outputs: Float32Array
  /** Index of the class, or the value. */
  labels: Float32Array
  backend: string
}

export interface TrainingRoom {
  door: Doors['training']
  /** @throws Failure `not-found` */
  get(run: string): Run
  /** The newest run of a model that has been trained to its end. */
  newest(model: string): Run | null
  /** @throws Failure `not-found` where the run has no model yet */
  model(run: Run): Promise<TrainedModel>
  /**
   * Encodes one split of the version that the run was trained on and computes the outputs in a worker process.
   * @throws Failure `empty-data` where the split has no rows with a label
   */
  predict(run: Run, split: Split, form: Form, job: JobContext): Promise<Predicted>
}

/** Share of a training job that goes into reading and encoding. */
const PREPARING = 0.1

export function createTraining({
  store,
  dataset,
  validation,
  worker = fileURLToPath(new URL('./worker.ts', import.meta.url)),
}: {
  store: Store
  dataset: RowSource
  validation: Pick<ValidationRoom, 'verdictOf'>
  /** The worker's file; a bundle says where its own is. */
  worker?: string
}): TrainingRoom {
  const runs = openRuns(store)
  const targets = targetsOf(worker)
  const folderOf = (run: RunId) => store.place('runs', run)
  const checkpointOf = (run: RunId) => join(store.folder, 'runs', run, FILES.checkpoint)

  if (!store.readOnly)
    for (const run of runs.list())
      if (run.state === 'running') {
        dropData(folderOf(run.id))
        runs.put({
          ...run,
          state: 'interrupted',
          failure: {
            code: 'interrupted',
            message: `The engine ended while this run was training; ${keptWords(run)}.`,
            remedy: 'Continue the run.',
          },
          endedAt: now(),
        })
      }

  function targetOf(name: string): Target {
    const target = targets.find(each => each.name === name)
    if (!target)
      throw fail(
        'bad-input',
        `There is no target "${name}".`,
        `Choose one of ${targets.map(each => each.name).join(', ')}.`,
      )
    const { ready, why } = target.ready()
    if (!ready)
      throw fail('unsupported', `${target.title} cannot train now: ${why}`, 'Choose another target.')
    return target
  }

  function refuseWhatIsNotHere(plan: Plan): void {
    targetOf(plan.target)
    if (!TRAINERS.some(each => each.name === plan.trainer))
      throw fail(
        'bad-input',
        `There is no trainer "${plan.trainer}".`,
        `Choose one of ${TRAINERS.map(each => each.name).join(', ')}.`,
      )
    const wanted = backends().find(each => each.name === plan.backend)
    if (wanted && !wanted.ready)
      throw fail(
        'unsupported',
        `${wanted.title} cannot train here: ${wanted.why}`,
        'Choose the automatic backend.',
      )
  }

  async function fitted(plan: Plan, version: DatasetVersion, job: JobContext): Promise<Fitted> {
    job.progress(0, 'reading the data')
    const result = await fitData(dataset, version, plan, {
      signal: job.signal,
      progress: share => job.progress((share * PREPARING) / 2, 'reading the data'),
    })
    const { label, transform, rows, unlabeled } = result
    const what =
      label.task === 'regression'
        ? 'a value'
        : `one of ${label.classes.length} classes, ${label.classes.slice(0, 8).join(', ')}${label.classes.length > 8 ? ', …' : ''}`
    job.log(`Predicts "${label.column}": ${what}.`)
    job.log(`${transform.features.length} columns become ${transform.width} numbers a row.`)
    if (transform.leftOut.length) job.log(`Left out: ${reasons(transform)}.`)
    if (unlabeled)
      job.log(`${unlabeled} rows have no value of "${label.column}" and are not used.`, 'warning')
    if (rows.eval === 0)
      job.log(
        'The eval split has no rows: training cannot stop early, and the last epoch is kept.',
        'warning',
      )
    if (validation.verdictOf(version.id)?.verdict === 'blocked')
      job.log('The newest check of this data found errors that nobody accepted.', 'warning')
    return result
  }

  async function start(plan: Plan, job: JobContext): Promise<Run> {
    refuseWhatIsNotHere(plan)
    job.keeps('Nothing had been learnt yet.')
    const version = dataset.resolve(plan.dataset)
    const { label, transform, rows } = await fitted(plan, version, job)
    const run = runs.put({
      id: runs.nextId(),
      model: plan.name,
      plan,
      version: version.id,
      task: label.task,
      classes: label.classes,
      state: 'running',
      failure: null,
      backend: null,
      rows,
      inputs: transform.width,
      parameters: null,
      epochs: [],
      best: null,
      stoppedEarly: false,
      transform: store.blobs.put(canonicalJson(transform)),
      artifact: null,
      bytes: null,
      at: now(),
      endedAt: null,
      job: job.id,
    })
    return carryOut(run, version, { label, transform }, job)
  }

  function resumable(id: RunId): Run {
    const run = runs.get(id)
    if (run.state === 'running')
      throw fail('bad-input', `${id} is still training.`, 'Wait until it ends, or cancel it.')
    if (run.state === 'succeeded')
      throw fail('bad-input', `${id} is trained to its end.`, 'Train again with more epochs.')
    return run
  }

  async function resume(id: RunId, job: JobContext): Promise<Run> {
    const before = resumable(id)
    refuseWhatIsNotHere(before.plan)
    const version = dataset.resolve(before.version)
    // Fitting is repeated and not stored: the same version gives the same result, and a difference must not pass.
    const { label, transform } = await fitted(before.plan, version, job)
    if (hashOf(canonicalJson(transform)) !== before.transform)
      throw fail(
        'unsupported',
        `${id} was begun by another version of Edgewright, which encodes the data differently.`,
        'Train again from the start.',
      )
    // Asked again, because the same may have been asked for twice while the data was read.
    const run = runs.put({ ...resumable(id), state: 'running', failure: null, endedAt: null, job: job.id })
    if (existsSync(checkpointOf(id))) job.log(`Goes on after epoch ${run.epochs.length}.`)
    return carryOut(run, version, { label, transform }, job)
  }

  async function carryOut(
    begun: Run,
    version: DatasetVersion,
    { label, transform }: Pick<Fitted, 'label' | 'transform'>,
    job: JobContext,
  ): Promise<Run> {
    const { id, plan } = begun
    const folder = folderOf(id)
    let run = begun
    const goOn = (change: Partial<Run>) => {
      run = { ...run, ...change }
      return run
    }
    job.uses(version.id)
    job.makes({ id: run.transform, kind: 'transform', title: `Transform of ${plan.name}, ${id}` })
    try {
      const rows = { train: 0, eval: 0 }
      for (const [i, split] of (['train', 'eval'] as const).entries())
        rows[split] = (
          await encodeSplit(
            dataset,
            version,
            { label, transform },
            split,
            { features: join(folder, FILES.features(split)), labels: join(folder, FILES.labels(split)) },
            {
              signal: job.signal,
              progress: share =>
                job.progress(
                  PREPARING * (0.5 + (i ? 0.45 : 0) + share * (i ? 0.05 : 0.45)),
                  'encoding the data',
                ),
            },
          )
        ).rows
      const { trainer, backend, epochs, batch, learningRate, layers, dropout, patience, seed } = plan
      const work: TrainWork = {
        kind: 'train',
        ...{ trainer, backend, epochs, batch, learningRate, layers, dropout, patience, seed },
        task: label.task,
        inputs: transform.width,
        outputs: outputWidth(label),
        rows,
      }
      atomicWrite(join(folder, FILES.work), JSON.stringify(work))
      job.progress(PREPARING, 'starting the training')
      const { best, stoppedEarly } = await targetOf(plan.target).run(folder, {
        signal: job.signal,
        line: text => job.log(text),
        tell: message => hear(message),
      })
      const kept = await keepModel(store, folder, transform, label)
      job.uses(run.transform)
      job.makes({ id: kept.artifact, kind: 'model', title: `${plan.name}, ${id}` })
      runs.put(goOn({ ...kept, best, stoppedEarly, state: 'succeeded', endedAt: now() }))
      rmSync(folder, { recursive: true, force: true })
      if (stoppedEarly)
        job.log(
          `Stopped early: no better epoch in ${plan.patience} after epoch ${best}, whose weights are kept.`,
        )
      return run
    } catch (error) {
      dropData(folder)
      // A workspace that was closed meanwhile reads "interrupted" when it is opened again.
      if (!store.db.open) throw error
      if (job.signal.aborted) job.keeps(`${keptWords(run)}; continue the run to go on.`)
      runs.put(
        goOn({
          state: job.signal.aborted ? 'cancelled' : 'failed',
          failure: job.signal.aborted ? null : failureOf(error),
          endedAt: now(),
        }),
      )
      throw error
    }

    function hear(message: Message): void {
      const share = (epochs: number) => PREPARING + (1 - PREPARING) * Math.min(1, epochs / plan.epochs)
      const words = (epoch: number) => `epoch ${epoch} of ${plan.epochs}`
      if (message.kind === 'ready') {
        const { backend, parameters, epochs, best } = message
        runs.put(goOn({ backend, parameters, epochs, best }))
        job.log(`Trains on ${backend}.`)
        job.progress(share(epochs.length), words(Math.min(epochs.length + 1, plan.epochs)))
      } else if (message.kind === 'step') {
        job.progress(share(message.epoch - 1 + message.share), words(message.epoch))
      } else if (message.kind === 'epoch') {
        const { figures, best } = message
        runs.epoch(goOn({ epochs: [...run.epochs, figures], best }), figures)
        job.log(figureWords(figures))
        job.progress(share(figures.epoch), words(Math.min(figures.epoch + 1, plan.epochs)))
      }
    }
  }

  async function predict(run: Run, split: Split, form: Form, job: JobContext): Promise<Predicted> {
    const { manifest, transform, label } = readModel(store, run)
    const version = dataset.resolve(run.version)
    const folder = store.place('tmp', `predict-${job.id}-${split}-${form.kind}`)
    try {
      job.progress(0, 'encoding the data')
      const { rows, labels } = await encodeSplit(
        dataset,
        version,
        { label, transform },
        split,
        { features: join(folder, FILES.features(split)), labels: null },
        { signal: job.signal, progress: share => job.progress(share * 0.4, 'encoding the data') },
      )
      if (rows === 0)
        throw fail(
          'empty-data',
          `The ${split} split of ${version.dataset} has no rows with a value of "${label.column}".`,
          'Choose another split, or import the data with a larger share for it.',
        )
      for (const [file, hash] of [
        [FILES.topology, manifest.topology],
        [FILES.weights, manifest.weights],
      ] as const)
        atomicWrite(join(folder, file), store.blobs.read(hash))
      const work: PredictWork = {
        kind: 'predict',
        backend: run.plan.backend,
        split,
        inputs: transform.width,
        rows,
        form,
      }
      atomicWrite(join(folder, FILES.work), JSON.stringify(work))
      job.progress(0.4, 'starting the model')
      let backend = ''
      await targetOf('local').run(folder, {
        signal: job.signal,
        line: text => job.log(text),
        tell: message => {
          if (message.kind === 'ready') backend = message.backend
          if (message.kind === 'step') job.progress(0.5 + message.share * 0.5, 'predicting')
        },
      })
      const bytes = readFileSync(join(folder, FILES.outputs))
      const outputs = new Float32Array(new Uint8Array(bytes).buffer)
      const width = outputWidth(label)
      if (outputs.length !== rows * width)
        throw fail(
          'unsupported-graph',
          `The model gave ${outputs.length} outputs for ${rows} rows, where ${width} a row were wanted.`,
          'Make the variant again from the run.',
        )
      return { rows, width, outputs, labels, backend }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  return {
    get: runs.get,
    newest: model => runs.list(model).find(run => run.artifact !== null) ?? null,
    model: async run => {
      const { artifacts, transform, label } = readModel(store, run)
      return { artifacts, transform, label }
    },
    predict,
    door: {
      start,
      resume: ({ run }, job) => resume(run, job),
      list: async ({ model, dataset: name }) => {
        const versions = name === undefined ? null : versionsOf(name)
        return { runs: runs.list(model).filter(run => !versions || versions(run)) }
      },
      show: async ({ run }) => runs.get(run),
      watch: ({ run }, { signal }) => runs.watch(run, signal),
      choices: async () => ({
        trainers: TRAINERS.map(({ name, title }) => ({ name, title })),
        targets: targets.map(target => ({ name: target.name, title: target.title, ...target.ready() })),
        backends: backends(),
      }),
    },
  }

  /** Runs on a dataset: of all its versions by name, or of one by `name@2` or hash. */
  function versionsOf(ref: string): (run: Run) => boolean {
    const version = dataset.resolve(ref)
    if (ref === version.dataset) return run => nameOf(run.version) === version.dataset
    return run => run.version === version.id
  }

  function nameOf(version: Hash): string | null {
    try {
      return dataset.resolve(version).dataset
    } catch {
      return null
    }
  }
}

/** Encoded data can be made again from the version, so only the checkpoint stays. */
function dropData(folder: string): void {
  for (const split of ['train', 'eval'] as const)
    for (const file of [FILES.features(split), FILES.labels(split)])
      rmSync(join(folder, file), { force: true })
}

const keptWords = (run: Run): string =>
  run.best === null
    ? 'No epoch was finished yet'
    : `The checkpoint of epoch ${run.epochs.length} is kept (best: epoch ${run.best})`

function figureWords({
  epoch,
  loss,
  accuracy,
  evalLoss,
  evalAccuracy,
  seconds,
}: Run['epochs'][number]): string {
  const figure = (name: string, value: number | null) =>
    value === null ? [] : [`${name} ${value.toPrecision(4)}`]
  return [
    `Epoch ${epoch}: loss ${loss.toPrecision(4)}`,
    ...figure('accuracy', accuracy),
    ...figure('eval loss', evalLoss),
    ...figure('eval accuracy', evalAccuracy),
    `${seconds.toFixed(1)} s`,
  ].join(', ')
}

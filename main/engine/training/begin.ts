import { existsSync } from 'node:fs'
import type { DatasetVersion, Filter, Plan, Run, RunId, RunLine } from '#contract'
import { describeFeature, imageOf, inputsOf } from '../encoding/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { SlicedSource, TransformRoom } from '../transform/index.ts'
import type { ValidationRoom } from '../validation/index.ts'
import type { CarryOut } from './carryOut.ts'
import type { Choices } from './choices.ts'
import { type Fitted, fitData, reasons } from './fit.ts'
import { checkpointOf, folderOf } from './folder.ts'
import { type Frozen, frozenIn } from './images/backbone.ts'
import { fitImages } from './images/fitImages.ts'
import { openBackbone } from './images/openBackbone.ts'
import { labelColumnOf } from './labelColumn.ts'
import { PREPARING } from './record.ts'
import type { Runs, SaidLine } from './runs.ts'
import type { Trial } from './search/index.ts'
import { trainedRun } from './trained.ts'
import { planWith } from './trainers/index.ts'
import type { TrainWork } from './work.ts'

type Started = Parameters<Doors['training']['start']>[0]

/** Begins a run, or one that did not come to its end again: looks whether it can be done, and fits the data. */
export function openBeginning({
  store,
  dataset,
  validation,
  transforms,
  runs,
  choices,
  carryOut,
  lay,
  code,
}: {
  store: Store
  dataset: SlicedSource
  validation: Pick<ValidationRoom, 'gate'>
  transforms: Pick<TransformRoom, 'resolve'>
  runs: Runs
  choices: Choices
  carryOut: CarryOut['carryOut']
  lay: CarryOut['lay']
  /** The hash of our trainers' code. */
  code(): string
}) {
  async function fitted(
    plan: Plan,
    version: DatasetVersion,
    where: Filter | undefined,
    job: JobContext,
    before?: RunId,
  ): Promise<Fitted & { said: SaidLine[] }> {
    const said: SaidLine[] = []
    const say = (text: string, level: RunLine['level'] = 'info') => {
      job.log(text, level)
      said.push({ text, level, at: now() })
    }
    const warning = validation.gate(version.id, 'training')
    job.progress(0, 'reading the data')
    const { embeds, suits } = choices.trainerOf(plan.trainer)
    const reading = {
      where,
      signal: job.signal,
      progress: (share: number) => job.progress((share * PREPARING) / 2, 'reading the data'),
    }
    const recipe = plan.transform === undefined ? null : transforms.resolve(plan.transform).recipe
    const result =
      suits === 'images'
        ? await fitImages(dataset, version, plan, await frozenOf(plan, before, job), reading)
        : await fitData(dataset, version, plan, recipe, { ...reading, embeds })
    const { label, transform, rows, unlabeled, dropped, unreadable } = result
    const what =
      label.task === 'regression'
        ? 'a value'
        : `one of ${label.classes.length} classes, ${label.classes.slice(0, 8).join(', ')}${label.classes.length > 8 ? ', …' : ''}`
    say(`Predicts "${label.column}": ${what}.`)
    const image = imageOf(transform)
    say(
      image
        ? `A row is one of the ${describeFeature(image).words}.`
        : `${inputsOf(transform).length} columns become ${transform.width} numbers a row.`,
    )
    if (unreadable) say(`${unreadable} pictures cannot be read and are not used.`, 'warning')
    if (transform.leftOut.length) say(`Left out: ${reasons(transform)}.`)
    if (unlabeled) say(`${unlabeled} rows have no value of "${label.column}" and are not used.`, 'warning')
    if (dropped)
      say(`${dropped} rows lack a value that the transform drops rows for and are not used.`, 'warning')
    if (rows.eval === 0)
      say('The eval split has no rows: training cannot stop early, and the last epoch is kept.', 'warning')
    for (const note of result.notes ?? []) say(note, 'warning')
    if (warning !== null) say(warning, 'warning')
    return { ...result, said }
  }

  /** @param trial what a search asks of it */
  async function start(
    { search: _, name, label, ...asked }: Started,
    job: JobContext,
    trial?: Trial,
  ): Promise<Run> {
    const about = dataset.resolve(asked.dataset)
    const wanted = planWith({ ...asked, name: name ?? about.dataset, label: label ?? labelColumnOf(about) })
    choices.check(wanted)
    // A name means its newest version now; what is continued later must mean the same one.
    const plan = { ...wanted, ...(wanted.transform && { transform: pinned(wanted.transform) }) }
    job.keeps('Nothing had been learned yet.')
    const version = dataset.resolve(plan.dataset)
    const where = plan.slice === undefined ? undefined : dataset.filterOf(version.dataset, plan.slice)
    return await begin(plan, version, where, job, {}, trial)
  }

  /** The same plan on the same version and rows as another run, whatever its dataset's name means now. */
  async function repeat(of: Run, job: JobContext): Promise<Run> {
    const { id, plan, version, where } = trainedRun(of)
    choices.check(plan)
    job.keeps('Nothing had been learned yet.')
    return await begin(plan, dataset.resolve(version), where, job, { repeats: id })
  }

  async function begin(
    plan: Plan,
    version: DatasetVersion,
    where: Filter | undefined,
    job: JobContext,
    more: Partial<Run> = {},
    trial?: Trial,
  ): Promise<Run> {
    const { label, transform, rows, said, frozen } = await fitted(plan, version, where, job)
    const run: Run = {
      id: runs.nextId(),
      model: plan.name,
      plan,
      version: version.id,
      ...(where && { where }),
      origin: 'trained',
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
      search: trial?.search ?? null,
      repeats: null,
      code: code(),
      imageDigest: null,
      tags: [],
      notes: '',
      pinned: false,
      archived: false,
      removedAt: null,
      at: now(),
      endedAt: null,
      job: job.id,
      ...more,
    }
    store.db.transaction(() => {
      runs.put(run)
      trial?.begun?.(run, label)
    })()
    runs.hear(run.id, { lines: said })
    return await carryOut(run, { label, transform, frozen, until: trial?.until }, job)
  }

  /** Encodes the rows of a run again, into a folder that a program of any kind can learn from. */
  async function layOut(of: Run, folder: string, job: JobContext): Promise<TrainWork> {
    const run = trainedRun(of)
    const { label, transform, frozen } = await fitted(run.plan, dataset.resolve(run.version), run.where, job)
    return await lay(run, { label, transform, frozen }, folder, job)
  }

  /** What gives features, of a plan that learns from a trained model: as it was when the run began. */
  async function frozenOf(plan: Plan, before: RunId | undefined, job: JobContext): Promise<Frozen | null> {
    if (!choices.trainerOf(plan.trainer).uses.includes('backbone')) return null
    const kept = before && frozenIn(folderOf(store, before))
    return kept || (await openBackbone({ store, runs }, plan, job))
  }

  function pinned(ref: string): string {
    const { name, number } = transforms.resolve(ref)
    return `${name}@${number}`
  }

  function resumable(id: RunId): Run {
    const run = runs.get(id)
    if (run.state === 'running')
      throw fail('bad-input', `${id} is still training.`, 'Wait until it ends, or cancel it.')
    if (runs.placement(id))
      throw fail(
        'bad-input',
        `The work of ${id} may still go on on ${run.plan.target}.`,
        `Follow it with: edgewright training attach ${id}, or give it up with: edgewright training cancel ${id}`,
      )
    if (run.state === 'succeeded')
      throw fail('bad-input', `${id} is trained to its end.`, 'Train again with more epochs.')
    return run
  }

  /** @param until it ends after this epoch, with its checkpoint @param target where to go on; default: where it was */
  async function resume(id: RunId, job: JobContext, until?: number, target?: string): Promise<Run> {
    const found = trainedRun(resumable(id))
    const before = { ...found, plan: { ...found.plan, target: target ?? found.plan.target } }
    choices.check(before.plan)
    const version = dataset.resolve(before.version)
    // Fitting is repeated and not stored: the same version gives the same result, and a difference must not pass.
    const { label, transform, frozen } = await fitted(before.plan, version, before.where, job, id)
    if (hashOf(canonicalJson(transform)) !== before.transform)
      throw fail(
        'unsupported',
        `${id} was begun by another version of Edgewright, which encodes the data differently.`,
        'Train again from the start.',
      )
    // Asked again, because the same may have been asked for twice while the data was read.
    trainedRun(resumable(id))
    const run = runs.change(id, {
      plan: before.plan,
      state: 'running',
      failure: null,
      endedAt: null,
      job: job.id,
    })
    if (existsSync(checkpointOf(store, id))) job.log(`Goes on after epoch ${run.epochs.length}.`)
    return await carryOut(run, { label, transform, frozen, until }, job)
  }

  return { start, resume, repeat, layOut }
}

import { existsSync } from 'node:fs'
import type { DatasetVersion, Filter, Plan, Run, RunId } from '#contract'
import { inputsOf } from '../encoding/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { SlicedSource, TransformRoom } from '../transform/index.ts'
import type { ValidationRoom } from '../validation/index.ts'
import type { CarryOut } from './carryOut.ts'
import type { Choices } from './choices.ts'
import { type Fitted, fitData, reasons } from './fit.ts'
import { checkpointOf } from './folder.ts'
import { PREPARING } from './record.ts'
import type { Runs } from './runs.ts'
import { trainedRun } from './trained.ts'
import { planWith } from './trainers/index.ts'

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
}: {
  store: Store
  dataset: SlicedSource
  validation: Pick<ValidationRoom, 'gate'>
  transforms: Pick<TransformRoom, 'resolve'>
  runs: Runs
  choices: Choices
  carryOut: CarryOut
}) {
  async function fitted(
    plan: Plan,
    version: DatasetVersion,
    where: Filter | undefined,
    job: JobContext,
  ): Promise<Fitted> {
    const warning = validation.gate(version.id, 'training')
    job.progress(0, 'reading the data')
    const recipe = plan.transform === undefined ? null : transforms.resolve(plan.transform).recipe
    const embeds = choices.trainerOf(plan.trainer).embeds
    const result = await fitData(dataset, version, plan, recipe, {
      embeds,
      where,
      signal: job.signal,
      progress: share => job.progress((share * PREPARING) / 2, 'reading the data'),
    })
    const { label, transform, rows, unlabeled, dropped } = result
    const what =
      label.task === 'regression'
        ? 'a value'
        : `one of ${label.classes.length} classes, ${label.classes.slice(0, 8).join(', ')}${label.classes.length > 8 ? ', …' : ''}`
    job.log(`Predicts "${label.column}": ${what}.`)
    job.log(`${inputsOf(transform).length} columns become ${transform.width} numbers a row.`)
    if (transform.leftOut.length) job.log(`Left out: ${reasons(transform)}.`)
    if (unlabeled)
      job.log(`${unlabeled} rows have no value of "${label.column}" and are not used.`, 'warning')
    if (dropped)
      job.log(`${dropped} rows lack a value that the transform drops rows for and are not used.`, 'warning')
    if (rows.eval === 0)
      job.log(
        'The eval split has no rows: training cannot stop early, and the last epoch is kept.',
        'warning',
      )
    if (warning !== null) job.log(warning, 'warning')
    return result
  }

  async function start({ search: _, trials: __, name, ...asked }: Started, job: JobContext): Promise<Run> {
    const wanted = planWith({ ...asked, name: name ?? dataset.resolve(asked.dataset).dataset })
    choices.check(wanted)
    // A name means its newest version now; what is continued later must mean the same one.
    const plan = { ...wanted, ...(wanted.transform && { transform: pinned(wanted.transform) }) }
    job.keeps('Nothing had been learnt yet.')
    const version = dataset.resolve(plan.dataset)
    const where = plan.slice === undefined ? undefined : dataset.filterOf(version.dataset, plan.slice)
    const { label, transform, rows } = await fitted(plan, version, where, job)
    const run = runs.put({
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
      search: null,
      repeats: null,
      code: null,
      imageDigest: null,
      tags: [],
      notes: '',
      pinned: false,
      archived: false,
      removedAt: null,
      at: now(),
      endedAt: null,
      job: job.id,
    })
    return await carryOut(run, version, { label, transform }, job)
  }

  function pinned(ref: string): string {
    const { name, number } = transforms.resolve(ref)
    return `${name}@${number}`
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
    const before = trainedRun(resumable(id))
    choices.check(before.plan)
    const version = dataset.resolve(before.version)
    // Fitting is repeated and not stored: the same version gives the same result, and a difference must not pass.
    const { label, transform } = await fitted(before.plan, version, before.where, job)
    if (hashOf(canonicalJson(transform)) !== before.transform)
      throw fail(
        'unsupported',
        `${id} was begun by another version of Edgewright, which encodes the data differently.`,
        'Train again from the start.',
      )
    // Asked again, because the same may have been asked for twice while the data was read.
    const run = runs.put({
      ...trainedRun(resumable(id)),
      state: 'running',
      failure: null,
      endedAt: null,
      job: job.id,
    })
    if (existsSync(checkpointOf(store, id))) job.log(`Goes on after epoch ${run.epochs.length}.`)
    return await carryOut(run, version, { label, transform }, job)
  }

  return { start, resume }
}

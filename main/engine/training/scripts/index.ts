import type { Plan, Run } from '#contract'
import type { Doors, JobContext } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { SlicedSource, TransformRoom } from '../../transform/index.ts'
import type { ValidationRoom } from '../../validation/index.ts'
import type { Choices } from '../choices.ts'
import type { Follow } from '../follow.ts'
import { type Bring, labelOf, newRun, type RunFiles } from '../importing/index.ts'
import { labelColumnOf } from '../labelColumn.ts'
import type { Runs } from '../runs.ts'
import type { Trial } from '../search/index.ts'
import type { DataSource } from './data.ts'
import { type OwnRun, openOwnWork } from './ownWork.ts'
import { keepProgram } from './program.ts'

export { runScript } from './runScript.ts'

type Started = Parameters<Doors['training']['start']>[0]

/** Whether a plan is carried out by a person's own program. */
export const isOwn = ({ script, image }: Pick<Plan, 'script' | 'image'>): boolean =>
  script !== undefined || image !== undefined

/** Runs of people's own programs, in place of a trainer. */
export function openOwnPrograms({
  store,
  dataset,
  validation,
  transforms,
  runs,
  choices,
  follow,
  bring,
  files,
}: {
  store: Store
  dataset: SlicedSource & DataSource
  validation: Pick<ValidationRoom, 'gate'>
  transforms: Pick<TransformRoom, 'resolve'>
  runs: Runs
  choices: Pick<Choices, 'placeOf'>
  follow: Follow
  bring: Bring
  files: RunFiles
}) {
  const workOf = openOwnWork({ store, dataset, transforms, bring, files })

  function checkPlace(plan: Plan): void {
    const { kind } = choices.placeOf(plan)
    if (kind === 'webgpu')
      throw fail(
        'bad-input',
        'The GPU of this computer is used by our own trainers only.',
        'Choose the target local, Docker or Ray for a program of your own.',
      )
    if (kind === 'local' && plan.image !== undefined)
      throw fail(
        'bad-input',
        'A container image does not run as a process of this computer.',
        'Choose a Docker target with --target, or leave the image out.',
      )
  }

  async function begin(
    plan: Plan,
    version: Run['version'] & string,
    job: JobContext,
    more: Partial<Run>,
    trial?: Trial,
  ) {
    job.keeps('Nothing had begun yet.')
    checkPlace(plan)
    const warning = validation.gate(version, 'training')
    if (warning !== null) job.log(warning, 'warning')
    const where = more.where
    const found = dataset.resolve(version)
    job.progress(0, 'reading the data')
    const { label, rows } = await labelOf(
      dataset,
      { version: found, label: plan.label, task: plan.task },
      { signal: job.signal, where, progress: () => {} },
    )
    const run: Run = {
      ...newRun({ id: runs.nextId(), model: plan.name, origin: 'script', job: job.id }),
      plan,
      version,
      task: label.task,
      classes: label.classes,
      rows,
      search: trial?.search ?? null,
      ...more,
    }
    store.db.transaction(() => {
      runs.put(run)
      trial?.begun?.(run, label)
    })()
    job.uses(version)
    return await follow(run, workOf(run as OwnRun, job), job)
  }

  /** A name means its newest version now; what the program leaves is held against the same one later. */
  function pinned(ref: string): string {
    const { name, number } = transforms.resolve(ref)
    return `${name}@${number}`
  }

  return {
    async start({ search: _, name, ...asked }: Started, job: JobContext, trial?: Trial): Promise<Run> {
      const version = dataset.resolve(asked.dataset)
      const plan: Plan = {
        ...asked,
        name: name ?? version.dataset,
        label: asked.label ?? labelColumnOf(version),
        ...(asked.transform && { transform: pinned(asked.transform) }),
      }
      const where = plan.slice === undefined ? undefined : dataset.filterOf(version.dataset, plan.slice)
      const more = { code: keepProgram(store, plan), ...(where && { where }) }
      return await begin(plan, version.id, job, more, trial)
    },
    /** The same program as it was then, on the same rows. */
    repeat(of: Run, job: JobContext): Promise<Run> {
      const { plan, version, code, where } = known(of)
      return begin(plan, version, job, { code, repeats: of.id, ...(where && { where }) })
    },
    /** For one whose work goes on elsewhere already. */
    followOn: (run: Run, job: JobContext): Promise<Run> => follow(run, workOf(known(run), job), job),
  }
}

/** @throws Failure `unsupported` for a run whose data is not known */
function known(run: Run): OwnRun {
  const { version, plan } = run
  if (version === null || plan.dataset === null || plan.label === null)
    throw fail('unsupported', `The data of ${run.id} is not known.`, 'Start it anew with its dataset.')
  return { ...run, version, plan: { ...plan, dataset: plan.dataset, label: plan.label } }
}

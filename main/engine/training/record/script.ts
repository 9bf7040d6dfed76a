import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatasetVersion, Run } from '#contract'
import type { TransformSpec } from '../../encoding/index.ts'
import type { Doors, JobContext } from '../../jobs/index.ts'
import { atomicWrite, ensureFolder, fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Choices } from '../choices.ts'
import type { Runs } from '../runs.ts'
import { trainedRun } from '../trained.ts'
import { FILES, type TrainWork } from '../work.ts'
import { commandOf } from './command.ts'
import { pythonOf } from './python.ts'

const PROGRAM = 'train.py'

/** Runs as code: a command of ours, or a program for Keras with the rows that it learns from. */
export function openScripts({
  store,
  runs,
  dataset,
  choices,
  layOut,
}: {
  store: Store
  runs: Pick<Runs, 'get'>
  dataset: { resolve(ref: string): DatasetVersion }
  choices: Pick<Choices, 'trainerOf'>
  /** Encodes the rows of a run again, into a folder. */
  layOut(run: Run, folder: string, job: JobContext): Promise<TrainWork>
}): Pick<Doors['training'], 'script' | 'export'> {
  function ofTrainer(id: string): Run {
    const run = runs.get(id)
    if (run.origin !== 'trained')
      throw fail(
        'unsupported',
        run.origin === 'script'
          ? `${id} was trained by a program of its own, which is its code.`
          : `${id} was brought in, and what trained it is not known here.`,
        run.origin === 'script' ? 'Take it as a command, or take its program.' : 'Look where it came from.',
      )
    return run
  }

  function python(id: string): string {
    const run = ofTrainer(id)
    const { plan, transform } = trainedRun(run)
    const trainer = choices.trainerOf(plan.trainer)
    if (trainer.uses.includes('backbone'))
      throw fail(
        'unsupported',
        `${id} learns from the features of another model, which its code needs as data.`,
        `Write both with: edgewright training export ${id} --to FOLDER`,
      )
    const spec = JSON.parse(store.blobs.read(transform).toString()) as TransformSpec
    const outputs = run.task === 'multiclass' ? run.classes.length : 1
    return pythonOf(run, trainer.net({ plan, task: run.task, inputs: spec.width, outputs, transform: spec }))
  }

  function command(id: string): string {
    const run = runs.get(id)
    if (run.origin === 'imported') return ofTrainer(id).id
    const { dataset: name, number } = dataset.resolve(trainedOrPlain(run))
    return commandOf(run, `${name}@${number}`)
  }

  return {
    script: async ({ run, as }) => ({ text: as === 'python' ? python(run) : command(run) }),
    async export({ run: id, to }, job) {
      const run = ofTrainer(id)
      if (existsSync(to) && readdirSync(to).some(name => !KNOWN.has(name)))
        throw fail(
          'already-there',
          `${to} holds other files; nothing was written there.`,
          'Choose an empty or a new folder.',
        )
      ensureFolder(to)
      const work = await layOut(run, to, job)
      atomicWrite(join(to, PROGRAM), pythonOf(run, work.net))
      job.log(`Run it with: python ${join(to, PROGRAM)} ${to}`)
      return { folder: to, files: readdirSync(to).sort(), rows: work.rows }
    },
  }
}

/** The data of a run: the version that it learned from, else what its plan names. */
const trainedOrPlain = ({ version, plan }: Run): string => version ?? plan.dataset ?? ''

/** What an earlier export of a run may have left. */
const KNOWN = new Set<string>([
  PROGRAM,
  'model.keras',
  FILES.work,
  ...(['train', 'eval'] as const).flatMap(split => [FILES.features(split), FILES.labels(split)]),
])

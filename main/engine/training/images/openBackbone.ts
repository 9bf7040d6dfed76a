import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Plan } from '#contract'
import { imageOf } from '../../encoding/index.ts'
import { openModel } from '../../graph/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { readModel } from '../model.ts'
import type { Runs } from '../runs.ts'
import { type Backbone, cutBackbone, type Frozen } from './backbone.ts'

/**
 * Opens what a plan names as its backbone, a run or a model of any format, and freezes what gives its features.
 * @throws Failure as the reader of its format does, and as {@link cutBackbone}
 */
export async function openBackbone(
  { store, runs }: { store: Store; runs: Pick<Runs, 'get'> },
  plan: Plan,
  job: JobContext,
): Promise<Frozen> {
  const { backbone } = plan
  if (backbone === undefined)
    throw fail(
      'bad-input',
      'Transfer learning needs a trained model to take features from.',
      'Name one with --backbone: a model of any format, or a run (run-1).',
    )
  job.progress(null, 'reading the backbone')
  const run = /(?:^|[\\/])(run-\d+)$/.exec(backbone)?.[1]
  const isRun = run !== undefined && !existsSync(backbone)
  const opened = isRun ? ofRun(store, runs, run, job) : await ofFile(backbone, job)
  const frozen = cutBackbone(store, opened, plan, line => job.log(line))
  if (!isRun) {
    job.makes({ id: frozen.hash, kind: 'model', title: `${opened.name}, its features` })
    job.uses(frozen.hash)
  }
  return frozen
}

function ofRun(store: Store, runs: Pick<Runs, 'get'>, id: string, job: JobContext): Backbone {
  const run = runs.get(id)
  const model = readModel(store, run)
  const picture = imageOf(model.transform)
  if (!picture)
    throw fail(
      'bad-input',
      `${id} does not take pictures, so no features of pictures can be taken from it.`,
      'Choose a run of the image trainer, or a model file.',
    )
  if (run.artifact) job.uses(run.artifact)
  const { name: _, kind: __, ...how } = picture
  return { graph: model.graph(), name: id, picture: how }
}

async function ofFile(path: string, job: JobContext): Promise<Backbone> {
  if (!existsSync(path))
    throw fail(
      'not-found',
      `There is no run and no model file ${path}.`,
      'Give a run (run-1), or the path of a model file or folder.',
    )
  const opened = await openModel(resolve(path), { signal: job.signal })
  for (const note of opened.notes) job.log(note, 'warning')
  return { graph: opened.graph, name: basename(path), picture: null }
}

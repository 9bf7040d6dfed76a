import type { Engine, Job, Run } from '#contract'
import { FailureError } from '../engine/kit/index.ts'

/** The run that a job is about; null where it is about none, or about many. */
async function runOf(engine: Engine, { id, room, input }: Job): Promise<Run | null> {
  if (room !== 'training') return null
  const { run } = input as { run?: Run['id'] }
  if (run !== undefined) return await engine.training.show({ run })
  const { runs } = await engine.training.list({ limit: 50 })
  return runs.find(({ job }) => job === id) ?? null
}

/**
 * What Ctrl-C says of work that goes on where it is without this command; null where it ends with the command, which
 * then has to cancel it.
 */
export async function goesOn(engine: Engine, job: Job): Promise<FailureError | null> {
  const run = await runOf(engine, job)
  if (run?.state !== 'running') return null
  const { goesOn: there, target } = await engine.training.where({ run: run.id })
  if (!there) return null
  return new FailureError({
    code: 'interrupted',
    message: `${run.id} goes on on ${target}; only this command has stopped following it.`,
    remedy: `Follow it with: edgewright training attach ${run.id}\nEnd it with: edgewright training cancel ${run.id}`,
  })
}

/** How work that was stopped goes on where it stopped; null where it begins anew. */
export async function toContinue(engine: Engine, job: Job): Promise<string | null> {
  const run = await runOf(engine, job).catch(() => null)
  if (run?.origin !== 'trained' || (run.state !== 'cancelled' && run.state !== 'interrupted')) return null
  return `Continue it with: edgewright training resume ${run.id}`
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { atomicWrite, FailureError, fail } from '../../../kit/index.ts'
import { topologyOf } from '../../trainers/index.ts'
import { FILES, type Work } from '../../work.ts'
import type { Done } from '../target.ts'
import type { Job } from './api.ts'
import type { Outcome } from './output.ts'

/**
 * What a job that has ended amounts to.
 * @throws Failure that says in a sentence why there is no result
 */
export function resultOf(folder: string, work: Work, outcome: Outcome, job: Job): Done {
  const { done, failed, trouble, end } = outcome
  if (trouble) throw fail(trouble.code, trouble.message, trouble.remedy)
  if (!end) throw without(outcome, job)
  if (end.code !== 0) {
    const told = failed.get(end.worker) ?? [...failed.values()][0]
    throw told ? new FailureError(told) : ended(outcome, end)
  }
  if (work.kind !== 'train') return { kind: 'done', best: null, stoppedEarly: false }
  if (!done || !existsSync(join(folder, FILES.weights)))
    throw fail('training-failed', 'The training ended without a model.', 'See the log of the run.')
  mustBeWhole(folder, outcome)
  atomicWrite(join(folder, FILES.topology), JSON.stringify(topologyOf(work.net, work.trainer)))
  return done
}

/** The sums are the trainer's own, written where it wrote the weights. */
function mustBeWhole(folder: string, { files }: Outcome): void {
  const sums = join(folder, 'SHA256SUMS')
  if (files.includes('SHA256SUMS') && readFileSync(sums, 'utf8').includes(`  ${FILES.weights}`)) return
  throw fail('training-failed', 'The sums of the results did not come back.', 'Do it again.')
}

function ended({ last }: Outcome, { code, worker }: { code: number; worker: number }) {
  const who = worker > 0 ? `Worker ${worker}` : 'The program'
  if (code === -9 || code === 137)
    return fail(
      'training-failed',
      `${who} was ended by the system of its node, most likely because memory was short.`,
      'Take a smaller batch or fewer units, or nodes with more memory; a run goes on from its last checkpoint.',
    )
  const how = code < 0 ? `was ended by signal ${-code}` : `ended with exit code ${code}`
  return fail(
    'training-failed',
    `${who} ${how}${last.length ? `. Its last lines: ${last.join(' | ').slice(-600)}` : ' and had written nothing'}`,
    'See the log of the run.',
  )
}

/** The job ended before the program that runs the work could say how. */
function without({ others, last }: Outcome, { status, message, driver_exit_code }: Job) {
  if (status === 'STOPPED')
    return fail(
      'training-failed',
      'The job was stopped on the cluster.',
      'Do it again, or ask who stopped it.',
    )
  const said = (message ?? '').trim()
  const all = `${said}\n${others.join('\n')}`
  if (driver_exit_code === 127 || /python: (command )?not found/.test(all))
    return fail(
      'not-found',
      'The cluster has no command "python".',
      'Start Ray on its nodes with the environment active that it is installed in.',
    )
  if (/runtime_?env|RuntimeEnv/i.test(said))
    return fail(
      'training-failed',
      `The cluster could not prepare the job: ${lastOf(said)}`,
      'Check the disks of its nodes, and their network where packages are to be installed.',
    )
  if (
    /actor (died|was killed)|node.*(died|dead)|ActorDied|ActorUnschedulable|ENTRYPOINT|supervisor/i.test(
      said,
    ) &&
    !driver_exit_code
  )
    return fail(
      'training-failed',
      `The node that ran the job was lost: ${lastOf(said)}`,
      'Continue the run; it goes on from the last checkpoint that is here.',
    )
  return fail(
    'training-failed',
    `The job ended on the cluster (${driver_exit_code ?? status}): ${lastOf([...others, ...last].join('\n') || said)}`,
    'See the log of the run.',
  )
}

const lastOf = (text: string) => (text.trim().split('\n').at(-1) ?? '').trim().slice(0, 400)

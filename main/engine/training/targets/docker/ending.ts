import type Docker from 'dockerode'
import { FailureError, fail } from '../../../kit/index.ts'
import { engineTrouble } from './trouble.ts'

/** Last lines of a program that are told when it failed. */
const LAST = 5
export const MEMORABLE = 40

/** How a container ended, as its engine says. */
export type State = Docker.ContainerInspectInfo['State']

/**
 * Why a program in a container failed, in one sentence with a remedy.
 * @param last its last lines, oldest first
 * @param limit bytes of memory that it was given; null: all
 * @param told what our own worker said of itself
 */
export function endingOf(
  { ExitCode, OOMKilled, Error: trouble }: State,
  {
    last,
    limit,
    told,
    who = 'The program',
  }: { last: string[]; limit: number | null; told: FailureError | null; who?: string },
): FailureError {
  if (OOMKilled || (ExitCode === 137 && limit !== null && !told))
    return fail(
      'training-failed',
      limit === null
        ? `${who} was ended by the system because the memory of the target was used up.`
        : `${who} needed more memory than the ${Math.round(limit / 2 ** 20)} MB that it was given, and was ended.`,
      limit === null
        ? 'Take a smaller batch, or a target with more memory.'
        : 'Give it more by --memory-mb, or take a smaller batch.',
    )
  if (told) return told
  if (/no such image/i.test(trouble))
    return fail(
      'not-found',
      `${who} found no image on its node of the swarm: ${trouble}.`,
      'Bring the image to every node (docker save there, docker load here), or take one from a registry that all reach.',
    )
  if (trouble) {
    const known = engineTrouble(Object.assign(new Error(trouble), { statusCode: 500 }))
    if (known instanceof FailureError) return known
  }
  const words = last.slice(-LAST).join('\n')
  if (/no space left on device|ENOSPC|disk quota exceeded/i.test(last.join('\n')))
    return fail(
      'disk-full',
      `${who} ended because a disk was full there: ${lineWith(/no space left|ENOSPC|quota/i, last)}`,
      'Free space on the target; if it was /dev/shm, give more shared memory by --shm-mb.',
    )
  if (
    /CUDA out of memory|OOM when allocating|RESOURCE_EXHAUSTED|CUDA_ERROR_OUT_OF_MEMORY/i.test(
      last.join('\n'),
    )
  )
    return fail(
      'training-failed',
      `${who} ended because the memory of the GPU was used up: ${lineWith(/out of memory|OOM|EXHAUSTED/i, last)}`,
      'Take a smaller batch or mixed precision.',
    )
  const how =
    ExitCode === 127
      ? 'was not found in the image (exit code 127)'
      : ExitCode === 126
        ? 'may not be started (exit code 126)'
        : ExitCode > 128
          ? `was ended by signal ${ExitCode - 128} (exit code ${ExitCode})`
          : `ended with exit code ${ExitCode}`
  return fail(
    'training-failed',
    `${who} ${how}${words ? `. Its last lines: ${words}` : ' and wrote nothing.'}`,
    'The log of the run says more; what it had written was brought back.',
  )
}

const lineWith = (what: RegExp, lines: string[]): string =>
  lines.findLast(line => what.test(line))?.trim() ?? ''

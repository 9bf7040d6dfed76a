import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TargetCheck } from '#contract'
import { FailureError, fail } from '../../../kit/index.ts'
import { ENDED, type RayApi, type RayNode } from './api.ts'
import { unreachable } from './follow.ts'
import { bringProgram, programOf } from './packages.ts'
import { gigabytes, sizeOf } from './room.ts'

/** For the small job that looks at the nodes; a cluster that is busy may not begin it in time. */
const PATIENCE = 60_000
/** Below so many free bytes a node is short of room. */
const SCARCE = 2 * 2 ** 30

interface Seen {
  node: string
  error?: string
  python?: string
  tensorflow?: string | null
  free?: number
}

/** Looks at all that a run needs on a cluster: by its API, and by a small job that looks at each node. */
export async function checkRay(api: RayApi, trainer: string, signal: AbortSignal): Promise<TargetCheck[]> {
  let nodes: RayNode[]
  const checks: TargetCheck[] = []
  try {
    const { ray_version } = await api.version(signal)
    if (!ray_version) throw new Error('it is no Ray')
    nodes = await api.nodes(signal)
    checks.push({
      name: 'reachable',
      state: 'ok',
      says: `Ray ${ray_version} answers at ${api.address}.`,
      remedy: null,
    })
  } catch (error) {
    const { message, remedy } = troubleOf(api, error)
    return [{ name: 'reachable', state: 'failed', says: message, remedy }]
  }
  const gpus = nodes.reduce((sum, node) => sum + node.gpus, 0)
  checks.push({
    name: 'workers',
    state: nodes.length ? 'ok' : 'failed',
    says: `The cluster has ${sizeOf(nodes)}.`,
    remedy: nodes.length ? null : 'Start Ray on a node: ray start --address=HEAD:6379.',
  })
  checks.push({
    name: 'gpu',
    state: gpus ? 'ok' : 'warning',
    says: gpus ? `Ray gives out ${gpus} GPU${gpus === 1 ? '' : 's'}.` : 'No node gives out a GPU.',
    remedy: gpus
      ? null
      : 'Training runs on the processors; for GPUs, start Ray with --num-gpus where there are some.',
  })
  try {
    checks.push(...seenOf(await look(api, trainer, signal)))
  } catch (error) {
    const { message, remedy } = troubleOf(api, error)
    checks.push({ name: 'engine', state: 'failed', says: message, remedy })
  }
  return checks
}

const troubleOf = (api: RayApi, error: unknown) =>
  error instanceof FailureError
    ? error.failure
    : unreachable(api.address, error instanceof Error ? error.message : String(error), false).failure

async function look(api: RayApi, trainer: string, signal: AbortSignal): Promise<Seen[]> {
  const mark = randomBytes(8).toString('hex')
  const id = `edgewright-check-${mark}`
  const working_dir = await bringProgram(api, programOf(trainer), signal)
  await api.submit(
    {
      submission_id: id,
      entrypoint: 'python -m cluster.probe',
      runtime_env: { working_dir, env_vars: { EDGEWRIGHT_MARK: mark } },
      metadata: { madeBy: 'edgewright' },
    },
    signal,
  )
  const until = Date.now() + PATIENCE
  for (;;) {
    const job = await api.job(id, signal)
    if (job && (ENDED as readonly string[]).includes(job.status)) {
      const logs = await api.logs(id)
      const line = logs.split('\n').find(text => text.startsWith(`${mark} `))
      if (line) return seenIn(line.slice(mark.length + 1))
      const last = (logs.trim() || job.message || '').trim().split('\n').at(-1)
      throw new Error(`a small job failed: ${last?.slice(0, 300)}`)
    }
    if (Date.now() > until) {
      await api.stop(id)
      throw new Error(`a small job did not end in ${PATIENCE / 1000} s`)
    }
    await sleep(300, null, { signal })
  }
}

/**
 * What the small job tells of the nodes.
 * @throws Failure not-found where the Python that runs jobs is not the one that Ray is installed in
 */
export function seenIn(told: string): Seen[] {
  const seen = JSON.parse(told) as Seen[] | { without: string; error: string }
  if (Array.isArray(seen)) return seen
  throw fail(
    'not-found',
    `The Python that runs jobs on this cluster (${seen.without}) cannot load Ray: ${seen.error}.`,
    'Start Ray on its nodes with the environment active that it is installed in, so that "python" is that one.',
  )
}

function seenOf(seen: Seen[]): TargetCheck[] {
  const answered = seen.filter(({ error }) => error === undefined)
  const able = answered.filter(({ tensorflow }) => tensorflow)
  const versions = [...new Set(able.map(({ tensorflow }) => tensorflow))]
  const least = Math.min(...answered.map(({ free = 0 }) => free))
  const silent = seen.find(({ error }) => error !== undefined)
  return [
    {
      name: 'engine',
      state:
        able.length === 0 ? 'failed' : able.length < seen.length || versions.length > 1 ? 'warning' : 'ok',
      says:
        able.length === 0
          ? `No node has TensorFlow in the Python ${answered[0]?.python ?? ''} that Ray runs.`
          : `TensorFlow ${versions.join(' and ')} on ${able.length} of ${seen.length} node${seen.length === 1 ? '' : 's'}${silent ? `; ${silent.node} did not answer` : ''}.`,
      remedy:
        able.length < seen.length
          ? 'Install it on the nodes with "pip install tensorflow", or allow a run the network, so that Ray installs it.'
          : versions.length > 1
            ? 'Install the same version on all nodes.'
            : null,
    },
    ...(answered.length
      ? [
          {
            name: 'disk' as const,
            state: least < SCARCE ? ('warning' as const) : ('ok' as const),
            says: `${gigabytes(least)} free for temporary files${answered.length > 1 ? ' on the fullest node' : ''}.`,
            remedy: least < SCARCE ? 'Free some space there before training on much data.' : null,
          },
        ]
      : []),
  ]
}

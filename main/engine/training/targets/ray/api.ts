import { fail } from '../../../kit/index.ts'
import { type Asking, ask, Lost } from './http.ts'
import { tail } from './tail.ts'

/** A node of the cluster and what it has in all. */
export interface RayNode {
  id: string
  ip: string
  cpus: number
  gpus: number
  memory: number
}

export const ENDED = ['SUCCEEDED', 'FAILED', 'STOPPED'] as const

export interface Job {
  status: 'PENDING' | 'RUNNING' | (typeof ENDED)[number]
  message: string | null
  driver_exit_code?: number | null
}

export interface Submission {
  submission_id: string
  entrypoint: string
  entrypoint_num_cpus?: number
  entrypoint_num_gpus?: number
  entrypoint_memory?: number
  runtime_env: Record<string, unknown>
  metadata?: Record<string, string>
}

/** For one answer, in milliseconds; an upload may take longer. */
const PATIENCE = 20_000
const UPLOAD_PATIENCE = 600_000

/**
 * Ray's Jobs API (doc/source/cluster/running-applications/job-submission/openapi.yml of Ray) and what of its dashboard
 * says which nodes there are. What is no answer of Ray is a {@link Lost}.
 */
export type RayApi = ReturnType<typeof rayApi>

/** @param address `http://head:8265`, with a prefix of the path where it is behind a proxy */
export function rayApi(address: string | null) {
  const base = baseOf(address)

  const at = (path: string, given: Omit<Asking, 'patience'> & { patience?: number } = {}) =>
    ask(new URL(path, base), { patience: PATIENCE, ...given })

  async function json<T>(path: string, given?: Omit<Asking, 'patience'>): Promise<T> {
    const { ok, status, text } = await at(path, given)
    if (!ok) throw refused(status, text)
    try {
      return JSON.parse(text) as T
    } catch {
      throw fail(
        'unsupported',
        `What answers at ${base.href} is no Ray cluster.`,
        'Give the address of its dashboard, such as http://head:8265.',
      )
    }
  }

  const post = (body: unknown = {}, signal?: AbortSignal) => ({
    method: 'POST' as const,
    body: JSON.stringify(body),
    signal,
  })
  const jobPath = (id: string) => `api/jobs/${encodeURIComponent(id)}`

  return {
    address: base.href,
    version: (signal?: AbortSignal) => json<{ ray_version?: string }>('api/version', { signal }),
    async nodes(signal?: AbortSignal): Promise<RayNode[]> {
      const { data } = await json<{ data: { result: { result: StateNode[] } } }>(
        'api/v0/nodes?detail=1&limit=10000',
        { signal },
      )
      return data.result.result
        .filter(({ state }) => state === 'ALIVE')
        .map(({ node_id, node_ip, resources_total }) => ({
          id: node_id,
          ip: node_ip,
          cpus: resources_total?.CPU ?? 0,
          gpus: resources_total?.GPU ?? 0,
          memory: resources_total?.memory ?? 0,
        }))
    },
    /** Whether the cluster brings up nodes when they are asked for: then they are of types that someone named. */
    async grows(): Promise<boolean> {
      const status = await json<ClusterStatus>('api/cluster_status').catch(() => null)
      const types = status?.data?.clusterStatus?.autoscalerReport?.nodeTypeMapping ?? {}
      return Object.entries(types).some(([node, type]) => type !== `node_${node}`)
    },
    /** Whether a package is there; it then stays there for some minutes at least. */
    async has(name: string, signal: AbortSignal): Promise<boolean> {
      const { ok, status, text } = await at(`api/packages/gcs/${name}`, { signal })
      if (status !== 404 && !ok) throw refused(status, text)
      return ok
    },
    async put(name: string, content: Uint8Array, signal: AbortSignal): Promise<void> {
      const given = { method: 'PUT' as const, body: content, signal, patience: UPLOAD_PATIENCE }
      const { ok, status, text } = await at(`api/packages/gcs/${name}`, given)
      if (!ok) throw refused(status, text)
    },
    submit: (submission: Submission, signal: AbortSignal) =>
      json<{ submission_id: string }>('api/jobs/', post(submission, signal)),
    /** Null: the cluster knows no such job. */
    async job(id: string, signal?: AbortSignal): Promise<Job | null> {
      const { ok, status, text } = await at(jobPath(id), { signal })
      if (status === 404) return null
      if (!ok) throw refused(status, text)
      return JSON.parse(text) as Job
    },
    stop: (id: string) => json<{ stopped: boolean }>(`${jobPath(id)}/stop`, post()),
    logs: async (id: string) => (await json<{ logs: string | null }>(`${jobPath(id)}/logs`)).logs ?? '',
    /** The log from its beginning, in pieces, until the job has ended. @throws Lost */
    tail: (id: string, signal: AbortSignal) =>
      tail(new URL(`${jobPath(id)}/logs/tail`, base), signal, () => at('api/version')),
  }
}

interface ClusterStatus {
  data?: { clusterStatus?: { autoscalerReport?: { nodeTypeMapping?: Record<string, string> | null } } }
}

interface StateNode {
  node_id: string
  node_ip: string
  state: string
  resources_total?: { CPU?: number; GPU?: number; memory?: number }
}

function baseOf(address: string | null): URL {
  const wrong = () =>
    fail('bad-input', `"${address}" is no address of a Ray cluster.`, 'Write it like http://head:8265.')
  if (!address || !URL.canParse(address)) throw wrong()
  const url = new URL(address)
  if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password) throw wrong()
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function refused(status: number, text: string): Error {
  // A proxy whose server is gone for a while.
  if ([502, 503, 504].includes(status)) return new Lost(`the proxy before it answers ${status}`)
  const last = text.trim().split('\n').at(-1)?.slice(0, 300)
  if (status === 401 || status === 403)
    return fail(
      'no-permission',
      `The cluster does not let this computer in (${status}).`,
      'Ask who runs it for a way in, such as a tunnel to the dashboard.',
    )
  return fail(
    'unsupported',
    `The cluster refused (${status})${last ? `: ${last}` : '.'}`,
    'Check its address and version.',
  )
}

import { PassThrough, Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type Docker from 'dockerode'
import type { State } from '../ending.ts'
import { wantsGpus } from '../program.ts'

/** What of a container a run needs; a task on another node of a swarm can do the same. */
export type Part = Pick<Docker.Container, 'inspect' | 'logs' | 'start' | 'wait' | 'stop' | 'remove'>

/** Between two looks at a task, in milliseconds: a swarm tells nobody when one ends. */
const EVERY = 500
/** Output is on its way from node to node for a moment after a task has ended. */
const ON_ITS_WAY = 500
/** How long a node may be looked for, or lost, until a task counts as ended. */
const LOST_AFTER = 30_000
/** Of a service that was told to end: its task is gone from the swarm then. */
const STOPPED = 'edgewright.stopped'

const ENDED = new Set(['complete', 'failed', 'shutdown', 'rejected', 'orphaned', 'remove'])

interface Task {
  UpdatedAt: string
  DesiredState: string
  Status: { State: string; Timestamp: string; Err?: string; ContainerStatus?: { ExitCode?: number } }
}

/**
 * One program on one node of a swarm, in the shape of a container: a service with one task that is never begun anew.
 * Created with no task, so that it can be made first and started later like a container.
 */
export function taskOf(docker: Docker, name: string): Part {
  const service = docker.getService(name)

  async function stateNow(): Promise<State> {
    const { Spec, UpdatedAt } = await service.inspect()
    const tasks = (await docker.listTasks({ filters: { service: [name] } })) as Task[]
    const [task] = tasks.sort((a, b) => b.UpdatedAt.localeCompare(a.UpdatedAt))
    if (task) return stateOf(task)
    if (Spec.Labels?.[STOPPED]) return state('exited', { ExitCode: 143, FinishedAt: UpdatedAt })
    return state('created')
  }

  /** Changes the service as it is now; who else changes it at the same time goes first. */
  async function scale(count: number, labels: Record<string, string>): Promise<void> {
    const { Version, Spec } = await service.inspect()
    await service.update({
      ...Spec,
      version: Version.Index,
      Labels: { ...Spec.Labels, ...labels },
      Mode: { Replicated: { Replicas: count } },
    })
  }

  return {
    inspect: async () => ({ State: await stateNow() }),
    start: () => scale(1, {}),
    async wait({ abortSignal }: { abortSignal?: AbortSignal } = {}) {
      for (;;) {
        const { Running, Status, ExitCode } = await stateNow()
        if (!Running && Status !== 'created') return { StatusCode: ExitCode }
        await wait(EVERY, null, { signal: abortSignal })
      }
    },
    async stop() {
      if ((await stateNow()).Running) await scale(0, { [STOPPED]: 'yes' })
    },
    remove: () => service.remove(),
    /** `follow` ends with the task, as it does with a container; that of a swarm would go on for ever. */
    async logs({ follow, ...options }: Docker.ContainerLogsOptions & { follow?: boolean }) {
      const all = async () => (await service.logs({ ...options, follow: false })) as unknown as Buffer
      if (!follow) return await all()
      if (ENDINGS.has((await stateNow()).Status)) return Readable.from([await all()])
      const live = (await service.logs({ ...options, follow: true })) as unknown as Readable
      const output = new PassThrough()
      live.on('error', error => output.destroy(error)).on('close', () => output.end())
      live.pipe(output)
      output.on('close', () => live.destroy())
      void (async () => {
        while (!output.destroyed && !ENDINGS.has((await stateNow()).Status)) await wait(EVERY)
        await wait(ON_ITS_WAY)
        live.unpipe(output)
        output.end()
        live.destroy()
      })().catch(error => output.destroy(error))
      return output
    },
  } as unknown as Part
}

const ENDINGS = new Set(['exited'])

function state(Status: 'created' | 'running' | 'exited', more: Partial<State> = {}): State {
  const none = { ExitCode: 0, OOMKilled: false, Error: '', FinishedAt: '', Restarting: false }
  return { ...none, Status, Running: Status === 'running', ...more } as State
}

/** A task of a swarm in the words of a container. */
function stateOf({ DesiredState, Status, UpdatedAt }: Task): State {
  const since = Date.now() - Date.parse(UpdatedAt)
  const nowhere = Status.State === 'pending' && Status.Err && since > LOST_AFTER
  const lost = !ENDED.has(Status.State) && DesiredState === 'shutdown' && since > LOST_AFTER
  if (!ENDED.has(Status.State) && !nowhere && !lost) return state('running')
  const code = Status.ContainerStatus?.ExitCode
  const ran = Status.State === 'complete' || (code !== undefined && code !== 0)
  return state('exited', {
    ExitCode: Status.State === 'complete' ? 0 : code || 1,
    FinishedAt: Status.Timestamp,
    // What a program said of itself stands in its output; what kept it from running, only here.
    Error: ran ? '' : lost ? 'its node was lost' : (Status.Err ?? ''),
  })
}

/** What is started on a node. */
export interface TaskPlan {
  name: string
  /** Id of the node. */
  node: string
  /** Id or digest, so that no node fetches another image by the same name. */
  image: string
  entrypoint?: string[]
  command?: string[]
  env?: Record<string, string>
  mounts: Docker.MountSettings[]
  network: string
  alias?: string
  labels: Record<string, string>
  limits?: { memoryMb?: number; cpus?: number; shmMb?: number; gpus?: string }
  /** Seconds from the wish to end it to its end. */
  grace?: number
}

export function serviceOf(plan: TaskPlan): Docker.CreateServiceOptions {
  const { memoryMb, cpus, shmMb, gpus } = plan.limits ?? {}
  // A swarm knows no device requests; the runtime of a node that has GPUs reads this.
  const env = { ...plan.env, ...(wantsGpus(gpus) && { NVIDIA_VISIBLE_DEVICES: visible(gpus) }) }
  const shm: Docker.MountSettings | null =
    shmMb === undefined
      ? null
      : {
          ...{ Type: 'tmpfs', Source: '', Target: '/dev/shm' },
          TmpfsOptions: { SizeBytes: shmMb * 2 ** 20, Mode: 0o1777 },
        }
  return {
    Name: plan.name,
    Labels: plan.labels,
    Mode: { Replicated: { Replicas: 0 } },
    EndpointSpec: { Mode: 'dnsrr' },
    TaskTemplate: {
      ContainerSpec: {
        Image: plan.image,
        Labels: plan.labels,
        ...(plan.entrypoint && { Command: plan.entrypoint }),
        ...(plan.command && { Args: plan.command }),
        Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
        Dir: '/work',
        Init: true,
        Mounts: [
          ...plan.mounts.map(mount => ({ VolumeOptions: volumeOptions(plan.labels), ...mount })),
          ...(shm ? [shm] : []),
        ],
        StopGracePeriod: (plan.grace ?? 5) * 1e9,
      },
      Resources: {
        Limits: {
          ...(memoryMb !== undefined && { MemoryBytes: memoryMb * 2 ** 20 }),
          ...(cpus !== undefined && { NanoCPUs: Math.round(cpus * 1e9) }),
        },
      },
      RestartPolicy: { Condition: 'none' },
      Placement: { Constraints: [`node.id==${plan.node}`] },
      Networks: [{ Target: plan.network, ...(plan.alias && { Aliases: [plan.alias] }) }],
      LogDriver: { Name: 'json-file', Options: {} },
    },
  } as Docker.CreateServiceOptions
}

const volumeOptions = (Labels: Record<string, string>) => ({
  NoCopy: false,
  Labels,
  DriverConfig: { Name: 'local', Options: {} },
})

const visible = (gpus: string) =>
  gpus.startsWith('device=')
    ? gpus.slice('device='.length)
    : gpus === 'all'
      ? 'all'
      : Array.from({ length: Number(gpus) }, (_, i) => i).join(',')

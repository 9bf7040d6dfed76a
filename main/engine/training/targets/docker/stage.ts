import type Docker from 'dockerode'
import { fail } from '../../../kit/index.ts'
import type { Demands, Placement } from '../target.ts'
import { dataMounts, drop, ROLE, RUN, runMount, WORK } from './deliver.ts'
import type { Voice } from './follow.ts'
import { made, started } from './helper.ts'
import type { Parcel } from './parcels.ts'
import type { Patience } from './patience.ts'
import { limitsOf, type Program, TRACKING_PORT } from './program.ts'
import { clearNodes, networkAcross } from './swarm/share.ts'
import { type Part, serviceOf, taskOf } from './swarm/task.ts'
import { statusOf } from './trouble.ts'

/** Where workers of one run hear each other. */
const WORKER_PORT = 2222

/** What a run is on an engine; all names follow from the id, so that nothing is made twice when a line is cut. */
export interface Place extends Placement {
  id: string
  /** `sending`: nothing was started yet, so it is begun again. */
  stage: 'sending' | 'started'
  workers: number
  /** A person's own program, with a recorder beside it. */
  own: boolean
  memory: number | null
  /** On a swarm: the id of each worker's node, null for the engine itself; and our image there, by its id. */
  nodes?: (string | null)[]
  keeper?: string
}

/** Seconds that a cancelled program has for its checkpoint. */
export const GRACE = 10

/** The containers, the volume and the network of one run. */
export function openStage(docker: Docker, place: Place, patience: Patience) {
  const { id, workers: count, own } = place
  const nodeOf = (i: number) => place.nodes?.[i] ?? null
  const labels = (role: string) => ({ [ROLE]: role, [RUN]: id })
  const workers: Voice[] = Array.from({ length: count }, (_, i) => ({
    name: `worker-${i}`,
    container: (nodeOf(i) === null
      ? docker.getContainer.bind(docker)
      : (name: string) => taskOf(docker, name))(`edgewright-${id}-worker-${i}`),
  }))
  const recorder: Voice | null = own
    ? { name: 'recorder', container: docker.getContainer(`edgewright-${id}-recorder`) }
    : null
  const volume = `edgewright-run-${id}`
  const nodes = [...new Set((place.nodes ?? []).filter(node => node !== null))]
  const network = nodes.length > 0 ? networkAcross(id) : `edgewright-${id}`

  /** The network of a container: none, the way out, or with the other workers. */
  function networkOf(name: string, open: boolean): Partial<Docker.ContainerCreateOptions> & { mode: string } {
    if (count === 1) return { mode: open ? 'bridge' : 'none' }
    return {
      mode: network,
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [name] } } },
    }
  }

  const isNew = (container: Part) =>
    patience(async () => {
      try {
        return (await container.inspect()).State.Status === 'created'
      } catch (error) {
        throw statusOf(error) === 404 ? gone(id) : error
      }
    })

  return {
    workers,
    recorder,
    volume,
    /** Those whose use of this engine's computer can be measured. */
    here: workers.flatMap(({ container }, i) => (nodeOf(i) === null ? [container as Docker.Container] : [])),
    voices: recorder ? [...workers, recorder] : workers,

    /** Makes all, and starts nothing. */
    async prepare(program: Program, { image, ours, digest }: Images, parcels: Parcel[], demands: Demands) {
      // That of a swarm is there since the data traveled over it.
      if (count > 1 && nodes.length === 0)
        await patience(() =>
          made(
            docker.createNetwork({
              Name: network,
              Driver: 'bridge',
              // With other workers, and with nobody else.
              Internal: !demands.network,
              CheckDuplicate: true,
              Labels: labels('network'),
            }),
          ),
        )
      const mounts = [...dataMounts(parcels), runMount(volume)]
      if (recorder) {
        const { mode, ...net } = networkOf('worker-0', demands.network)
        await patience(() =>
          made(
            docker.createContainer({
              ...net,
              name: `edgewright-${id}-recorder`,
              Image: ours,
              Entrypoint: ['node', '/opt/edgewright/beside.mjs'],
              Cmd: [WORK, String(TRACKING_PORT)],
              Labels: labels('recorder'),
              HostConfig: {
                NetworkMode: mode,
                Mounts: [{ ...runMount(volume), ReadOnly: true }],
                Init: true,
                LogConfig: { Type: 'json-file', Config: {} },
              },
            }),
          ),
        )
      }
      for (const [i, { name }] of workers.entries()) {
        // The first worker lives in the recorder's network, so that it reaches it where there is no network.
        const joins = recorder !== null && i === 0
        const { mode, ...net } = joins
          ? { mode: `container:edgewright-${id}-recorder` }
          : networkOf(name, demands.network)
        const env = {
          ...program.env,
          ...(recorder && i === 0 && { MLFLOW_TRACKING_URI: `http://127.0.0.1:${TRACKING_PORT}` }),
          ...(count > 1 && { TF_CONFIG: tfConfig(i) }),
        }
        const node = nodeOf(i)
        if (node !== null) {
          const { entrypoint, command } = program
          const plan = { name: `edgewright-${id}-${name}`, node, image: digest, env, mounts, network }
          const more = { alias: name, labels: labels('worker'), limits: demands, grace: GRACE }
          const words = { ...(entrypoint && { entrypoint }), ...(command && { command }) }
          await patience(() => made(docker.createService(serviceOf({ ...plan, ...more, ...words }))))
          continue
        }
        await patience(() =>
          made(
            docker.createContainer({
              ...net,
              name: `edgewright-${id}-${name}`,
              Image: image,
              ...(program.entrypoint && { Entrypoint: program.entrypoint }),
              ...(program.command && { Cmd: program.command }),
              Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
              WorkingDir: WORK,
              Labels: labels('worker'),
              HostConfig: { ...limitsOf(demands), NetworkMode: mode, Mounts: mounts },
            }),
          ),
        )
      }
    },

    /** Starts what has not been started yet: one that has ended must not run again. */
    async start() {
      if (recorder && (await isNew(recorder.container))) {
        await patience(() => started(recorder.container as Docker.Container))
        await patience(() => said(recorder.container, '"beside"'))
      }
      await Promise.all(
        workers.map(async ({ container }) => {
          if (await isNew(container)) await patience(() => started(container as Docker.Container))
        }),
      )
    },

    /** Asks the programs to end, and makes sure after a grace in which a checkpoint can be written. In seconds. */
    async stop(grace: number) {
      await Promise.all(workers.map(({ container }) => patience(() => stopped(container, grace))))
    },

    /** Resolves when all programs have ended; where one failed, the others are ended, since they wait for it. */
    async ended(signal: AbortSignal): Promise<void> {
      await Promise.all(
        workers.map(async ({ container }) => {
          const { StatusCode } = (await patience(() => container.wait({ abortSignal: signal }))) as {
            StatusCode: number
          }
          if (StatusCode !== 0 && count > 1)
            for (const other of workers)
              if (other.container !== container) await patience(() => stopped(other.container, 5))
        }),
      )
      if (recorder) await patience(() => stopped(recorder.container, 5))
    },

    async clear() {
      for (const { container } of [...workers, ...(recorder ? [recorder] : [])])
        await patience(() => drop(container.remove({ force: true })))
      if (nodes.length > 0) await clearNodes(docker, { id, volume, image: place.keeper ?? '', nodes })
      else if (count > 1) await patience(() => drop(docker.getNetwork(network).remove()))
      await patience(() => drop(docker.getVolume(volume).remove()))
    },
  }

  /** Who the workers are, as TensorFlow's cluster resolver reads it; the first is the chief. */
  function tfConfig(index: number): string {
    return JSON.stringify({
      cluster: { worker: workers.map(({ name }) => `${name}:${WORKER_PORT}`) },
      task: { type: 'worker', index },
    })
  }
}

/** Names of the image that trains and of ours, and the one that trains as it is the same on every node. */
interface Images {
  image: string
  ours: string
  digest: string
}

const gone = (id: string) =>
  fail(
    'training-failed',
    `The container of this run (${id}) is no longer on the target.`,
    'Somebody removed it there; continue the run from its last checkpoint, or train again.',
  )

async function stopped(container: Part, t: number): Promise<void> {
  await drop(
    container.stop({ t }).catch(error => {
      // Not running: it has ended by itself.
      if ((error as { statusCode?: number }).statusCode !== 304) throw error
    }),
  )
}

/** Waits for a word in the output of a container that has just been started, and not for ever. */
async function said(container: Part, word: string): Promise<void> {
  const abortSignal = AbortSignal.timeout(10_000)
  try {
    const output = await container.logs({ stdout: true, follow: true, abortSignal })
    for await (const chunk of output) if (String(chunk).includes(word)) break
    ;(output as unknown as { destroy(): void }).destroy()
  } catch (error) {
    if (!abortSignal.aborted) throw error
  }
}

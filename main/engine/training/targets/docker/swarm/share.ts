import { setTimeout as wait } from 'node:timers/promises'
import type Docker from 'dockerode'
import { fail } from '../../../../kit/index.ts'
import { dataMounts, drop, ROLE, RUN, runMount, WORK } from '../deliver.ts'
import { openFrames } from '../frames.ts'
import { made, started, unwell } from '../helper.ts'
import type { Parcel } from '../parcels.ts'
import type { Patience } from '../patience.ts'
import { statusOf } from '../trouble.ts'
import { type Node, otherNodes } from './nodes.ts'
import { serviceOf, taskOf } from './task.ts'

const PORT = 2080
const KEEPER = ['node', '/opt/edgewright/keeper.mjs']
/** For what is left on a node to be removed, in milliseconds; what cannot be then is left to a person. */
const CLEAR_WITHIN = 20_000

/** Not the name that the run's network has on one computer: a swarm remembers names for a while. */
export const networkAcross = (id: string) => `edgewright-${id}-swarm`

interface Sharing {
  docker: Docker
  /** The run, and its volume. */
  id: string
  volume: string
  /** Our image, by its id. */
  image: string
  workers: number
  parcels: Parcel[]
  /** Whether the workers may reach more than each other. */
  open: boolean
  patience: Patience
  signal: AbortSignal
  step(words: string): void
  /** For what a person should know. */
  say(line: string): void
}

/**
 * Shares the workers of a run out among the nodes of a swarm, and brings what they need to each: a small server beside
 * the data that was placed on the manager hands it to one task a node, which keeps data by its content, as the manager
 * does. The first worker stays on the manager, where the results are to lie.
 * @returns the id of each worker's node; null: with the engine itself. A node without our image takes none, and is named
 * @throws Failure `disk-full`, `tampered`
 */
export async function shareOut(sharing: Sharing): Promise<(string | null)[]> {
  const { docker, id, volume, image, workers, parcels, open, patience, signal, step, say } = sharing
  const network = networkAcross(id)
  const alone = Array.from({ length: workers }, () => null)
  const waiting = workers > 1 ? await patience(() => otherNodes(docker)) : []
  if (waiting.length === 0) return alone
  const labels = (role: string) => ({ [ROLE]: role, [RUN]: id })
  await patience(() =>
    made(
      docker.createNetwork({
        ...{ Name: network, Driver: 'overlay', Attachable: true, Internal: !open, CheckDuplicate: true },
        Labels: labels('network'),
      }),
    ),
  )
  const server = docker.getContainer(`edgewright-${id}-server`)
  await patience(() =>
    made(
      docker.createContainer({
        name: `edgewright-${id}-server`,
        Image: image,
        Entrypoint: KEEPER,
        Cmd: ['serve', String(PORT), WORK, ...new Set(parcels.map(({ hash }) => `/data/${hash}`))],
        Labels: labels('server'),
        NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: ['server'] } } },
        HostConfig: {
          NetworkMode: network,
          Mounts: [...dataMounts(parcels), { ...runMount(volume), ReadOnly: true }],
        },
      }),
    ),
  )
  const ready: Node[] = []
  try {
    await patience(() => started(server))
    while (ready.length < workers - 1 && waiting.length > 0) {
      const next = waiting.splice(0, workers - 1 - ready.length)
      step(`sending the data to ${next.map(({ name }) => name).join(', ')}`)
      const brought = await Promise.all(next.map(bring))
      ready.push(...next.filter((_, i) => brought[i]))
    }
  } finally {
    await drop(server.remove({ force: true })).catch(() => {})
  }
  if (ready.length === 0) {
    await removeNetwork(docker, network)
    return alone
  }
  const nodes = [null, ...ready.map(node => node.id)]
  return alone.map((_, i) => nodes[i % nodes.length] as string | null)

  async function bring(node: Node): Promise<boolean> {
    const name = `edgewright-${id}-fetch-${node.id.slice(0, 12)}`
    const mounts = [...dataMounts(parcels).map(each => ({ ...each, ReadOnly: false })), runMount(volume)]
    const [entrypoint, command] = [KEEPER, ['fetch', `http://server:${PORT}`]]
    const plan = { name, node: node.id, image, entrypoint, command, mounts, network }
    const task = taskOf(docker, name)
    // What an earlier try left has other data.
    await patience(() => drop(task.remove()))
    try {
      await patience(() => made(docker.createService(serviceOf({ ...plan, labels: labels('data') }))))
      await patience(() => task.start())
      const { StatusCode } = (await patience(() => task.wait({ abortSignal: signal }))) as {
        StatusCode: number
      }
      if (StatusCode === 0) return true
      const { Error: trouble } = (await patience(() => task.inspect())).State
      if (trouble) {
        say(
          /no such image/i.test(trouble)
            ? `${node.name} takes no worker, since it lacks our image; bring it there by docker save ${image} and docker load.`
            : `${node.name} takes no worker: ${trouble}.`,
        )
        return false
      }
      const said = (await task.logs({ stdout: true, stderr: true, timestamps: true })) as unknown as Buffer
      const words = openFrames()(said).map(({ text }) => text)
      if (/arrived other/.test(words.join()))
        throw fail('tampered', `The data arrived on ${node.name} other than they were sent.`, 'Start again.')
      throw unwell(words.join('\n'))
    } finally {
      await task.remove().catch(() => {})
    }
  }
}

/** Removes what a run left on the nodes of a swarm: all in its folder there. Data stays, for the next run. */
export async function clearNodes(
  docker: Docker,
  { id, volume, image, nodes }: Pick<Sharing, 'id' | 'volume' | 'image'> & { nodes: string[] },
): Promise<void> {
  const network = networkAcross(id)
  const abortSignal = AbortSignal.timeout(CLEAR_WITHIN)
  await Promise.all(
    nodes.map(async (node, i) => {
      const name = `edgewright-${id}-clear-${i}`
      const task = taskOf(docker, name)
      const labels = { [ROLE]: 'run', [RUN]: id }
      const plan = { name, node, image, entrypoint: KEEPER, command: ['clear', WORK], network, labels }
      try {
        await made(docker.createService(serviceOf({ ...plan, mounts: [runMount(volume)] })))
        await task.start()
        await task.wait({ abortSignal })
      } catch {
        // A node that is away keeps a folder that nobody reads.
      } finally {
        await task.remove().catch(() => {})
      }
    }),
  )
  await removeNetwork(docker, network)
}

/** Tasks leave a network a moment after they have ended. */
async function removeNetwork(docker: Docker, network: string): Promise<void> {
  for (const end = Date.now() + CLEAR_WITHIN; Date.now() < end; await wait(250))
    try {
      await docker.getNetwork(network).remove()
      return
    } catch (error) {
      if (statusOf(error) === 404) return
    }
}

import { resolve } from 'node:path'
import { contract, type Device } from '#contract'
import type { EvaluationRoom } from '../evaluation/index.ts'
import type { Doors } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { OptimizationRoom } from '../optimization/index.ts'
import type { RegistryRoom } from '../registry/index.ts'
import { openSigningKey, type SigningKey } from '../release/index.ts'
import type { Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import type { ValidationRoom } from '../validation/index.ts'
import { openAgents } from './agents.ts'
import { ask } from './ask.ts'
import { openFleet } from './fleet.ts'
import { deviceOf, openMeasuring } from './measure/index.ts'
import { openOffer } from './offer/index.ts'
import { openPublishing } from './publish.ts'
import { openReleases } from './releases.ts'

export interface PublishingRoom {
  door: Doors['publishing']
  /** Stops the devices that were started here, and the offer. */
  close(): Promise<void>
}

export function createPublishing({
  store,
  validation,
  training,
  evaluation,
  optimization,
  registry,
  keys,
  agentEntry,
}: {
  store: Store
  validation: Pick<ValidationRoom, 'gate'>
  training: TrainingRoom
  evaluation: EvaluationRoom
  optimization: OptimizationRoom
  registry: RegistryRoom
  /** Folder of the signing key, outside the workspace. */
  keys: string
  /** Program and arguments that start an agent. */
  agentEntry: string[]
}): PublishingRoom {
  const own = resolve(store.folder, 'repository')
  const releases = openReleases(store)
  // What devices were given stays traceable to what it is made of.
  training.onKeep(run => {
    const { model } = training.get(run)
    const release = releases.list(model).find(({ version }) => registry.resolve(model, version).run === run)
    return release ? `${model} v${release.version} was published` : null
  })
  const agents = openAgents(agentEntry, name => store.place('agents', name))
  const known = () => [
    ...new Set([
      own,
      ...releases.list().map(release => release.to),
      ...agents.all().map(agent => agent.repository),
    ]),
  ]
  const fleet = openFleet(known, agents)
  const offer = openOffer()

  let signing: SigningKey | null = null
  const signingKey = (): SigningKey => {
    signing ??= openSigningKey(keys)
    return signing
  }

  async function find(id: string): Promise<Device> {
    const device = (await fleet.look()).find(each => each.id === id)
    if (!device)
      throw fail(
        'not-found',
        `There is no device ${id.slice(0, 24)}.`,
        'See the list of devices for those there are.',
      )
    return device
  }

  const measuring = openMeasuring({
    store,
    training,
    optimization,
    async deviceOf(device) {
      const found = deviceOf(device, await fleet.look())
      const token =
        found.token ?? agents.get(found.id ?? '')?.measureToken ?? process.env.EDGEWRIGHT_MEASURE_TOKEN
      return { ...found, ...(token ? { token } : {}) }
    },
  })

  // Until the sites are in, those entries of the contract say that they are not.
  const notYet = Object.fromEntries(
    Object.keys(contract.publishing).map(verb => [
      verb,
      async () => {
        throw fail('unsupported', 'This is not possible yet.', 'Update Edgewright.')
      },
    ]),
  ) as unknown as Doors['publishing']
  return {
    door: {
      ...notYet,
      ...measuring,
      publish: openPublishing({
        store,
        validation,
        training,
        evaluation,
        optimization,
        registry,
        releases,
        own,
        signingKey,
      }),
      releases: async ({ model }) => ({ releases: releases.list(model) }),
      devices: async () => ({ devices: await fleet.look() }),
      watch: (_input, { signal }) => fleet.watch(signal),
      startAgent: async ({ name, repository, port }) => {
        const agent = await agents.start(name, repository ?? own, port)
        return fleet.put(agent.repository, await agent.report())
      },
      stopAgent: async ({ id }) => {
        const agent = agents.get(id)
        await agent?.stop()
        return { stopped: agent !== undefined }
      },
      rollBack: async ({ id, model }) => {
        const agent = agents.get(id)
        if (!agent) {
          const { name } = await find(id)
          throw fail(
            'unsupported',
            `${name} was not started from this window, so it takes no orders from here.`,
            'Roll it back on the device with "edgewright agent rollback", or publish the version before.',
          )
        }
        return fleet.put(agent.repository, await agent.rollBack(model))
      },
      predict: async ({ id, model, instances }, { signal }) => {
        const { name, address } = await find(id)
        if (!address)
          throw fail('unreachable', `${name} does not answer.`, 'Start the device, then ask again.')
        return await ask(name, address, model, instances, signal)
      },
      host: async ({ directory, port, network, stop }) => {
        if (stop) {
          await offer.stop()
          return { address: null, token: null }
        }
        return await offer.start(resolve(directory ?? own), port, network ? '0.0.0.0' : '127.0.0.1')
      },
      key: async () => {
        const { fingerprint, spki } = signingKey()
        return { fingerprint, publicKey: spki }
      },
    },
    async close() {
      await Promise.all([agents.close(), offer.stop()])
    },
  }
}

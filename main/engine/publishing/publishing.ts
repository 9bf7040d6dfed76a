import { resolve } from 'node:path'
import type { Hash } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { EvaluationRoom } from '../evaluation/index.ts'
import type { Doors } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { OptimizationRoom } from '../optimization/index.ts'
import type { RegistryRoom } from '../registry/index.ts'
import { OPEN_SITE } from '../release/index.ts'
import type { Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { type Keyring, openKeyring } from '../trust/index.ts'
import type { ValidationRoom } from '../validation/index.ts'
import { openAgents } from './fleet/agents.ts'
import { ask } from './fleet/ask.ts'
import { openDevices } from './fleet/devices.ts'
import { openFleet } from './fleet/fleet.ts'
import { openKeptReports } from './fleet/keptReports.ts'
import { openKeys } from './keys/door.ts'
import { deviceOf, openMeasuring } from './measure/index.ts'
import { checkWhole, openOffer } from './offer/index.ts'
import { openRecords, openSampleShelf, type Records, type SampleShelf } from './records/index.ts'
import { openPreview } from './release/preview.ts'
import { openPublishing, type PublishParts } from './release/publish.ts'
import { openReleases } from './release/releases.ts'
import { openRenewal } from './renewal.ts'
import { openRollouts } from './rollout/door.ts'
import type { Labeled } from './rollout/evidence.ts'
import { openHalting } from './rollout/halt.ts'
import { type Desk, openDesk } from './sites/desk.ts'
import { openSites } from './sites/door.ts'
import { openKnownSites } from './sites/known.ts'
import type { Place } from './sites/places.ts'
import { openSiteKeys } from './sites/siteKeys.ts'
import { openPacking } from './sticks/pack.ts'

/** A device that was heard of within it may be among the first to get a version, in milliseconds. */
const LATELY = 86_400_000

export interface PublishingRoom {
  door: Doors['publishing']
  /** Where the plans of sites are read and signed: for what comes back from devices. */
  desk: Desk
  keyring(): Promise<Keyring>
  /** Captured rows that devices sent back. */
  samples: SampleShelf
  records: Pick<Records, 'nameOf' | 'onArrival'>
  /** A later room says what labeling the disagreements of a rollout found out. */
  labeled(of: Labeled): void
  /** Begins to sign anew what devices must hear of every few days, once the house stands. */
  watchOver(): void
  /** Stops the devices that were started here, and the offer. */
  close(): Promise<void>
}

export function createPublishing({
  store,
  dataset,
  validation,
  training,
  evaluation,
  optimization,
  registry,
  keys,
  agentEntry,
}: {
  store: Store
  dataset: Pick<DatasetRoom, 'resolve' | 'read' | 'pictures'>
  validation: Pick<ValidationRoom, 'gate'>
  training: TrainingRoom
  evaluation: EvaluationRoom
  optimization: OptimizationRoom
  registry: RegistryRoom
  /** Folder of the signing keys, outside the workspace. */
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
  let ring: Promise<Keyring> | null = null
  // Made at first use; a folder that could not be read is tried again.
  const keyring = (): Promise<Keyring> => {
    ring ??= openKeyring(keys).catch(error => {
      ring = null
      throw error
    })
    return ring
  }
  const desk = openDesk({ known: openKnownSites(store), keyring, own })
  const siteKeys = openSiteKeys(keys)
  const agents = openAgents(agentEntry, name => store.place('agents', name))
  const kept = openKeptReports(store)
  const fleet = openFleet({
    repositories: () => [
      ...new Set([
        own,
        ...desk.known().map(({ address }) => address),
        ...releases.list().map(release => release.to),
        ...agents.all().map(agent => agent.repository),
      ]),
    ],
    sink: desk.sink,
    sites: desk.known,
    agents,
    kept,
  })
  const offer = openOffer({
    async checkBatch(name, batch) {
      await checkWhole(name, batch)
      await records.check(name, batch)
    },
  })
  const renewal = openRenewal(desk)
  const halting = openHalting({ desk, fleet, nudge })
  const records = openRecords({ store, desk, fleet, keyring })
  let labels: Labeled = async () => ({ candidateRight: 0, stableRight: 0 })

  /** Devices that can be reached look at once; the others at their next turn. */
  function nudge(place: Place): void {
    for (const { address, repository } of fleet.devices())
      if (address && repository === place.address)
        void fetch(`${address}/v1/edgewright/poll`, {
          method: 'POST',
          signal: AbortSignal.timeout(5000),
        })
          .then(answer => answer.body?.cancel())
          .catch(() => {})
  }

  const parts: PublishParts = {
    ...{
      store,
      dataset,
      validation,
      training,
      evaluation,
      optimization,
      registry,
      releases,
      desk,
      siteKeys,
      nudge,
    },
    reported: (place, model) =>
      new Set(
        fleet
          .devices()
          .filter(device => device.repository === place.address)
          .flatMap(device => device.models.filter(each => each.model === model))
          .flatMap(({ reports, previous }) => [reports, previous])
          .filter(version => version !== null),
      ),
    heard: async () =>
      new Set(
        (await fleet.look()).filter(({ seen }) => Date.now() - Date.parse(seen) < LATELY).map(({ id }) => id),
      ),
    releaseKey: async () => (await keyring()).key('release').id,
  }
  const devices = openDevices({ desk, fleet, siteKeys, kept, nudge })
  const pack = openPacking({ desk, fleet, own })
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
  const sealed = () =>
    new Set<string>(
      releases
        .list()
        .flatMap(({ variants = [] }) =>
          variants.filter(({ encrypted }) => encrypted).map(({ manifest }): Hash => manifest),
        ),
    )

  return {
    desk,
    keyring,
    labeled(of) {
      labels = of
    },
    samples: openSampleShelf(store),
    records,
    watchOver() {
      renewal.start()
      halting.start()
      records.start()
    },
    door: {
      ...measuring,
      ...openSites({ desk, siteKeys, sealed, own, nudge }),
      ...openRollouts({ desk, fleet, nudge, labeled: (...asked) => labels(...asked) }),
      ...openKeys(keyring, desk),
      ...devices.door,
      ...records.door,
      publish: openPublishing(parts),
      preview: openPreview(parts, fleet),
      pack: async (input, job) => {
        // A stick brings receipts for what came back before.
        await records.settle()
        return await pack(input, job)
      },
      releases: async ({ model }) => ({ releases: releases.list(model) }),
      devices: async () => ({ devices: await fleet.look() }),
      watch: (_input, { signal }) => fleet.watch(signal),
      startAgent: async ({ name, repository, port, site }) => {
        const where = repository ?? own
        const agent = await agents.start(name, where, port, site ?? null)
        const report = await agent.report()
        // Whoever starts a device here has seen it: there is nothing to compare.
        await approveOwn(where, site ?? report.site ?? undefined, report)
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
          const { name } = await devices.find(id)
          throw fail(
            'unsupported',
            `${name} was not started from this window, so it takes no orders from here.`,
            'Roll it back on the device with "edgewright agent rollback", choose a version for it with "publishing device use", or publish the version before.',
          )
        }
        return fleet.put(agent.repository, await agent.rollBack(model))
      },
      predict: async ({ id, model, instances }, { signal }) => {
        const { name, address } = await devices.find(id)
        if (!address)
          throw fail('unreachable', `${name} does not answer.`, 'Start the device, then ask again.')
        return await ask(name, address, model, instances, signal)
      },
      host: async ({ directory, port, network, stop }) => {
        if (stop) {
          await offer.stop()
          return { address: null, token: null }
        }
        const offered = await offer.start(resolve(directory ?? own), port, network ? '0.0.0.0' : '127.0.0.1')
        // Who offers it may write it: publishing to its address from here needs no token typed.
        const url = new URL(offered.address)
        url.password = offered.token
        for (url.hostname of [url.hostname, 'localhost', '127.0.0.1']) desk.sink(url.href)
        return offered
      },
    },
    async close() {
      await Promise.all([agents.close(), offer.stop(), renewal.close(), halting.close(), records.close()])
    },
  }

  /** Approves a device beside the window at the site it follows, where that is one of this publisher's. */
  async function approveOwn(
    where: string,
    site: string | undefined,
    report: Parameters<typeof devices.approve>[1],
  ): Promise<void> {
    try {
      const place = await desk.place({ to: where, site }, { make: true })
      if (
        site === undefined &&
        place.site === OPEN_SITE &&
        place.address !== own &&
        !(await desk.readIf(place))
      )
        return
      await devices.approve(place, report)
    } catch (error) {
      // It serves what is for everyone all the same: another publisher's repository, or one that is not there.
      console.error(`${report.name} is not approved: ${(error as Error).message}`)
    }
  }
}

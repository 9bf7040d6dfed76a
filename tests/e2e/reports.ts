import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceModel } from '#contract'
import { sealReport } from '../../main/agent/reporter.ts'
import {
  codeOf,
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  generateKey,
  newIdentity,
  recipientOf,
  signingKeyFrom,
} from '../../main/engine/release/index.ts'

/** What one box says of itself, beside its keys. */
export type Said = Partial<Omit<DeviceReport, 'id' | 'key' | 'type' | 'format'>> & { name: string }

/**
 * Boxes that only report, each with keys of its own: a fleet for pictures and lists. They write what an agent writes,
 * signed by the agent's own code, every few seconds; those that are `silent` wrote once, long ago.
 */
export async function reportingBoxes(
  repository: string,
  site: string,
  boxes: (Said & { silent?: boolean })[],
) {
  const folder = join(repository, 'devices')
  mkdirSync(folder, { recursive: true })
  const made = await Promise.all(
    boxes.map(async ({ silent, ...said }) => {
      const key = signingKeyFrom(generateKey().pem)
      const recipient = await recipientOf(await newIdentity())
      const report: DeviceReport = {
        ...{ type: 'device', format: FORMAT, id: deviceIdOf(key), key: key.spki, recipient, site },
        ...{
          address: null,
          at: new Date().toISOString(),
          stopped: false,
          failure: null,
          models: [],
          timeline: [],
        },
        runtime: { node: '24.21.0', platform: 'linux arm64', backend: 'LiteRT 2.5', memoryBytes: 92_000_000 },
        profile: {
          ...{ name: 'Raspberry Pi 4', threads: 4, memoryBytes: 512_000_000, flashBytes: 2_000_000_000 },
          variants: null,
        },
        ...said,
      } as DeviceReport
      const write = (at: string) => {
        Object.assign(report, { at })
        if (!silent) report.clock = { says: at, trusted: true }
        writeFileSync(join(folder, `${report.id}.json`), sealReport(report, key))
      }
      write(said.at ?? report.at)
      return { report, silent: silent ?? false, code: codeOf(key.spki, recipient), write }
    }),
  )
  const timer = setInterval(() => {
    for (const box of made) if (!box.silent) box.write(new Date().toISOString())
  }, 3000)
  return { boxes: made, stop: () => clearInterval(timer) }
}

/** A model as a box tells it. */
export const told = (changes: Partial<DeviceModel>): DeviceModel => ({
  ...{ model: 'bolts', wanted: 1, reports: 1, previous: null, state: 'serving', failure: null },
  ...{ predictions: 0, errors: 0, p50: null, switchedAt: null, variant: 'float32' },
  ...changes,
})

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PublishingRoom } from '../../main/engine/publishing/index.ts'
import {
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  generateKey,
  newIdentity,
  recipientOf,
  type SigningKey,
  seal,
} from '../../main/engine/release/index.ts'
import { type Figure, figure } from './measure.ts'

const DEVICES = 1000
/** Of them so many are approved; the others wait. */
const APPROVED = 800
const SITE = 'hall-3'
const MODEL = 'Bolt inspector'

/** A thousand devices that reported: how soon the fleet is known, what one more report costs, and a preview of who gets what. */
export async function edgeFleet(folder: string): Promise<Figure[]> {
  const { house } = await import('../engine/publishing/processHouse.ts')
  const { call, desk, own, publish, kinds, close } = house({
    keys: join(folder, 'keys'),
    workspace: join(folder, 'plant'),
  })
  try {
    kinds.push('float32')
    await call.init({ site: SITE })
    await publish({ site: SITE, version: 1 })
    const boxes = await Promise.all(Array.from({ length: DEVICES }, (_, i) => box(own, i)))
    await approve(desk, boxes)
    const taken = async (verb: 'devices' | 'preview', input = {}) => {
      const began = performance.now()
      const { devices } = (await call[verb](input)) as { devices: unknown[] }
      if (devices.length !== DEVICES) throw new Error(`${devices.length} devices of ${DEVICES} are known`)
      return performance.now() - began
    }
    const first = (await taken('devices')) / 1000
    const looks: number[] = []
    for (const one of boxes.slice(0, 5)) {
      one.says()
      looks.push(await taken('devices'))
    }
    const preview = (await taken('preview', { model: MODEL, version: 2, site: SITE })) / 1000
    return [
      figure(`${DEVICES} devices that reported: all of them known`, 's', [first], 1),
      figure(`${DEVICES} devices: one more report is shown`, 'ms', looks, 200),
      figure(`${DEVICES} devices: preview of who gets what`, 's', [preview], 2),
    ]
  } finally {
    await close()
  }
}

interface Box {
  report: DeviceReport
  /** Leaves its report again. */
  says(): void
}

async function box(repository: string, number: number): Promise<Box> {
  const key: SigningKey = generateKey().key
  const recipient = await recipientOf(await newIdentity())
  const report = {
    ...{ type: 'device', format: FORMAT, id: deviceIdOf(key), key: key.spki, recipient, site: SITE },
    ...{
      name: `box-${number}`,
      address: null,
      at: '',
      stopped: false,
      failure: null,
      beat: 30,
      timeline: [],
    },
    runtime: { node: process.version, platform: 'linux', backend: 'wasm', memoryBytes: 1 << 27 },
    models: [
      {
        ...{ model: MODEL, wanted: 1, reports: 1, previous: null, state: 'serving', failure: null },
        ...{ predictions: number, errors: 0, p50: 2, switchedAt: null },
      },
    ],
  } as unknown as DeviceReport
  const folder = join(repository, 'devices')
  mkdirSync(folder, { recursive: true })
  const says = () => {
    report.at = new Date().toISOString()
    writeFileSync(join(folder, `${report.id}.json`), seal(report, key))
  }
  says()
  return { report, says }
}

/** All at once, where a person would compare one code after the other. */
async function approve(desk: PublishingRoom['desk'], boxes: readonly Box[]): Promise<void> {
  await desk.change(await desk.place({ site: SITE }), plan => {
    for (const { report } of boxes.slice(0, APPROVED))
      plan.devices.push({
        ...{ id: report.id, name: report.name, key: report.key, recipient: report.recipient ?? '' },
        ...{ groups: [], use: {}, received: 0, siteKey: null },
      })
    return []
  })
}

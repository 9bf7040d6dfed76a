import type { Device, DeviceModel } from '#contract'
import type { StatusKind } from '../../ui/types.ts'

/** One line of the devices table: a device with one of its models, or a device that has none yet. */
export interface DeviceRow {
  key: string
  device: Device
  model: DeviceModel | null
}

/** Every device with each of its models, in the engine's order. */
export const deviceRows = (devices: Device[]): DeviceRow[] =>
  devices.flatMap((device): DeviceRow[] =>
    device.models.length
      ? device.models.map(model => ({ key: `${device.id}/${model.model}`, device, model }))
      : [{ key: device.id, device, model: null }],
  )

/** "v3", or the word for no version. */
export const versionText = (version: number | null | undefined): string => (version ? `v${version}` : 'none')

/** Does the device run something else than what is wanted there? */
export const differs = (model: DeviceModel): boolean =>
  model.wanted !== null && model.wanted !== model.reports

/** Health of one line: the device's own silence first, then what the model is doing. */
export function healthOf({ device, model }: DeviceRow): { kind: StatusKind; word: string } {
  if (device.health === 'offline') return { kind: 'offline', word: 'Offline' }
  switch (model?.state) {
    case 'waiting':
      return { kind: 'waiting', word: model.wanted === null ? 'Waiting' : `Waiting for v${model.wanted}` }
    case 'fetching':
      return { kind: 'running', word: model.wanted === null ? 'Fetching' : `Fetching v${model.wanted}` }
    case 'refused':
      return { kind: 'bad', word: model.wanted === null ? 'Refused' : `Refused v${model.wanted}` }
    case 'failed':
      return { kind: 'bad', word: 'Failed' }
    case 'rolled-back':
      return { kind: 'warn', word: 'Rolled back' }
    case 'serving':
      return device.health === 'attention'
        ? { kind: 'warn', word: 'Needs a look' }
        : { kind: 'good', word: 'Healthy' }
    default:
      return device.health === 'attention'
        ? { kind: 'warn', word: 'Needs a look' }
        : { kind: 'none', word: 'No model yet' }
  }
}

/** How the device gets its releases. */
export const reachedBy = (device: Device): string =>
  /^https?:\/\//.test(device.repository) ? 'Network' : device.ours ? 'This computer' : 'Folder'

/** "8 of 12 report what is wanted" */
export function agreement(devices: Device[]): string {
  const wanting = devices.flatMap(device => device.models).filter(model => model.wanted !== null)
  if (!wanting.length) return 'nothing is wanted yet'
  return `${wanting.filter(model => !differs(model)).length} of ${wanting.length} report what is wanted`
}

/** "2 devices, 1 offline" */
export function fleetText(devices: Device[]): string {
  const offline = devices.filter(device => device.health === 'offline').length
  const all = `${devices.length} ${devices.length === 1 ? 'device' : 'devices'}`
  return offline ? `${all}, ${offline} offline` : all
}

/** The model a side panel opens with: what differs first, then the first. */
export const mainModel = (device: Device): DeviceModel | null =>
  device.models.find(differs) ?? device.models[0] ?? null

const EVENT_KIND: [RegExp, StatusKind][] = [
  [/refus|tamper|unsigned|fail|damag|error/i, 'bad'],
  [/^repository back/i, 'good'],
  [/roll|went back|lost|not taken|clock|retr/i, 'warn'],
  [/found|fetch|download|want|publish|wait/i, 'waiting'],
  [/stop/i, 'offline'],
  [/switch|serv|check|verif|sign|start|answer|healthy|ready/i, 'good'],
]

/** The mark of one line of a device's timeline, by its words: trouble outranks what went well. */
export const eventKind = (event: string): StatusKind =>
  EVENT_KIND.find(([words]) => words.test(event))?.[1] ?? 'info'

/** A device's events, newest first; of the same moment the later one stands first. */
export const newestEvents = (device: Device): Device['timeline'] =>
  device.timeline
    .map((event, at) => ({ event, at }))
    .sort((a, b) => b.event.at.localeCompare(a.event.at) || b.at - a.at)
    .map(({ event }) => event)

import type { BoxAccuracy, Device, DeviceModel } from '#contract'
import { count, plural } from '../../../ui/format.ts'
import type { StatusKind } from '../../../ui/types.ts'

/** One line of the devices table: a device with one of its models, or a device that has none yet. */
export interface DeviceRow {
  key: string
  device: Device
  model: DeviceModel | null
}

/** Every device with each of its models, in the engine's order. */
export const deviceRows = (devices: readonly Device[]): DeviceRow[] =>
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

/** Where a line stands on its way to what is wanted. */
export type Standing = 'on' | 'on-the-way' | 'failed' | 'silent'

/** Null: nothing is wanted there. A failure outranks silence: it is the last that was heard. */
export function standingOf({ device, model }: DeviceRow): Standing | null {
  if (model && ['refused', 'failed', 'rolled-back'].includes(model.state)) return 'failed'
  if (device.health === 'offline') return 'silent'
  if (!model || model.wanted === null) return null
  return differs(model) ? 'on-the-way' : 'on'
}

export const STANDINGS: Record<Standing, { kind: StatusKind; label: string; note: string }> = {
  on: { kind: 'good', label: 'On the wanted version', note: 'run what is wanted there' },
  'on-the-way': { kind: 'running', label: 'On the way', note: 'fetch, check or wait' },
  failed: { kind: 'bad', label: 'Failed', note: 'refused it or went back' },
  silent: { kind: 'offline', label: 'Not heard of', note: 'a stick may reach them' },
}

/** What is told first of a device that stands differently with each of its models. */
const FIRST: Standing[] = ['failed', 'silent', 'on-the-way', 'on']

/** Where each device stands with all of its models, by its id: a device with one that failed has failed. */
export function deviceStandings(rows: readonly DeviceRow[]): Map<string, Standing> {
  const found = new Map<string, Standing>()
  for (const row of rows) {
    const now = standingOf(row)
    const before = found.get(row.device.id)
    if (now && (!before || FIRST.indexOf(now) < FIRST.indexOf(before))) found.set(row.device.id, now)
  }
  return found
}

/** "8 of 12 report what is wanted": devices, with all of their models. */
export function agreement(devices: readonly Device[]): string {
  const wanting = devices.filter(({ models }) => models.some(model => model.wanted !== null))
  if (!wanting.length) return 'nothing is wanted yet'
  const agreeing = wanting.filter(({ models }) => !models.some(differs))
  return `${count(agreeing.length)} of ${count(wanting.length)} report what is wanted`
}

/** "12 devices, 2 offline, 1 waits for approval" */
export function fleetText(devices: readonly Device[]): string {
  const offline = devices.filter(device => device.health === 'offline').length
  const waiting = devices.filter(isWaiting).length
  return [
    plural(devices.length, 'device'),
    offline ? `${offline} offline` : '',
    waiting ? `${waiting} ${waiting === 1 ? 'waits' : 'wait'} for approval` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** It shows a code, and nobody has compared it yet. */
export const isWaiting = (device: Device): boolean => device.enrolled === false && !!device.code

/** The version that answers, as far as the device tells its figures. */
export const answering = (model: DeviceModel | null) =>
  model?.versions?.find(each => each.role === 'primary') ?? null

/** Share of answers with a low best score; null before there are any. */
export function unsureShare(model: DeviceModel | null): number | null {
  const version = answering(model)
  return version?.predictions ? version.lowConfidence / version.predictions : null
}

/** Share of labeled rows that a version had right; of the rows drawn at random where there are some, since they stand for all. */
export function rightShare(accuracy: BoxAccuracy | null): number | null {
  const counted = accuracy?.random?.labeled ? accuracy.random : accuracy
  return counted?.labeled && counted.right !== null ? counted.right / counted.labeled : null
}

/** How the device gets its releases. */
export const reachedBy = (device: Device): string =>
  /^https?:\/\//.test(device.repository) ? 'Network' : device.ours ? 'This computer' : 'Folder'

/** Digits of a code as they are typed, with the dash in the middle. */
export function codeText(typed: string): string {
  const digits = typed.replace(/\D/g, '').slice(0, 8)
  return digits.length > 4 ? `${digits.slice(0, 4)}-${digits.slice(4)}` : digits
}

import { fail } from '../../kit/index.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Desk } from '../sites/desk.ts'
import type { RecordTables } from './kept.ts'
import type { Known } from './story.ts'

/** Devices by what people call them. */
export interface KnownDevices {
  everyone(): Known[]
  /** What a device is called. */
  nameOf(device: string): string
  /**
   * The device that is meant by its id, the beginning of it, or its name.
   * @throws Failure `not-found`, `bad-input` where several could be meant
   */
  find(wanted: string): Known
}

export function openKnownDevices({
  desk,
  fleet,
  tables,
}: {
  desk: Desk
  fleet: Fleet
  tables: RecordTables
}): KnownDevices {
  /** Every device of which anything is known here: forgotten ones still have their story. */
  function everyone(): Known[] {
    const all = new Map<string, Known>()
    for (const { device, site } of tables.devices())
      all.set(device, { id: device, name: device.slice(0, 8), site })
    for (const { report } of fleet.heard())
      if (report)
        all.set(report.id, {
          id: report.id,
          name: report.name,
          site: report.site ?? all.get(report.id)?.site ?? null,
        })
    for (const { site, plan } of desk.known())
      for (const { id, name } of plan?.devices ?? []) all.set(id, { id, name, site })
    return [...all.values()]
  }

  function nameOf(device: string): string {
    for (const { plan } of desk.known())
      for (const { id, name } of plan?.devices ?? []) if (id === device) return name
    const said = fleet.heard().find(({ report }) => report?.id === device)?.report
    return said?.name ?? device.slice(0, 8)
  }

  function find(wanted: string): Known {
    const all = everyone()
    const ways = [
      (each: Known) => each.id === wanted,
      (each: Known) => each.name === wanted,
      (each: Known) => each.name.toLowerCase() === wanted.toLowerCase(),
      (each: Known) => wanted.length >= 4 && each.id.startsWith(wanted),
    ]
    for (const way of ways) {
      const found = all.filter(way)
      if (found[0] && found.length === 1) return found[0]
      if (found.length > 1)
        throw fail(
          'bad-input',
          `${found.length} devices are called "${wanted.slice(0, 80)}".`,
          `Name one by its id: ${found.map(({ id }) => id.slice(0, 8)).join(', ')}.`,
        )
    }
    throw fail(
      'not-found',
      `There is no device "${wanted.slice(0, 80)}".`,
      'See "publishing device list" for those there are.',
    )
  }

  return { everyone, nameOf, find }
}

import type { Device } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import { codeOf, type DeviceReport, type PlanDevice } from '../../release/index.ts'
import type { Desk } from '../sites/desk.ts'
import { publishedIn, regroup, versionIn } from '../sites/edit.ts'
import type { Place } from '../sites/places.ts'
import type { SiteKeys } from '../sites/siteKeys.ts'
import type { Fleet } from './fleet.ts'
import type { KeptReports } from './keptReports.ts'
import { readRequest } from './request.ts'

type Door = Pick<
  Doors['publishing'],
  'deviceList' | 'deviceShow' | 'deviceApprove' | 'deviceGroup' | 'deviceUse' | 'deviceForget'
>

/** Approving devices, and what is wanted of a single one. */
export function openDevices({
  desk,
  fleet,
  siteKeys,
  kept,
  nudge,
}: {
  desk: Desk
  fleet: Fleet
  siteKeys: SiteKeys
  kept: KeptReports
  nudge(place: Place): void
}): {
  door: Door
  find(name: string): Promise<Device>
  approve(
    place: Place,
    report: DeviceReport,
    more?: { name?: string | undefined; groups?: string[] | undefined },
  ): Promise<void>
} {
  /** By its id, the beginning of it, its code or its name. */
  async function find(name: string): Promise<Device> {
    const devices = await fleet.look()
    const ways = [
      (each: Device) => each.id === name,
      (each: Device) => each.code === dashed(name),
      (each: Device) => each.name === name,
      (each: Device) => name.length >= 4 && each.id.startsWith(name),
    ]
    for (const way of ways) {
      const found = devices.filter(way)
      if (found[0] && found.length === 1) return found[0]
      if (found.length > 1)
        throw fail(
          'bad-input',
          `${found.length} devices are called "${name.slice(0, 80)}".`,
          `Name one by its id: ${found.map(({ id }) => id.slice(0, 8)).join(', ')}.`,
        )
    }
    throw fail(
      'not-found',
      `There is no device "${name.slice(0, 80)}".`,
      'See "publishing device list" for those there are.',
    )
  }

  /** An approved device and its site. */
  async function enrolled(name: string): Promise<{ device: Device; place: Place }> {
    const device = await find(name)
    if (!device.enrolled || !device.site)
      throw fail(
        'bad-input',
        `${device.name} is not approved, so nothing can be wanted of it alone.`,
        device.code
          ? `Approve it with "publishing device approve ${device.code}".`
          : 'Update Edgewright on it.',
      )
    return { device, place: await desk.place({ site: device.site, to: device.repository }) }
  }

  async function change(
    name: string,
    edit: (device: PlanDevice, plan: Parameters<Parameters<Desk['change']>[1]>[0]) => void,
  ): Promise<Device> {
    const { device, place } = await enrolled(name)
    await desk.change(place, plan => {
      const found = plan.devices.find(each => each.id === device.id)
      if (!found) throw fail('not-found', `${device.name} was forgotten in the meantime.`, 'Approve it anew.')
      edit(found, plan)
      regroup(plan)
    })
    nudge(place)
    return await find(device.id)
  }

  async function approve(
    place: Place,
    report: DeviceReport,
    { name, groups }: { name?: string | undefined; groups?: string[] | undefined } = {},
  ): Promise<void> {
    const { recipient } = report
    if (!recipient)
      throw fail(
        'unsupported',
        `${report.name} runs an Edgewright that cannot be approved.`,
        'Update Edgewright on it.',
      )
    await desk.change(
      place,
      async plan => {
        const there = plan.devices.find(({ id }) => id === report.id)
        if (there) {
          // It was set up anew on the same key: what was sealed for it before, it cannot open any more.
          if (there.recipient !== recipient) Object.assign(there, { recipient, siteKey: null })
          if (name !== undefined) there.name = name
          if (groups !== undefined) there.groups = groups
        } else
          plan.devices.push({
            id: report.id,
            name: name ?? report.name,
            key: report.key,
            recipient,
            groups: groups ?? [],
            use: {},
            received: 0,
            siteKey: null,
          })
        await siteKeys.share(plan)
        regroup(plan)
        return []
      },
      { make: true },
    )
    kept.put([report], place.address)
    nudge(place)
  }

  return {
    find,
    approve,
    door: {
      deviceList: async ({ site, group, waiting }) => {
        const devices = await fleet.look()
        return {
          devices: devices.filter(
            each =>
              (site === undefined || each.site === site) &&
              (group === undefined || each.groups?.includes(group)) &&
              (!waiting || !each.enrolled),
          ),
        }
      },
      deviceShow: ({ id }) => find(id),
      deviceApprove: async ({ code, site, name, group, request }) => {
        const shown = DIGITS.test(code) ? dashed(code) : null
        const file = shown === null ? code : request
        const { report, place } =
          file === undefined ? await waitingFor(shown as string, site) : await requested(file, shown, site)
        await approve(place, report, { name, groups: group })
        await fleet.look()
        return await find(report.id)
      },
      deviceGroup: ({ id, group }) =>
        change(id, device => {
          device.groups = [...new Set(group)]
        }),
      deviceUse: ({ id, model, version }) =>
        change(id, (device, plan) => {
          const known = publishedIn(plan, model)
          if (version === undefined) delete device.use[model]
          else {
            versionIn(plan, known, version)
            device.use[model] = version
          }
          // Where its version was chosen at the box, it follows what is decided after that; other devices are left alone.
          device.decisions = { ...device.decisions, [model]: (device.decisions?.[model] ?? 0) + 1 }
        }),
      deviceForget: async ({ id }) => {
        const { device, place } = await enrolled(id)
        await desk.change(place, plan => {
          plan.devices = plan.devices.filter(each => each.id !== device.id)
          regroup(plan)
        })
        kept.forget(device.id)
        return { forgotten: device.name }
      },
    },
  }

  /** A device that reports into a repository known here and shows that code. */
  async function waitingFor(
    code: string,
    site: string | undefined,
  ): Promise<{ report: DeviceReport; place: Place }> {
    await fleet.look()
    const found = fleet
      .heard()
      .filter(({ report }) => report?.recipient && codeOf(report.key, report.recipient) === code)
    const [one] = found
    if (!one?.report)
      throw fail(
        'not-found',
        `No device shows the code ${code}.`,
        'Check the digits on its page. A device that is not on the network writes enrol-….req onto a stick: name that file instead of the digits.',
      )
    // Eight digits can be met by trying keys; two that show the same are not told apart by them.
    if (found.length > 1)
      throw fail(
        'tampered',
        `${found.length} devices show the code ${code}: one of them may be a forgery.`,
        'Find out which is yours, take the other off the network, and start yours with a new state folder.',
      )
    const of = site ?? one.known?.site
    return { report: one.report, place: await desk.place({ to: one.address, site: of }, { make: true }) }
  }

  /** The request that a device wrote onto a stick. Null: whoever names the file has compared its digits. */
  async function requested(
    path: string,
    code: string | null,
    site: string | undefined,
  ): Promise<{ report: DeviceReport; place: Place }> {
    const { report, code: shown } = readRequest(path)
    if (code !== null && shown !== code)
      throw fail(
        'bad-input',
        `The request is of another device than the one that shows ${code}.`,
        'Compare the digits on its page.',
      )
    return { report, place: await desk.place({ site: site ?? report.site ?? undefined }, { make: true }) }
  }
}

const DIGITS = /^(\d{4})[- ]?(\d{4})$/
/** `12345678` as people read it. */
const dashed = (code: string): string => code.replace(DIGITS, '$1-$2')

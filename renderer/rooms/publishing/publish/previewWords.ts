import type { Preview, PreviewDevice } from '#contract'
import { bytes, count, plural } from '../../../ui/format.ts'
import { versionText } from '../fleet/fleetWords.ts'

/** "This update travels as 312 kB instead of 1.00 MB, to 8 of 12 devices." */
export function travelText(preview: Preview): string {
  const getting = preview.devices.filter(each => each.how === 'patch' || each.how === 'whole')
  if (!preview.devices.length) return 'No device is known here yet; the first that comes fetches it.'
  if (!getting.length) return 'No device has to fetch anything for it.'
  const to = `to ${getting.length} of ${plural(preview.devices.length, 'device')}`
  // what is not made yet has no size; the whole is then known only after
  if (!preview.variants.some(form => form.bytes !== null))
    return `This update travels ${to}. How many bytes is known once the form is made.`
  return preview.bytes < preview.wholeBytes
    ? `This update travels as ${bytes(preview.bytes)} instead of ${bytes(preview.wholeBytes)}, ${to}.`
    : `This update travels as ${bytes(preview.bytes)}, ${to}.`
}

/** Whom a share is of. */
export function shareText(preview: Preview): string {
  const share = `${Math.round(preview.share * 100)}%`
  if (preview.unit === 'everyone') return 'Every device gets it at once.'
  return preview.unit === 'device'
    ? `It begins with ${share} of the devices; the others wait until it is promoted.`
    : `Every device answers ${share} of its items with it, until it is promoted.`
}

/**
 * What a device has, gets and computes beside: "v2 to v3", "v2, v3 beside it"; of another version that it gets already
 * "v2, as before".
 */
export function changeText({ has, gets, beside }: PreviewDevice, version: number | null): string {
  if (gets && gets !== has && version !== null && gets !== version && !beside)
    return `${versionText(gets)}, as before`
  const now =
    gets && gets !== has ? `${versionText(has)} to ${versionText(gets)}` : `${versionText(has)}, stays`
  return beside ? `${versionText(gets ?? has)}, ${versionText(beside)} beside it` : now
}

const RANK: Record<PreviewDevice['how'], number> = { refused: 0, patch: 1, whole: 1, nothing: 2 }

/** Who cannot have it first, then who fetches it, then those for whom nothing changes. */
export const byConcern = (devices: readonly PreviewDevice[]): PreviewDevice[] =>
  [...devices].sort((a, b) => RANK[a.how] - RANK[b.how])

/** What travels to a device. */
export function bytesText(device: PreviewDevice): string {
  switch (device.how) {
    case 'nothing':
      return 'nothing'
    case 'refused':
      return 'refused'
    case 'patch':
      return `${bytes(device.bytes)}, patch`
    default:
      return device.wholeBytes ? `${bytes(device.bytes)}, whole` : 'whole'
  }
}

/** So many devices are named of those that a reason keeps from it. */
const NAMED = 3

/** Why devices cannot have it, each reason once: "box-1, box-2, box-3 and 5 more: It is not approved". */
export function reasonTexts(devices: readonly PreviewDevice[]): string[] {
  const names = new Map<string, string[]>()
  for (const { name, reason } of devices)
    if (reason !== null) {
      const kept = names.get(reason) ?? []
      names.set(reason, kept)
      kept.push(name)
    }
  return [...names].map(([reason, all]) => {
    const more = all.length - NAMED
    return `${all.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}: ${reason}`
  })
}

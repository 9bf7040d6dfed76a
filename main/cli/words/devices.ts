import type { Device } from '#contract'
import { bytesInWords, counted, firstOf, named } from './figures.ts'
import { tableInWords } from './table.ts'

const running = ({ models }: Device) =>
  models
    .map(({ model, wanted, reports }) =>
      wanted === reports
        ? `${model} v${reports}`
        : `${model} ${reports === null ? 'nothing' : `v${reports}`}, wanted v${wanted}`,
    )
    .join('; ')

/** What a device has yet to send back. */
const waiting = ({ bytes }: Device) => (bytes?.waiting ? bytesInWords(bytes.waiting) : null)

/** A device that was told no limit says the largest number there is. */
const limitInWords = (bytes: number) => (bytes >= Number.MAX_SAFE_INTEGER ? 'no limit' : bytesInWords(bytes))

export const devicesInWords = ({ devices }: { devices: Device[] }): string =>
  devices.length
    ? tableInWords<Device>(
        [
          { head: 'device', of: ({ name }) => name },
          { head: 'code', of: ({ code }) => code },
          { head: 'site', of: ({ site, enrolled }) => (enrolled ? site : 'not approved') },
          { head: 'groups', of: ({ groups = [] }) => firstOf(groups, 3) || null, spare: true },
          { head: 'health', of: ({ health }) => health },
          { head: 'seen', of: ({ seen }) => seen.slice(0, 16).replace('T', ' '), spare: true },
          { head: 'waiting', of: waiting, right: true, spare: true },
          { head: 'runs', of: running, wraps: true },
        ],
        devices,
      ).join('\n')
    : 'No device reports yet. Start one with: edgewright agent start --repo DIR --state DIR'

export function deviceInWords(device: Device): string {
  const { name, id, code, site, enrolled, groups = [], health, address, seen, models, timeline } = device
  return [
    `${name} (${id.slice(0, 12)}) is ${health}${address ? ` at ${address}` : ''}`,
    ...named([
      ['code', code ?? null],
      [
        'site',
        enrolled
          ? (site ?? null)
          : `not approved${code ? `; do it with: edgewright publishing device approve ${code}` : ''}`,
      ],
      ['groups', groups.length ? groups.join(', ') : null],
      ['last heard of', seen.slice(0, 19).replace('T', ' ')],
      [
        'profile',
        device.profile
          ? `${device.profile.name}: ${counted(device.profile.threads, 'thread')}, memory ${limitInWords(device.profile.memoryBytes)}, disk ${limitInWords(device.profile.flashBytes)}${device.profile.variants ? `, ${device.profile.variants.join(', ')} only` : ''}`
          : null,
      ],
      ['free on its disk', device.bytes?.free == null ? null : bytesInWords(device.bytes.free)],
      ['to be sent back', waiting(device)],
      ['trouble', device.failure?.message ?? null],
    ]),
    ...models.map(
      ({ model, wanted, reports, state, failure }) =>
        `${model}: ${reports === null ? 'nothing' : `v${reports}`} runs, ${wanted === null ? 'nothing' : `v${wanted}`} is wanted, ${state}${failure ? `: ${failure.message}` : ''}`,
    ),
    ...timeline
      .slice(0, 10)
      .map(({ at, event, detail }) => `  ${at.slice(0, 19).replace('T', ' ')}  ${event}  ${detail}`),
  ].join('\n')
}

export const forgottenInWords = ({ forgotten }: { forgotten: string }): string =>
  `${forgotten} is forgotten; it goes on with what it has.`

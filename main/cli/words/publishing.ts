import type {
  Packed,
  Preview,
  PreviewDevice,
  Received,
  Release,
  ReleasePatch,
  RoleStanding,
  RolloutStanding,
  Site,
  SiteModel,
} from '#contract'
import { bytesInWords, counted, day, named } from './figures.ts'
import { tableInWords } from './table.ts'

const percent = (share: number) => `${Math.round(share * 100)}%`

/** Who gets a version, in a few words. */
function rolloutInWords(rollout: NonNullable<SiteModel['rollout']>): string {
  const { version, unit, share, groups, members, shadow, state } = rollout
  const whom = groups.length ? ` of ${groups.map(group => `"${group}"`).join(', ')}` : ''
  const part = shadow
    ? `beside the old one on ${percent(share)} of what is asked`
    : unit === 'device'
      ? `${counted(members.length, 'device')}${whom}`
      : `${percent(share)} of what is asked${whom}`
  return `v${version} ${shadow ? '' : 'for '}${part}${shadow ? whom : ''}${state === 'paused' ? ', on hold' : ''}`
}

const shortest = (patches: readonly ReleasePatch[]) => [...patches].sort((a, b) => a.bytes - b.bytes)[0]

export function releaseInWords(release: Release): string {
  const { model, version, site, to, sequence, variants = [], rollout } = release
  return [
    `${model} v${version} is published for the site ${site ?? 'everyone'}: decision ${sequence}, signed.`,
    ...named([
      ['in', to],
      ['who', rollout ? rolloutInWords(rollout) : 'every device of the site'],
    ]),
    ...tableInWords<NonNullable<Release['variants']>[number]>(
      [
        { head: 'variant', of: ({ variant }) => variant },
        { head: 'bytes', of: ({ bytes }) => bytesInWords(bytes), right: true },
        {
          head: 'as a patch',
          of: ({ patches }) => {
            const patch = shortest(patches)
            return patch ? `${bytesInWords(patch.bytes)} from v${patch.base}` : null
          },
        },
        { head: '', of: ({ encrypted }) => (encrypted ? 'encrypted' : null) },
      ],
      variants,
    ),
  ].join('\n')
}

export const releasesInWords = ({ releases }: { releases: Release[] }): string =>
  releases.length
    ? tableInWords<Release>(
        [
          { head: 'model', of: ({ model, version }) => `${model} v${version}` },
          { head: 'variant', of: ({ variant }) => variant },
          { head: 'site', of: ({ site }) => site },
          { head: 'decision', of: ({ sequence }) => sequence, right: true },
          { head: 'bytes', of: ({ bytes }) => bytesInWords(bytes), right: true },
          { head: 'published', of: ({ at }) => day(at) },
          { head: 'to', of: ({ to }) => to, wraps: true },
        ],
        releases,
      ).join('\n')
    : 'Nothing was published from here yet.'

export function previewInWords(preview: Preview): string {
  const { site, to, model, version, devices, bytes, wholeBytes, blocked, unit, share } = preview
  const saved = wholeBytes > 0 ? 1 - bytes / wholeBytes : 0
  // A form that is not made yet has no size.
  const isMade = !devices.some(each => each.how === 'whole' && each.bytes === 0)
  return [
    `${model} v${version} for the site ${site} in ${to}${unit === 'everyone' ? '' : `, ${percent(share)} of ${unit === 'device' ? 'the devices' : 'what is asked'}`}`,
    ...(blocked ? [`It would not be published: ${blocked}`] : []),
    ...tableInWords<PreviewDevice>(
      [
        { head: 'device', of: ({ name }) => name },
        { head: 'runs', of: ({ has }) => (has === null ? null : `v${has}`) },
        {
          head: 'gets',
          of: ({ gets, beside }) =>
            gets === null ? null : `v${gets}${beside === null ? '' : ` and v${beside} beside`}`,
        },
        { head: 'variant', of: ({ variant }) => variant },
        { head: 'how', of: ({ how }) => (how === 'nothing' ? 'has it' : how) },
        { head: 'bytes', of: each => (each.bytes ? bytesInWords(each.bytes) : null), right: true },
        { head: '', of: ({ reason }) => reason, wraps: true },
      ],
      devices,
    ),
    devices.length
      ? isMade
        ? `${bytesInWords(bytes)} in all${saved > 0.005 ? `, ${percent(saved)} less than without patches` : ''}`
        : 'How many bytes is known once its file is made, at the latest when it is published.'
      : 'No device reports there yet; whoever comes gets it.',
  ].join('\n')
}

export function siteModelInWords({ site, model, stable, before, rollout, floor }: SiteModel): string {
  return [
    `${model} at the site ${site}: ${stable === null ? 'no version for everyone yet' : `v${stable} for everyone`}`,
    ...named([
      ['on its way', rollout && rolloutInWords(rollout)],
      ['before', before === null ? null : `v${before}`],
      ['refused', floor > 0 ? `what is older than release ${floor}` : null],
    ]),
  ].join('\n')
}

export function rolloutStandingInWords({
  site,
  model,
  stable,
  rollout,
  devices,
  advice,
}: RolloutStanding): string {
  if (!rollout)
    return `No new version of ${model} is on its way at the site ${site}${stable === null ? '' : `; everyone has v${stable}`}.`
  const { wanted, running, failed, silent } = devices
  return [
    `${model} at the site ${site}: ${rolloutInWords(rollout)}`,
    ...(rollout.state === 'paused' && rollout.halted ? [`Held by itself: ${rollout.halted.reason}`] : []),
    `${running} of ${counted(wanted, 'device')} run it${failed ? `, ${failed} failed` : ''}${silent ? `, ${silent} silent` : ''}`,
    ...(advice
      ? [
          `${{ promote: 'Promote', hold: 'Hold', 'roll-back': 'Roll back' }[advice.outcome]}: ${advice.reason}`,
          ...advice.guardrails.map(({ held, words }) => `  ${held ? 'ok    ' : 'broken'}  ${words}`),
        ]
      : []),
  ].join('\n')
}

const ends = (roles: readonly RoleStanding[], name: string) =>
  roles.find(({ role }) => role === name)?.expires

export function siteInWords(site: Site): string {
  const { capture, bandwidth } = site
  const online = site.roles.filter(({ lane }) => lane === 'online')
  const root = ends(online, 'root')
  const timestamp = ends(online, 'timestamp')
  return [
    `${site.name} in ${site.repository}: ${counted(site.devices, 'device')}${site.encrypted ? ', models encrypted' : ''}`,
    ...(site.trouble ? [site.trouble] : []),
    ...named([
      ['groups', site.groups.length ? site.groups.join(', ') : null],
      ['devices look', `every ${counted(site.pollSeconds, 'second')}`],
      [
        'fetch',
        [
          bandwidth.windows.map(({ from, to }) => `${from}-${to}`).join(', ') || 'at any time',
          bandwidth.bytesPerSecond === null ? null : `${bytesInWords(bandwidth.bytesPerSecond)} a second`,
        ]
          .filter(Boolean)
          .join(', '),
      ],
      [
        'send back',
        [
          capture.lowConfidence === null ? null : `scores below ${capture.lowConfidence}`,
          capture.disagreement ? 'disagreements' : null,
          capture.random ? `${(capture.random * 100).toFixed(2)}% at random` : null,
        ]
          .filter(Boolean)
          .join(', ') || 'nothing',
      ],
      ['signed', timestamp ? `until ${day(timestamp)}, again whenever Edgewright runs` : null],
      ['root ends', root ? day(root) : null],
    ]),
    ...site.models.map(siteModelInWords),
  ].join('\n')
}

export const restoredInWords = ({
  site,
  missing,
}: {
  site: Site
  missing: { model: string; version: number }[]
}): string =>
  [
    siteInWords(site),
    '',
    'What was signed last is signed again; devices take it at their next look.',
    ...(missing.length
      ? [
          `The files of ${missing.map(({ model, version }) => `${model} v${version}`).join(', ')} are not in the repository: devices that have them go on, the others get them once you publish them again or copy "blobs" back.`,
        ]
      : []),
  ].join('\n')

export const sitesInWords = ({ sites }: { sites: Site[] }): string =>
  sites.length
    ? sites.map(siteInWords).join('\n\n')
    : 'There is no site yet. Make one with: edgewright publishing init --site NAME'

export const receivedInWords = ({
  batches,
  newRecords,
  newSamples,
  receipts,
  requests = [],
}: Received): string =>
  [
    batches.length
      ? `${counted(newRecords, 'new record')} and ${counted(newSamples, 'new sample')} from ${counted(batches.length, 'file')}.`
      : 'No device sent anything back with it.',
    ...tableInWords<Received['batches'][number]>(
      [
        { head: 'file', of: ({ file }) => file },
        { head: 'device', of: ({ name }) => name },
        { head: 'site', of: ({ site }) => site },
        { head: 'records', of: ({ newRecords, records }) => `${newRecords} of ${records} new`, right: true },
        { head: 'samples', of: each => (each.samples ? `${each.newSamples} new` : null), right: true },
        { head: '', of: ({ refused }) => refused?.message ?? null, wraps: true },
      ],
      batches,
    ),
    ...receipts.map(
      ({ name, received, signed }) =>
        `${name} may forget what it recorded up to ${received}${signed ? '' : ', once its site can be signed'}.`,
    ),
    ...requests
      .filter(({ approved }) => !approved)
      .map(
        ({ name, code, file }) =>
          `${name} asks to be approved. If it shows ${code}: edgewright publishing device approve ${file}`,
      ),
  ].join('\n')

export const packedInWords = ({ site, files, bytes, models, devices, expires }: Packed): string =>
  [
    `${files.join(', ')}: ${bytesInWords(bytes)} for the site ${site}`,
    ...named([
      [
        'brings',
        models
          .map(({ model, version, wanted }) => `${model} v${version}${wanted ? '' : ' beside'}`)
          .join(', ') || 'no version',
      ],
      ['for', devices ? counted(devices, 'device') : 'whoever trusts this publisher'],
      ['until', `${day(expires)}; after that nothing is installed from it, and what runs goes on`],
    ]),
  ].join('\n')

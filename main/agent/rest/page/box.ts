import { codeOf, type DeviceReport } from '../../../engine/release/index.ts'
import type { DeviceDoor } from '../../door.ts'
import { type Stick, sticksIn } from './sticks.ts'
import { clock, icon, size, text } from './words.ts'

/** Events of the timeline that end with the line of `RESULT.txt`. */
const STICK_EVENTS = ['Stick taken in', 'Stick refused']

/** The code to be compared, while the publisher has not approved this device. */
export function codeSection({ enrolled, key, recipient }: DeviceReport): string {
  if (enrolled || !recipient) return ''
  return `<section><h2>Not approved yet</h2><p class="code">${codeOf(key, recipient)}</p><p class="f m">Tell this code to who publishes: publishing device approve. Until then it runs what everyone gets.</p></section>`
}

export function troubleSection({ failure }: DeviceReport): string {
  if (!failure) return ''
  return `<section><span class="st warn">${icon('warn')}No new releases for now</span><p class="f">${text(failure.message)}</p><p class="f m">${text(failure.remedy)}</p></section>`
}

/** Sticks that are plugged in, what they did, and what can be written onto them. */
export function stickSection(report: DeviceReport, device: DeviceDoor): string {
  const waiting = report.waiting?.records ?? 0
  const results = report.timeline.filter(({ event }) => STICK_EVENTS.includes(event)).slice(-5)
  const [last] = results.slice(-1)
  const sticks = device.media === null ? [] : sticksIn(device.media)
  const told =
    device.media === null
      ? '<p class="f m">This device looks for no sticks: it was started without --media.</p>'
      : sticks.length === 0
        ? '<p class="f m">No stick is plugged in. Plug one in: what it brings is taken in by itself.</p>'
        : sticks.map(stick => stickPart(stick, waiting, report.enrolled ?? false)).join('')
  const list = results.length
    ? `<ol>${results
        .toReversed()
        .map(
          ({ at, event, detail }) =>
            `<li class="f"><time class="m" datetime="${text(at)}">${clock(at)}</time><span>${event === 'Stick refused' ? '<b class="bad">Refused</b> ' : ''}${text(detail)}</span></li>`,
        )
        .join('')}</ol>`
    : ''
  const mark = last
    ? `<span class="st f ${last.event === 'Stick refused' ? 'bad' : 'good'}">${icon(last.event === 'Stick refused' ? 'bad' : 'good')}${last.event}</span>`
    : ''
  return `<section><div class="row"><h2>Stick</h2>${mark}</div>${told}${list}</section>`
}

function stickPart({ name, packs }: Stick, waiting: number, enrolled: boolean): string {
  const at = text(name)
  const shown = name === '.' ? 'The stick' : at
  const what = enrolled ? `Write what waits onto the stick` : `Write the request for approval onto the stick`
  return `<p class="f">${shown}: ${packs.length ? packs.map(text).join(', ') : 'brings nothing for devices'}</p>
${packs.map(pack => `<button type="button" class="wide" data-do="ingest" data-key="${at} ${text(pack)}" data-stick="${at}" data-file="${text(pack)}">Take in ${text(pack)} again</button>`).join('')}
<button type="button" class="wide" data-do="export" data-key="${at} export" data-stick="${at}">${what}</button>${waiting ? `<p class="f m">${waiting.toLocaleString('en')} records wait for the publisher.</p>` : ''}`
}

/** What the box is, how it is, and what it allows. */
export function deviceSection({
  site,
  plan,
  profile,
  traffic,
  runtime,
  clock: time,
  id,
}: DeviceReport): string {
  const fact = (name: string, value: string | null | undefined) =>
    value ? `<div><dt class="m f">${name}</dt><dd>${text(value)}</dd></div>` : ''
  return `<section><h2>This box</h2><dl class="facts">${fact('Site', site)}${fact('Plan of', plan && clock(plan))}${fact(
    'Profile',
    profile && `${profile.name}, ${profile.threads} ${profile.threads === 1 ? 'thread' : 'threads'}`,
  )}${fact('Models may take', profile && `${size(profile.memoryBytes)} of memory, ${size(profile.flashBytes)} of disk`)}${fact('Variants', profile?.variants?.join(', '))}${fact(
    'Memory now',
    size(runtime.memoryBytes),
  )}${fact('Disk free', traffic?.free == null ? null : size(traffic.free))}${fact('Computes with', runtime.backend)}${fact(
    'Clock',
    time && (time.trusted ? 'trusted' : 'behind what was signed; set it'),
  )}${fact('Node.js', runtime.node)}${fact('Id', id)}</dl></section>`
}

export function eventSection({ timeline }: DeviceReport): string {
  const rows = timeline
    .slice(-8)
    .toReversed()
    .map(
      ({ at, event, detail }) =>
        `<li class="f"><time class="m" datetime="${text(at)}">${clock(at)}</time><span>${text(event)}${detail ? ` <span class="m">${text(detail)}</span>` : ''}</span></li>`,
    )
  return `<section><h2>What happened</h2><ol>${rows.join('')}</ol></section>`
}

import type { DeviceModel } from '#contract'
import type { DeviceReport, Held } from '../../../engine/release/index.ts'
import type { DeviceDoor, VersionHere } from '../../door.ts'
import { namesOf } from './names.ts'
import { clock, type Icon, icon, text } from './words.ts'

const STATES: Record<DeviceModel['state'], [Icon, string]> = {
  serving: ['good', 'Running and healthy'],
  fetching: ['good', 'A new version is on its way'],
  waiting: ['warn', 'Waiting for a version'],
  'rolled-back': ['warn', 'Rolled back'],
  refused: ['bad', 'A new version was refused'],
  failed: ['bad', 'A new version did not start'],
}

/** What runs for each model, since when, and which versions can be switched to. */
export function modelSections(report: DeviceReport, device: DeviceDoor): string {
  const sections = report.models.map(model =>
    modelSection(
      model,
      device.versions(model.model) ?? [],
      report.holds?.find(each => each.model === model.model),
    ),
  )
  return (
    sections.join('\n') ||
    '<section><h2>No model yet</h2><p class="m">This device waits for its first release.</p></section>'
  )
}

function modelSection(model: DeviceModel, versions: VersionHere[], held: Held | undefined): string {
  const [kind, says] = STATES[model.state]
  const name = text(model.model)
  const figures =
    model.reports === null
      ? `<p class="m">No version of ${name} is on this device yet.</p>`
      : `<dl><div><dt class="m f">answers</dt><dd>${model.predictions.toLocaleString('en')}</dd></div>
<div><dt class="m f">errors</dt><dd>${model.errors.toLocaleString('en')}</dd></div>
<div><dt class="m f">each</dt><dd>${model.p50 === null ? '–' : `${model.p50} ms`}</dd></div></dl>`
  const failure = model.failure
    ? `<p class="f ${kind}">${text(model.failure.message)}</p><p class="f m">${text(model.failure.remedy)}${model.reports === null ? '' : ` v${model.reports} goes on.`}</p>`
    : ''
  return `<section><div class="row"><span class="st ${kind}">${icon(kind)}${says}</span>${model.switchedAt ? `<time class="m f" datetime="${text(model.switchedAt)}">since ${clock(model.switchedAt)}</time>` : ''}</div>
<h2 class="name">${name}${model.reports === null ? '' : ` v${model.reports}`}</h2>${figures}${failure}
${choices(model, versions, held)}</section>`
}

const PARTS: Record<VersionHere['part'], string> = {
  answers: 'answers',
  candidate: 'answers some',
  shadow: 'computes beside it',
  'on trial': 'answers, on trial',
  kept: 'kept here',
  'on its way': 'on its way',
  quarantined: 'in quarantine',
}

function choices(model: DeviceModel, versions: VersionHere[], held: Held | undefined): string {
  const names = namesOf(versions)
  const ready = versions.filter(({ state }) => state === 'AVAILABLE')
  const others = versions.filter(({ state }) => state !== 'AVAILABLE')
  const at = text(model.model)
  const button = ({ version, part }: VersionHere) => {
    const answers = version === model.reports
    const share =
      held?.candidate?.version === version && !held.candidate.shadow
        ? `answers ${Math.round(held.candidate.share * 100)} %`
        : PARTS[part]
    return `<button type="button" class="choice" aria-pressed="${answers}" data-do="switch" data-key="${at} ${version}" data-model="${at}" data-version="${version}"><b>${names.get(version) ?? `v${version}`}</b>${icon(answers ? 'good' : 'none')}<span class="f m">${names.has(version) ? `v${version}, ` : ''}${share}</span></button>`
  }
  const pick =
    ready.length > 1
      ? `<p class="row"><b>Which model answers</b>${held?.byHand ? '<span class="m f">chosen at this box</span>' : ''}</p><div class="pick">${ready.map(button).join('')}</div>`
      : ''
  const back =
    model.previous === null
      ? ''
      : `<button type="button" class="wide" data-do="rollback" data-key="${at} back" data-model="${at}">Go back to v${model.previous}</button>`
  const rest = others
    .map(
      ({ version, part, message }) =>
        `<p class="f m">v${version} is ${PARTS[part]}${message ? `: ${text(message)}` : '.'}</p>`,
    )
    .join('')
  return pick + back + rest
}

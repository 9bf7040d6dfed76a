import type { DeviceModel } from '#contract'
import type { DeviceReport } from '../../engine/release/index.ts'

/** Colors of the product, both themes; the page stands alone on the device. */
const STYLE = `
:root{color-scheme:light dark;--canvas:#f2f4f3;--surface:#fff;--line:#d9dfdc;--ink:#15201d;--muted:#5b6965;--accent:#0b6670;--good:#1b6e3c;--warn:#7a5600;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--canvas:#101514;--surface:#171e1c;--line:#2a3431;--ink:#e6ecea;--muted:#94a29d;--accent:#5cc2cc;--good:#6fcf92;--warn:#e9c25a;--bad:#ff8f85}}
*{box-sizing:border-box;margin:0}
body{font:400 16px/24px "IBM Plex Sans",system-ui,"Segoe UI","Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;color:var(--ink);background:var(--canvas);min-height:100vh;display:flex;flex-direction:column}
header,footer{background:var(--surface);border:0 solid var(--line)}
header{display:flex;align-items:center;gap:10px;min-height:56px;padding:8px 16px;border-bottom-width:1px}
header h1{font-size:18px;font-weight:600;overflow-wrap:anywhere}
header span{margin-left:auto;flex:none}
main{flex:1;width:100%;max-width:640px;margin:0 auto;padding:12px 16px;display:grid;gap:10px;align-content:start}
section{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
section h2{font-size:24px;line-height:32px;font-weight:600;margin-top:4px;overflow-wrap:anywhere}
h3{font-size:16px;font-weight:600}
.m{color:var(--muted)}.f{font-size:14px;line-height:20px}
.row{display:flex;align-items:center;justify-content:space-between;gap:8px}
.st{display:inline-flex;align-items:center;gap:6px;font-weight:600}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:repeat(3,1fr);gap:8px;margin-top:10px;border-top:1px solid var(--line);padding-top:8px}
dl div{display:flex;flex-direction:column-reverse}
dd{margin:0;font-weight:600;font-size:20px;line-height:24px}
ol{list-style:none;padding:0}
li{display:grid;grid-template-columns:auto 1fr;gap:0 12px;padding:6px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
li:first-child{border-top:0}
time{white-space:nowrap}
p{margin-top:8px}
footer{padding:10px 16px 14px;border-top-width:1px}
svg{flex:none;display:block}`

const ICONS = {
  good: '<circle cx="12" cy="12" r="10"/><path d="m16 9-5.5 5.5L8 12"/>',
  warn: '<path d="M12 3 2 21h20Z"/><path d="M12 10v5"/><path d="M12 18v.01"/>',
  bad: '<circle cx="12" cy="12" r="10"/><path d="m15 9-6 6"/><path d="m9 9 6 6"/>',
} as const

const icon = (kind: keyof typeof ICONS) =>
  `<svg width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${ICONS[kind]}</svg>`

const MARK =
  '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><path d="M3 3h9.5L17 7.5V12M3 3v14h8" fill="none" stroke="var(--ink)" stroke-width="2"/><rect x="13.5" y="14" width="4.5" height="4.5" rx="1" fill="var(--accent)"/><path d="M7 10h4l3.5 4" fill="none" stroke="var(--accent)" stroke-width="2"/></svg>'

const text = (value: string): string =>
  value.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

const clock = (at: string): string => {
  const date = new Date(at)
  return date.toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
}

const STATES: Record<DeviceModel['state'], [keyof typeof ICONS, string]> = {
  serving: ['good', 'Running and healthy'],
  fetching: ['good', 'A new version is on its way'],
  waiting: ['warn', 'Waiting for a version'],
  'rolled-back': ['warn', 'Rolled back'],
  refused: ['bad', 'A new version was refused'],
  failed: ['bad', 'A new version did not start'],
}

function modelSection(model: DeviceModel): string {
  const [kind, says] = STATES[model.state]
  const runs =
    model.reports === null
      ? `<p class="m">No version of ${text(model.model)} is on this device yet.</p>`
      : `<dl><div><dt class="m f">answers</dt><dd>${model.predictions.toLocaleString('en')}</dd></div>
<div><dt class="m f">errors</dt><dd>${model.errors.toLocaleString('en')}</dd></div>
<div><dt class="m f">each</dt><dd>${model.p50 === null ? '–' : `${model.p50} ms`}</dd></div></dl>`
  const failure = model.failure
    ? `<p class="f ${kind}">${text(model.failure.message)}</p><p class="f m">${text(model.failure.remedy)}${model.reports === null ? '' : ` v${model.reports} goes on.`}</p>`
    : ''
  return `<section><div class="row"><span class="st ${kind}">${icon(kind)}${says}</span>${model.switchedAt ? `<time class="m f">since ${clock(model.switchedAt)}</time>` : ''}</div>
<h2>${text(model.model)}${model.reports === null ? '' : ` v${model.reports}`}</h2>${runs}${failure}
${model.previous === null ? '' : `<p class="f m">v${model.previous} is kept on this device and can be gone back to.</p>`}</section>`
}

/** A page for the person in front of the device: plain HTML that a telephone shows, no script, renewed every 5 s. */
export function technicianPage(report: DeviceReport): string {
  const events = report.timeline.slice(-8).toReversed()
  const trouble = report.failure
    ? `<section><span class="st warn">${icon('warn')}No new releases for now</span><p class="f">${text(report.failure.message)}</p><p class="f m">${text(report.failure.remedy)}</p></section>`
    : ''
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><title>${text(report.name)} · Edgewright</title><style>${STYLE}</style></head><body>
<header>${MARK}<h1>${text(report.name)}</h1><span class="m f">${text(report.runtime.platform)}</span></header>
<main>${report.models.map(modelSection).join('\n') || '<section><h3>No model yet</h3><p class="m">This device waits for the first release in its repository.</p></section>'}
${trouble}<section><h3>What happened</h3><ol>${events.map(({ at, event, detail }) => `<li class="f"><time class="m">${clock(at)}</time><span>${text(event)}${detail ? ` <span class="m">${text(detail)}</span>` : ''}</span></li>`).join('')}</ol></section>
</main><footer class="m f">No internet needed. A version that fails its check is not taken; the one that runs goes on.</footer></body></html>`
}

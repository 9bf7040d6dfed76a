import { createHash } from 'node:crypto'
import type { DeviceDoor } from '../../door.ts'
import type { Answering } from '../../serving/index.ts'
import { codeSection, deviceSection, eventSection, stickSection, troubleSection } from './box.ts'
import { client } from './client.ts'
import { modelSections } from './models.ts'
import { STYLE } from './style.ts'
import { tryForm } from './trying.ts'
import { MARK, text } from './words.ts'

const SCRIPT = `(${client.toString()})()`

const sum = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`

/** Nothing but this very style and script, and this device to talk to. */
export const POLICY = [
  "default-src 'none'",
  `style-src ${sum(STYLE)}`,
  `script-src ${sum(SCRIPT)}`,
  "connect-src 'self'",
  'img-src blob: data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The parts of the page that change by themselves, by the id of the element that they are in. */
export function liveParts(device: DeviceDoor, answering: Answering): Record<string, string> {
  const report = device.report()
  const tries = answering.models().map((name, nth) => tryForm(answering.model(name), nth))
  return {
    code: codeSection(report),
    models: modelSections(report, device) + troubleSection(report),
    tries: tries.join('\n'),
    stick: stickSection(report, device),
    box: deviceSection(report),
    events: eventSection(report),
  }
}

/** The page for the person in front of the device: whole as it comes, and renewed by its own script. */
export function technicianPage(device: DeviceDoor, answering: Answering): string {
  const { name, runtime } = device.report()
  const parts = liveParts(device, answering)
  const live = (id: string) => `<div class="live" id="${id}">${parts[id]}</div>`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,"><title>${text(name)} · Edgewright</title><style>${STYLE}</style></head><body>
<header>${MARK}<h1>${text(name)}</h1><span class="m f">${text(runtime.platform)}</span></header>
<main><div>${['code', 'models', 'tries'].map(live).join('\n')}</div><div>${['stick', 'box', 'events'].map(live).join('\n')}</div></main>
<div id="said" role="status" hidden></div>
<footer class="m f">No internet needed. A version that fails its check is not taken; the one that runs goes on.</footer>
<dialog aria-labelledby="pin-title"><form><h2 id="pin-title">PIN of this device</h2><p class="f m" id="pin-help">Eight digits. On the box, "agent status" shows them.</p><p><label for="pin"><span>PIN</span><input id="pin" inputmode="numeric" autocomplete="off" maxlength="12" aria-describedby="pin-help" required></label></p><p class="f bad" role="alert"></p><div class="two"><button type="button" data-do="close">Cancel</button><button class="main">Go on</button></div></form></dialog>
<script>${SCRIPT}</script></body></html>`
}

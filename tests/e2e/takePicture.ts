/**
 * Takes the README's picture: the real window under Electron, with what the journey makes of the samples. Run it after
 * the look has changed: `node tests/e2e/takePicture.ts`.
 */
import { join } from 'node:path'
import { buildWindow } from '../../main/build.ts'
import { temporaryFolder } from '../contract/house.ts'
import { findElectron, launchElectron, openDisplay, quietFlags, root } from './runtime.ts'
import { terminal } from './terminal.ts'

const found = findElectron()
if (!found.path) throw new Error(`The picture cannot be taken: ${found.why}.`)

const folder = temporaryFolder()
const home = join(folder.path, 'home')
const workspace = join(folder.path, 'Airfield')
const { json } = terminal(home, folder.path)
const { samples } = await json<{
  samples: { name: string; file: string; label: string; leaveOut: string[] }[]
}>(...['dataset', 'samples', '--workspace', workspace])
const strikes = samples.find(sample => sample.name === 'strikes')
if (!strikes) throw new Error('The sample of bird strikes is not there.')
await json('dataset', 'import', strikes.file, '--name', 'strikes')
await json('statistics', 'compute', '--data', 'strikes')
await json('validation', 'infer', '--data', 'strikes')
await json('validation', 'check', '--data', 'strikes')
await json(
  ...['training', 'start', '--dataset', 'strikes', '--label', strikes.label, '--name', 'phase of flight'],
  ...['--without', strikes.leaveOut.join(',')],
)
await json('evaluation', 'run', '--run', 'run-1')
await json('optimization', 'convert', '--model', 'run-1', '--to', 'graphdef', '--quantize', 'dynamic')
await json('publishing', 'publish', '--model', 'phase of flight')
await buildWindow()

const display = await openDisplay()
const app = await launchElectron(found.path, [root, ...quietFlags(), '--workspace', workspace], {
  ...(process.env as Record<string, string>),
  ...(display.display ? { DISPLAY: display.display } : {}),
  EDGEWRIGHT_HOME: home,
  EDGEWRIGHT_ENGINE_NODE: process.execPath,
})
const page = await app.firstWindow()
await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(1440, 900))
await page
  .getByRole('navigation')
  .getByRole('link', { name: /^Statistics/ })
  .click()
await page.getByRole('heading', { name: '14 features' }).waitFor()
await page.getByText('Phase of flight').first().click()
await page.waitForTimeout(1000)
await page.screenshot({ path: join(root, 'resources', 'pictures', 'window.png') })
await app.close()
display.close()
folder.remove()

import { join } from 'node:path'
import { type Browser, type ConsoleMessage, chromium, type Locator, type Page } from 'playwright-core'
import { beforeEach } from 'vitest'
import { buildWindow, windowIsFresh } from '../../main/build.ts'
import { serveWorkbench } from '../../main/shell/serve.ts'
import { temporaryFolder } from '../contract/house.ts'
import { barriers } from './barriers.ts'
import { pictures } from './runtime.ts'

/** Each step may wait for real work: an import, statistics, a check. */
export const WITHIN = 60_000

/**
 * The steps of this block lead on from each other in one window. Once one has failed, those after it fail at once and name
 * it, where each would wait in vain for a page that nothing leads to.
 */
export function inOneWalk(): void {
  let stopped: string | undefined
  beforeEach(({ task, onTestFailed }) => {
    if (stopped !== undefined) throw new Error(`not tried, since this failed before: ${stopped}`)
    onTestFailed(() => {
      stopped = task.name
    })
  })
}

/** What a person would complain about of what a page writes to the console. That no GPU is there is the browser's own word. */
export const complaintOf = (message: ConsoleMessage): string[] =>
  ['error', 'warning'].includes(message.type()) && message.text() !== 'No available adapters.'
    ? [message.text()]
    : []

/** The window on a workspace of its own, as a person has it, and what a person would complain about. */
export interface Window {
  /** Where the test's files are; removed at the end. */
  folder: string
  page: Page
  main: Locator
  /** Errors and warnings of the page. */
  complaints: string[]
  /** What axe found on the pages that a picture was taken of. */
  inTheWay: string[]
  /** Opens a room by its link in the flow. */
  go(room: string): Promise<void>
  /** Takes pictures of what is shown, small and large, light and dark. */
  picture(name: string): Promise<void>
  /** Where pictures are kept. */
  pictures: string
  /** Imports a path by the window, as a version of a dataset. */
  importPath(path: string, options?: { name?: string; act?: string | RegExp }): Promise<void>
  /** Waits until no job runs. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Serves a new workspace and opens the window on it. */
export async function openWindow(executablePath: string, workspace: string): Promise<Window> {
  const folder = temporaryFolder()
  process.env.EDGEWRIGHT_HOME = join(folder.path, 'home')
  if (!windowIsFresh()) await buildWindow()
  const served = await serveWorkbench({ workspace: join(folder.path, workspace), port: 0 })
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(WITHIN)
  const complaints: string[] = []
  const inTheWay: string[] = []
  page.on('console', message => complaints.push(...complaintOf(message)))
  page.on('pageerror', error => complaints.push(String(error)))
  await page.goto(served.address())
  const main = page.getByRole('main')

  async function go(room: string): Promise<void> {
    await page
      .getByRole('navigation')
      .getByRole('link', { name: new RegExp(`^${room}`) })
      .click()
    await page.getByRole('heading', { level: 1, name: room }).waitFor()
  }
  async function picture(name: string): Promise<void> {
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height })
        await page.emulateMedia({ colorScheme })
        await page.waitForTimeout(250)
        await page.screenshot({ path: join(pictures(), `${name}-${width}-${colorScheme}.png`) })
        if (width === 1280)
          inTheWay.push(...(await barriers(page)).map(one => `${name}, ${colorScheme}: ${one}`))
      }
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.emulateMedia({ colorScheme: 'light' })
  }
  const settled = () => page.getByText('nothing is running').waitFor()
  async function importPath(
    path: string,
    { name, act = 'Import' }: { name?: string; act?: string | RegExp } = {},
  ) {
    await go('Data')
    const first = main.getByRole('button', { name: 'Other source' })
    const later = main.getByRole('button', { name: 'Other ways to import' })
    await first.or(later).waitFor()
    if (await first.isVisible()) await first.click()
    else {
      await later.click()
      await page.getByRole('menuitem', { name: 'Type a path, a pattern or a database' }).click()
    }
    const dialog = page.getByRole('dialog', { name: 'Import data' })
    await dialog.getByRole('textbox', { name: 'From' }).fill(path)
    await dialog.getByRole('button', { name: 'Look into it' }).click()
    if (name) await dialog.getByRole('textbox', { name: 'Name' }).fill(name)
    await dialog.getByRole('button', { name: act, exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await settled()
  }

  return {
    folder: folder.path,
    page,
    main,
    complaints,
    inTheWay,
    go,
    picture,
    pictures: pictures(),
    importPath,
    settled,
    async close() {
      await browser.close()
      await served.close()
      delete process.env.EDGEWRIGHT_HOME
      folder.remove()
    },
  }
}

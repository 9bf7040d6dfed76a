import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildWindow, windowIsFresh } from '../../main/build.ts'
import { type Served, serveWorkbench } from '../../main/shell/serve.ts'
import { temporaryFolder } from '../contract/house.ts'
import { barriers } from './barriers.ts'
import { describeWith, findChromium, pictures } from './runtime.ts'
import { complaintOf, inOneWalk } from './window.ts'

/** Each step may wait for real work: an import, a training run, a device that fetches and checks a release. */
const WITHIN = 60_000

describeWith(findChromium(), 'the whole journey in a browser', executablePath => {
  inOneWalk()
  const folder = temporaryFolder()
  const complaints: string[] = []
  const inTheWay: string[] = []
  let served: Served
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    process.env.EDGEWRIGHT_HOME = join(folder.path, 'home')
    if (!windowIsFresh()) await buildWindow()
    served = await serveWorkbench({ workspace: join(folder.path, 'Plant lab'), port: 0 })
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
    })
    page = await context.newPage()
    page.setDefaultTimeout(WITHIN)
    page.on('console', message => complaints.push(...complaintOf(message)))
    page.on('pageerror', error => complaints.push(String(error)))
    await page.goto(served.address())
  })
  afterAll(async () => {
    await browser?.close()
    await served?.close()
    delete process.env.EDGEWRIGHT_HOME
    folder.remove()
  })

  const main = () => page.getByRole('main')
  const go = async (room: string) => {
    await page
      .getByRole('navigation')
      .getByRole('link', { name: new RegExp(`^${room}`) })
      .click()
    await page.getByRole('heading', { level: 1 }).waitFor()
  }
  const fact = (room: string) =>
    page
      .getByRole('navigation')
      .getByRole('link', { name: new RegExp(`^${room}`) })
      .textContent()
  const picture = async (name: string) => {
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

  test('an empty workspace offers a sample', async () => {
    await main().getByRole('button', { name: 'Try the sample Weather stations' }).waitFor()
    await picture('home-empty')
  })

  test('data: the sample is imported, its rows are there, and statistics and check follow', async () => {
    await main().getByRole('button', { name: 'Try the sample Weather stations' }).click()
    await page.getByText('2,922 of weather v1').waitFor()
    await expect.poll(() => main().getByRole('grid').last().textContent()).toContain('Seattle')
    await picture('data')
    await go('Statistics')
    await page.getByText('7 features').waitFor()
    await main().getByText('precipitation').first().click()
    await picture('statistics')
    await go('Validation')
    await expect.poll(() => fact('Validation')).toContain('ok')
    await picture('validation')
  })

  test('training: a run with live curves ends as a version of its model', async () => {
    await go('Training')
    // The page before has a Train button too, which only leads here.
    await page.getByRole('heading', { level: 1, name: 'Training' }).waitFor()
    await main().getByRole('button', { name: 'Train', exact: true }).first().click()
    const form = page.getByRole('dialog', { name: 'New run' })
    // What the sample knows of itself is filled in a moment after the form is there.
    await expect
      .poll(() => form.getByRole('combobox', { name: 'Label' }).textContent())
      .not.toContain('The column to predict')
    await form.getByRole('contentinfo').getByRole('button', { name: 'Train', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Run 1' }).waitFor()
    await main().getByText('Registered as weather v1, candidate.').waitFor()
    expect(await fact('Registry')).toContain('v1')
    await picture('training')
  })

  test('evaluation: figures, confusion matrix, and a threshold that moves them', async () => {
    await go('Evaluation')
    await main().getByRole('button', { name: 'Evaluate', exact: true }).first().click()
    await main().getByRole('region', { name: 'Confusion matrix' }).waitFor()
    const slider = main().getByRole('slider').first()
    const threshold = main().getByRole('region', { name: 'Threshold' })
    const before = await threshold.textContent()
    await slider.focus()
    for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight')
    await expect.poll(() => threshold.textContent()).not.toBe(before)
    await picture('evaluation')
  })

  test('optimization: frozen, then 8-bit weights, compared on the same rows', async () => {
    await go('Optimization')
    const table = main().getByRole('grid', { name: 'Variants' })
    await main().getByRole('button', { name: 'GraphDef float32' }).click()
    await table.getByRole('row', { name: /^float32 GraphDef/ }).waitFor()
    await main().getByRole('button', { name: 'Make another' }).click()
    await page.getByRole('menuitem', { name: 'GraphDef dynamic-range' }).click()
    await table.getByRole('row', { name: /^dynamic-range GraphDef/ }).waitFor()
    await main().getByRole('table', { name: 'Before and after' }).waitFor()
    await main().getByText('quantize_weights').first().waitFor()
    await picture('optimization')
  })

  test('registry: the version is the candidate', async () => {
    await go('Registry')
    await main().getByText('candidate').first().waitFor()
    await picture('registry')
  })

  test('publishing: a signed release, and a device that answers with it within seconds', async () => {
    await go('Publishing')
    await main().getByRole('button', { name: 'Publish a version' }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Publish v1' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await main().getByRole('button', { name: 'Start a device here' }).first().click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Start/ })
      .last()
      .click()
    const versions = main().getByRole('table', { name: 'Versions of weather' })
    await versions.waitFor()
    await expect.poll(() => versions.textContent(), { timeout: WITHIN }).toContain('Answers')
    await main().getByText('Healthy').first().waitFor()
    await main().getByRole('button', { name: 'Ask', exact: true }).first().click()
    const ask = page.getByRole('dialog')
    await ask.getByRole('button', { name: 'Ask', exact: true }).click()
    await expect
      .poll(() => ask.getByRole('region', { name: 'Answer' }).textContent(), { timeout: WITHIN })
      .toMatch(/rain|sun|snow|fog|drizzle/)
    await picture('ask')
    await page.keyboard.press('Escape')
    await picture('publishing')
  })

  test('home tells what was done, and the keyboard reaches everything', async () => {
    await go('Home')
    await picture('home')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('textbox').or(page.getByRole('combobox')).first().fill('valid')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Validation' }).waitFor()
    await go('Settings')
    await picture('settings')
  })

  test('nothing on a page is in the way of a person who sees, hears or points otherwise', () => {
    expect(inTheWay).toEqual([])
  })

  test('no page complained', () => {
    expect(complaints).toEqual([])
  })
})

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shapes } from '../engine/dataset/pictures.ts'
import { describeWith, findChromium } from './runtime.ts'
import { inOneWalk, openWindow, WITHIN, type Window } from './window.ts'

const CLASSES = ['bolt', 'nut', 'washer']
const EACH = 20

describeWith(findChromium(), 'a folder of pictures, in the window', executablePath => {
  inOneWalk()
  let window: Window

  beforeAll(async () => {
    window = await openWindow(executablePath, 'Screw sorter')
    const parts = join(window.folder, 'parts')
    for (const [of, name] of CLASSES.entries()) {
      mkdirSync(join(parts, name), { recursive: true })
      for (let at = 0; at < EACH; at++)
        writeFileSync(join(parts, name, `${at}.jpg`), await shapes(of * 100 + at))
    }
    // one file that breaks off, and one picture that stands in two classes
    const whole = await shapes(7)
    writeFileSync(join(parts, 'nut', 'broken.jpg'), whole.subarray(0, whole.length / 3))
    writeFileSync(join(parts, 'washer', 'again.jpg'), await shapes(3))
  })
  afterAll(() => window?.close())

  const all = CLASSES.length * EACH + 2

  test('every picture of the folder is in the grid, and what cannot be read says why', async () => {
    const { page, main, importPath, picture } = window
    await importPath(join(window.folder, 'parts'))
    await page.getByText(`${all} of parts v1`).waitFor()
    await main.getByText('1 of the pictures cannot be read.').waitFor()
    await expect
      .poll(() => main.locator('img[src^="data:image/webp"]').count(), { timeout: WITHIN })
      .toBeGreaterThan(10)
    await picture('pictures-grid')
    await main.getByRole('button', { name: 'Show it with the reason' }).click()
    await page.getByText(`1 of ${all} rows`).waitFor()
    await picture('pictures-unreadable')
    await main.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.getByText(`${all} of parts v1`).waitFor()
  })

  test('a picture is seen large, with all that is known of it', async () => {
    const { page, main, picture } = window
    await main.locator('img[src^="data:image/webp"]').first().click()
    const view = page.getByRole('dialog')
    await view.getByText('160 × 120 px').waitFor()
    await view.locator('img').waitFor()
    await view.getByRole('button', { name: 'Next picture' }).click()
    await view.getByText(`2 of ${all}`).waitFor()
    await picture('pictures-large')
    await page.keyboard.press('Escape')
    await view.waitFor({ state: 'detached' })
  })

  test('the check names the picture that cannot be read and the one that is there twice', async () => {
    const { main, go, picture, settled } = window
    await settled()
    await go('Validation')
    const list = main.getByRole('group', { name: 'Anomalies' })
    await expect.poll(() => list.textContent(), { timeout: WITHIN }).toMatch(/cannot be read|unreadable/i)
    expect(await list.textContent()).toMatch(/nearly (the same|alike)|look nearly|near.duplicate/i)
    await picture('pictures-check')
    await go('Statistics')
    await main.getByRole('heading', { name: /features$/ }).waitFor()
    await picture('pictures-statistics')
  })

  test('nothing is in the way of a person, and no page complained', () => {
    expect(window.inTheWay).toEqual([])
    expect(window.complaints).toEqual([])
  })
})

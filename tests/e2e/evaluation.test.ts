import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seeded } from '../../main/engine/kit/index.ts'
import { describeWith, findChromium } from './runtime.ts'
import { terminal } from './terminal.ts'
import { inOneWalk, openWindow, WITHIN, type Window } from './window.ts'

/** Houses whose price follows from their area and place; of the small ones hardly anything is known. */
function houses(rows: number): string {
  const random = seeded(4)
  const lines = Array.from({ length: rows }, () => {
    const area = Math.round(30 + 170 * random())
    const place = ['Graz', 'Linz', 'Wels'][Math.floor(3 * random())] as string
    const rooms = Math.max(1, Math.round(area / 28 + random()))
    const noise = (random() - 0.5) * (area < 70 ? 160 : 25)
    return [area, place, rooms, (2.4 * area + (place === 'Graz' ? 60 : 0) + noise).toFixed(1)].join()
  })
  return `area,place,rooms,price\n${lines.join('\n')}\n`
}

/** What some other program called parts, and what they are. */
function called(rows: number): string {
  const random = seeded(5)
  const lines = Array.from({ length: rows }, () => {
    const line = ['north', 'south'][Math.floor(2 * random())] as string
    const truth = random() < 0.4 ? 'faulty' : 'fine'
    const sure = (truth === 'faulty' ? 0.6 : 0.3) + (random() - 0.5) * (line === 'south' ? 0.8 : 0.5)
    return [truth, Math.min(1, Math.max(0, sure)).toFixed(4), line, Math.floor(60 * random())].join()
  })
  return `is,sure,line,age\n${lines.join('\n')}\n`
}

describeWith(findChromium(), 'evaluation, in the window', executablePath => {
  inOneWalk()
  let window: Window

  beforeAll(async () => {
    window = await openWindow(executablePath, 'House prices')
    const { folder } = window
    writeFileSync(join(folder, 'houses.csv'), houses(2000))
    writeFileSync(join(folder, 'parts.csv'), called(1200))
    const { json } = terminal(join(folder, 'home'), folder)
    const at = ['--workspace', join(folder, 'House prices')]
    await json('dataset', 'import', join(folder, 'houses.csv'), '--name', 'houses', ...at)
    await json('training', 'start', '--dataset', 'houses', '--label', 'price', '--epochs', '12', ...at)
    await json('evaluation', 'run', '--run', 'run-1', '--by', 'place,area', ...at)
    await window.page.reload()
  }, 2 * WITHIN)
  afterAll(() => window?.close())

  test('a regression is looked at by its predictions, its residuals and its ranges', async () => {
    const { main, go, picture } = window
    await go('Evaluation')
    await main.getByText('Predicted against actual').waitFor()
    await picture('regression-predictions')
    await main.getByRole('radio', { name: 'Residuals' }).click()
    await main.getByText('Distribution of residuals').waitFor()
    await picture('regression-residuals')
    await main.getByRole('radio', { name: 'By range' }).click()
    await main.getByRole('grid', { name: 'Residuals by predicted value' }).waitFor()
    await picture('regression-ranges')
  })

  test('its slices, explanations, gate and history are those of a value', async () => {
    const { page, main, picture } = window
    const part = (name: string) => main.getByRole('tab', { name: new RegExp(`^${name}`) }).click()
    for (const name of ['Slices', 'Comparison', 'Explanation', 'What if', 'Gate', 'History']) {
      await part(name)
      await page.waitForTimeout(300)
      if (name === 'Explanation') {
        await main
          .getByRole('button', { name: /^Explain/ })
          .first()
          .click()
        await main.getByText('Importance', { exact: true }).waitFor()
      }
      if (name === 'Gate') {
        await main.getByRole('button', { name: 'Add a figure' }).click()
        await main.getByLabel(/^Limit of/).fill('20')
        await main.getByRole('button', { name: 'Save gate' }).click()
        await main.getByRole('alert').waitFor()
        await main.getByRole('button', { name: 'Judge now' }).click()
        await main.getByText('Blocked: it may not be published').waitFor()
      }
      if (name === 'What if') {
        await main
          .getByRole('spinbutton', { name: 'Row number' })
          .or(main.getByRole('textbox', { name: 'Row number' }))
          .fill('7')
        await main.getByRole('button', { name: 'Open the row' }).click()
        await main
          .getByRole('textbox', { name: 'area' })
          .or(main.getByRole('spinbutton', { name: 'area' }))
          .waitFor()
      }
      await picture(`regression-${name.toLowerCase().replace(' ', '-')}`)
    }
  })

  test('what another program predicted is measured from its file', async () => {
    const { page, main, folder, picture } = window
    await main.getByRole('button', { name: 'Measure a file of predictions' }).click()
    const dialog = page.getByRole('dialog', { name: 'Measure a file of predictions' })
    await dialog.getByRole('textbox', { name: 'From' }).fill(join(folder, 'nothing.csv'))
    await dialog.getByRole('button', { name: 'Look into it' }).click()
    await dialog.getByRole('alert').waitFor()
    await picture('predictions-file-missing')
    await dialog.getByRole('textbox', { name: 'From' }).fill(join(folder, 'parts.csv'))
    await dialog.getByRole('button', { name: 'Look into it' }).click()
    await dialog.getByRole('combobox', { name: 'Truth' }).click()
    await page.getByRole('option', { name: 'is', exact: true }).click()
    await dialog.getByRole('combobox', { name: 'Prediction' }).click()
    await page.getByRole('option', { name: 'sure', exact: true }).click()
    await dialog.getByRole('textbox', { name: 'Positive class' }).fill('faulty')
    await picture('predictions-file')
    await dialog.getByRole('button', { name: 'Measure', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await main.getByText('parts, 1,200 rows').waitFor()
    await picture('predictions-figures')
    await main.getByRole('tab', { name: /^Slices/ }).click()
    await main.getByRole('combobox', { name: 'Slice by' }).click()
    await page.getByRole('option', { name: 'By line' }).click()
    await main
      .getByText('line: south')
      .or(main.getByText('south', { exact: true }))
      .first()
      .waitFor()
    await picture('predictions-slices')
    expect(await main.getByRole('alert').count()).toBe(0)
    await main.getByRole('tab', { name: /^History/ }).click()
    await picture('predictions-history')
  })

  test('nothing is in the way of a person, and no page complained', () => {
    expect(window.inTheWay).toEqual([])
    expect(window.complaints).toEqual([])
  })
})

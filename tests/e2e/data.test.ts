import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from './runtime.ts'
import { inOneWalk, openWindow, WITHIN, type Window } from './window.ts'

/** The census data of the references, where they are at hand. */
const references = join(
  resolve(process.env.EDGEWRIGHT_SHARED ?? join('..', 'shared')),
  'golden',
  'tfdv',
  'inputs',
)
const browser = findChromium()
const why =
  browser.why ?? (existsSync(references) ? null : 'EDGEWRIGHT_SHARED names no folder with the references')
if (why) console.warn(`Skipped: the data of a census in the window, because ${why}.`)

/** A table of plain texts: this data has no quotes. */
interface Texts {
  columns: string[]
  rows: string[][]
}
function textsOf(name: string): Texts {
  const lines = gunzipSync(readFileSync(join(references, `${name}.csv.gz`)))
    .toString()
    .trimEnd()
    .split(/\r?\n/)
  const [columns = [], ...rows] = lines.map(line => line.split(','))
  return { columns, rows }
}
const csvOf = ({ columns, rows }: Texts): string =>
  `${[columns, ...rows].map(row => row.join(',')).join('\n')}\n`
const words = (n: number): string => n.toLocaleString('en-US')

const AGE = 0
const WORKCLASS = 1
const OCCUPATION = 6
const SEX = 9
/** Everyone fifteen years older, some impossibly young or old, a class of work that is new, and every fourth occupation lost. */
function spoiled({ columns, rows }: Texts): Texts {
  return {
    columns,
    rows: rows.map((row, at) =>
      row.map((cell, column) => {
        if (column === AGE)
          return at % 1000 === 7 ? '-1' : at % 1000 === 9 ? '150' : String(Number(cell) + 15)
        if (column === WORKCLASS && at % 500 === 3) return 'Gig-work'
        return column === OCCUPATION && at % 4 === 0 ? '' : cell
      }),
    ),
  }
}

describe.skipIf(why !== null)('the data of a census, in the window', () => {
  inOneWalk()
  let window: Window
  let adult: Texts
  let drifted: Texts
  const place = () => join(window.folder, 'files')
  /* What is wrong, counted by hand: the numbers that the window must tell. */
  const wrong = { ages: [] as number[], gigs: 0, lost: 0 }

  beforeAll(async () => {
    window = await openWindow(browser.path ?? '', 'Census office')
    mkdirSync(place())
    adult = textsOf('train')
    drifted = spoiled(textsOf('eval'))
    for (const [at, row] of drifted.rows.entries()) {
      if (Number(row[AGE]) < 0 || Number(row[AGE]) > 120) wrong.ages.push(at)
      if (row[WORKCLASS] === 'Gig-work') wrong.gigs++
      if (row[OCCUPATION] === '') wrong.lost++
    }
    writeFileSync(join(place(), 'adult.csv'), csvOf(adult))
    writeFileSync(join(place(), 'drifted.csv'), csvOf(drifted))
    writeFileSync(join(place(), 'few.csv'), csvOf({ ...adult, rows: adult.rows.slice(0, 100) }))
  })
  afterAll(() => window?.close())

  const { of, rowsPanel, anomaly, anomalies, tab, chosen } = {
    of: (name: RegExp | string) => window.main.getByRole('button', { name }),
    rowsPanel: () => window.main.getByRole('region', { name: /^Rows/ }),
    /** The list of what does not fit. */
    anomalies: () => window.main.getByRole('group', { name: 'Anomalies' }),
    anomaly: (words: RegExp) =>
      window.main.getByRole('group', { name: 'Anomalies' }).getByRole('button', { name: words }),
    tab: (name: string) => window.main.getByRole('tab', { name: new RegExp(`^${name}`) }).click(),
    /** The one that is looked at. */
    chosen: () => window.main.getByRole('article'),
  }
  const bell = () =>
    window.page.getByRole('button', { name: /^(Alerts:|\d+ alerts?)/ }).getAttribute('aria-label')
  const choose = async (label: string, option: RegExp | string) => {
    await window.main.getByRole('combobox', { name: label }).click()
    await window.page.getByRole('option', { name: option }).click()
  }
  const shownRows = () =>
    rowsPanel()
      .getByRole('row')
      .filter({ has: window.page.getByRole('gridcell') })

  test('is imported by its path; every row and column is there', async () => {
    const { page, main, picture, importPath } = window
    await importPath(join(place(), 'adult.csv'))
    await page.getByText(`${words(adult.rows.length)} of adult v1`).waitFor()
    expect(await bell()).toBe('Alerts: nothing is open')
    for (const cell of adult.rows[0] ?? []) {
      const number = Number(cell)
      expect(await shownRows().first().textContent()).toContain(Number.isNaN(number) ? cell : words(number))
      if (Number.isNaN(number)) break
    }
    expect(await main.getByRole('complementary').or(main).first().textContent()).toContain(
      words(adult.rows.length),
    )
    await picture('data-rows')
  })

  test('has a histogram for each feature, and a bar leads to its rows', async () => {
    const { page, main, go, picture } = window
    await go('Statistics')
    await main.getByRole('heading', { name: `${adult.columns.length} features` }).waitFor()
    for (const name of adult.columns.slice(0, 6)) {
      const chart = main.getByRole('img', { name: `Distribution of ${name}`, exact: true })
      expect(await chart.locator('rect[data-bin]').count()).toBeGreaterThan(1)
    }
    await picture('data-statistics')
    const bar = main
      .getByRole('img', { name: 'Distribution of age', exact: true })
      .locator('rect[data-bin="3"]')
    const [, from, to, inTrain] =
      /^(\d+) to (\d+): show ([\d,]+) rows$/.exec((await bar.textContent()) ?? '') ?? []
    await bar.click()
    await page.getByText(`${inTrain} of ${words(adult.rows.length)} rows`).waitFor()
    const { length } = adult.rows.filter(
      row => Number(row[AGE]) >= Number(from) && Number(row[AGE]) < Number(to),
    )
    await rowsPanel().getByText('All rows').click()
    await page.getByText(`${words(length)} of ${words(adult.rows.length)} rows`).waitFor()
    await main.getByText(`age is from ${from} to below ${to}`).waitFor()
  })

  test('has a schema, and takes the limits that the data suggests', async () => {
    const { page, main, go, picture, settled } = window
    await go('Validation')
    await main.getByText('nothing differs from the schema').first().waitFor()
    await tab('Suggested limits')
    await of(/^Accept all \d+$/).waitFor()
    await main.getByText('age from 0 to 120').waitFor()
    await picture('data-suggestions')
    await of(/^Accept all \d+$/).click()
    await of('Check against v2').click()
    await settled()
    await main.getByText('Checked against schema v2').waitFor()
    await main.getByText('nothing differs from the schema').first().waitFor()
    await tab('Schema')
    await main.getByText(`v2, ${adult.columns.length} features`).waitFor()
    const classes = new Set(adult.rows.map(row => row[WORKCLASS]).filter(Boolean))
    await of(`${classes.size} values`).first().waitFor()
    await picture('data-schema')

    const load = page.waitForEvent('download')
    await of('Import, export, infer again').click()
    await page.getByRole('menuitem', { name: 'Download schema.pbtxt' }).click()
    const file = await load
    expect(file.suggestedFilename()).toBe('schema.pbtxt')
    const text = readFileSync(await file.path(), 'utf8')
    expect(
      [...text.matchAll(/^ {2}name: "(.+)"$/gm)].map(([, name]) => name).slice(0, adult.columns.length),
    ).toEqual(adult.columns)
    expect(text).toMatch(/name: "age"\n {2}type: INT\n {2}int_domain \{\n {4}min: 0\n {4}max: 120\n {2}\}/)
  })

  test('is checked where it drifted: what is wrong is named with where', async () => {
    const { main, go, picture, importPath } = window
    await importPath(join(place(), 'drifted.csv'), { name: 'adult', act: 'Import as version 2' })
    await expect.poll(bell, { timeout: WITHIN }).toBe('4 alerts, 2 of them errors')
    await go('Validation')
    await anomaly(/^age.*out of range/).waitFor()
    const all = words(drifted.rows.length)
    const lines = (await anomalies().getByRole('listitem').allTextContents()).join('\n')
    expect(lines).toContain(`${words(wrong.lost)} of ${all} rows`)
    expect(lines).toContain(`1 value in ${wrong.gigs} of ${all} rows`)
    expect(lines).toContain(`${wrong.ages.length} of ${all} rows, from -1 to 150`)
    expect(await anomalies().getByRole('listitem').count()).toBe(4)

    await anomaly(/^age.*divergence/).click()
    const bins = chosen().getByRole('table', { name: 'Bins of age' })
    const parts = (await bins.getByRole('row').locator('td:nth-of-type(3)').allTextContents()).map(Number)
    expect(parts.length).toBeGreaterThan(5)
    expect(parts).toEqual([...parts].sort((a, b) => b - a))
    const value = Number(/is (0\.\d+) \(/.exec((await chosen().textContent()) ?? '')?.[1])
    expect(value).toBeGreaterThan(0.1)
    expect(Math.abs(parts.reduce((sum, part) => sum + part, 0) - value)).toBeLessThan(0.0001 * parts.length)
    await picture('data-drift')
    await anomaly(/^age.*out of range/).click()
    await picture('data-anomalies')
    expect(await main.textContent()).toContain('2 anomalies block, 2 want a look')
  })

  test('does not train while the verdict blocks, where the user wants it so', async () => {
    const { page, main, go, picture } = window
    await go('Settings')
    const choice = main
      .getByRole('radiogroup', { name: 'Training on a blocked verdict' })
      .or(main.getByRole('group', { name: 'Training on a blocked verdict' }))
    await choice.getByText('Block').click()
    await go('Training')
    await main.getByRole('button', { name: 'Train', exact: true }).first().click()
    const form = page.getByRole('dialog', { name: 'New run' })
    await form.getByText('Validation blocks this dataset').waitFor()
    await picture('data-blocked')
    await form.getByRole('combobox', { name: 'Label' }).click()
    await page.getByRole('option', { name: /^income/ }).click()
    await form.getByRole('contentinfo').getByRole('button', { name: 'Train', exact: true }).click()
    await main
      .getByText('Check of adult v2 found 2 errors that nobody accepted, so training is stopped.')
      .waitFor()
    await main.getByText('No run was begun.').waitFor()
    await picture('data-refused')
  })

  test('shows exactly the rows that are wrong; removed, they make a new version', async () => {
    const { page, main, go, picture, settled } = window
    await go('Validation')
    await anomaly(/^age.*out of range/).click()
    await chosen()
      .getByRole('button', { name: `Show ${wrong.ages.length} rows` })
      .click()
    await page.getByText(`${wrong.ages.length} of ${words(drifted.rows.length)} rows`).waitFor()
    await expect.poll(async () => (await shownRows().count()) > 5).toBe(true)
    const seen = await shownRows().allTextContents()
    for (const [at, text] of seen.entries()) {
      const number = wrong.ages[at] ?? Number.NaN
      const age = drifted.rows[number]?.[AGE]?.replace('-', '−')
      expect(text).toMatch(new RegExp(`^${age}\\D.*\\D${words(number + 1)}$`))
    }
    await picture('data-wrong-rows')
    await of('Fix rows').click()
    const dialog = page.getByRole('dialog', { name: 'Fix rows' })
    await dialog.getByText(`The ${wrong.ages.length} chosen rows`).waitFor()
    const stay = words(drifted.rows.length - wrong.ages.length)
    await dialog
      .getByText(`${wrong.ages.length} rows of ${words(drifted.rows.length)} will be removed; ${stay} stay.`)
      .waitFor()
    await picture('data-fix')
    await dialog.getByRole('button', { name: `Remove ${wrong.ages.length} rows` }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText(`${stay} of adult v3`).waitFor()
    await settled()
    await expect.poll(bell, { timeout: WITHIN }).toBe('3 alerts, 2 of them errors')
    await go('Validation')
    await anomaly(/^workclass/).waitFor()
    expect(await anomaly(/^age.*out of range/).count()).toBe(0)
    expect(await main.textContent()).toContain('2 anomalies block, 1 wants a look')
  })

  test('a value is set where it was unknown, and the versions tell what changed', async () => {
    const { page, main, go, picture, settled } = window
    const gigs = drifted.rows.filter(
      (row, at) => row[WORKCLASS] === 'Gig-work' && !wrong.ages.includes(at),
    ).length
    await anomaly(/^workclass/).click()
    await chosen()
      .getByRole('button', { name: `Show ${gigs} rows` })
      .click()
    await of('Fix rows').click()
    const dialog = page.getByRole('dialog', { name: 'Fix rows' })
    await dialog.getByText('Set a value').click()
    await dialog.getByRole('textbox', { name: 'New value' }).fill('Private')
    await dialog.getByText(`workclass becomes Private in ${gigs} rows.`).waitFor()
    await dialog.getByRole('button', { name: `Set ${gigs} rows` }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('adult v4').first().waitFor()
    await settled()
    await expect.poll(bell, { timeout: WITHIN }).toBe('2 alerts, 2 of them errors')

    const figure = async (label: string) => {
      const name = main.getByRole('region', { name: 'Rows' }).getByText(label, { exact: true })
      const value = name.locator('xpath=following-sibling::dd[1]')
      return Number((await value.textContent())?.replaceAll(',', ''))
    }
    await of('Compare versions').click()
    await main.getByText('Same', { exact: true }).waitFor()
    expect([await figure('Added'), await figure('Removed'), await figure('Changed')]).toEqual([gigs, gigs, 0])
    await choose('From version', 'v2')
    const removed = wrong.ages.length + gigs
    await expect.poll(() => figure('Removed'), { timeout: WITHIN }).toBe(removed)
    expect([await figure('Added'), await figure('Same')]).toEqual([gigs, drifted.rows.length - removed])
    await picture('data-compare')
    await of('Back to the rows').click()
    await go('Data')
  })

  test('a filter is saved as a slice, and statistics are told by slice', async () => {
    const { page, main, go, picture, settled } = window
    await go('Data')
    await of('Add filter').click()
    const form = page.getByRole('dialog', { name: 'New filter' })
    await form.getByRole('combobox', { name: 'Column' }).click()
    await page.keyboard.type('sex')
    await page.keyboard.press('Enter')
    await form.getByRole('checkbox', { name: 'Female' }).click()
    await form.getByRole('button', { name: 'Add the filter' }).click()
    const rows = drifted.rows.filter((_, at) => !wrong.ages.includes(at))
    const women = rows.filter(row => row[SEX] === 'Female').length
    await page.getByText(`${words(women)} of ${words(rows.length)} rows`).waitFor()
    await of('Slices').click()
    await of('Save the filter as a slice')
      .or(page.getByRole('button', { name: 'Save the filter as a slice' }))
      .first()
      .click()
    const save = page.getByRole('dialog', { name: 'Save the filter as a slice' })
    await save.getByRole('textbox', { name: 'Name' }).fill('Women')
    await save.getByRole('button', { name: 'Save the slice' }).click()
    await rowsPanel().getByText('Women').waitFor()

    await go('Statistics')
    await main.getByRole('heading', { name: `${adult.columns.length} features` }).waitFor()
    await choose('Saved slice', 'Only Women')
    await main.getByText('adult v4, Women').waitFor()
    await settled()
    const splits = await main.getByText(/^[\d,]+ train, [\d,]+ eval, [\d,]+ test rows$/).textContent()
    const sum = [...(splits ?? '').matchAll(/[\d,]+(?= (?:train|eval|test))/g)].reduce(
      (n, [part]) => n + Number(part.replaceAll(',', '')),
      0,
    )
    expect(sum).toBe(women)
    await choose('Saved slice', 'All rows')
    await choose('Slice by', 'By sex')
    await settled()
    const age = main
      .getByRole('row')
      .filter({ has: page.getByRole('img', { name: 'Distribution of age', exact: true }) })
    await expect.poll(() => age.textContent(), { timeout: WITHIN }).toContain('Female')
    expect(await age.textContent()).toContain([rows.length, rows.length - women, women].map(words).join(''))
    await picture('data-slices')
    await choose('Slice by', 'No slices')
  })

  test('the report is one file that opens offline', async () => {
    const { page, main, picture } = window
    const out = join(place(), 'report.html')
    await main.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: /^Write an HTML report/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Write a report' })
    await dialog.getByRole('textbox', { name: 'File' }).fill(out)
    await dialog.getByRole('button', { name: 'Write report' }).click()
    await dialog.waitFor({ state: 'detached' })
    const html = readFileSync(out, 'utf8')
    for (const name of adult.columns) expect(html).toContain(name)
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    const report = await page.context().newPage()
    await report.context().setOffline(true)
    await report.goto(`file://${out}`)
    expect(await report.getByText('workclass').count()).toBeGreaterThan(0)
    await report.screenshot({ path: join(window.pictures, 'data-report.png') })
    await report.close()
    await page.context().setOffline(false)
    await picture('data-report-written')
  })

  test('every check is a point of the history', async () => {
    const { main, go, picture } = window
    await go('Validation')
    await tab('History')
    await main.getByText('5 checks, curves of').waitFor()
    const table = main.getByRole('grid').last()
    expect(
      await table
        .getByRole('row')
        .filter({ hasText: /Check of adult v/ })
        .count(),
    ).toBe(5)
    await picture('data-history')
  })

  test('what is right as it is gets accepted with a reason; then nothing blocks', async () => {
    const { page, main, go, picture } = window
    await tab('Anomalies')
    for (const feature of ['occupation', 'age']) {
      await anomaly(new RegExp(`^${feature}`))
        .first()
        .click()
      await chosen()
        .getByRole('button', { name: /^Accept with a reason/ })
        .click()
      const dialog = page.getByRole('dialog', { name: `Accept: ${feature}` })
      await dialog.getByRole('textbox', { name: 'Reason' }).fill('The survey asks older people now.')
      await dialog.getByRole('button', { name: 'Accept with this reason' }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await main.getByText(/^Ready to train/).waitFor()
    await expect.poll(bell, { timeout: WITHIN }).toBe('Alerts: nothing is open')
    await picture('data-accepted')
    await go('Training')
    await main.getByRole('button', { name: 'Train', exact: true }).first().click()
    const form = page.getByRole('dialog', { name: 'New run' })
    await form.getByRole('combobox', { name: 'Label' }).waitFor()
    expect(await form.getByText('Validation blocks this dataset').count()).toBe(0)
    await form.getByRole('button', { name: 'Cancel' }).click()
  })

  test('a file of a hundred rows is told to be short', async () => {
    const { go, importPath } = window
    await importPath(join(place(), 'few.csv'), { name: 'adult', act: 'Import as version 5' })
    await go('Validation')
    await expect
      .poll(() => anomalies().textContent(), { timeout: WITHIN })
      .toMatch(/100 rows|fewer|few rows/i)
  })

  test('nothing is in the way of a person, and no page complained', () => {
    expect(window.inTheWay).toEqual([])
    expect(window.complaints).toEqual([])
  })
})

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../../e2e/runtime.ts'
import { csv, failureOf } from '../dataset/workspace.ts'
import { openRooms, type Rooms } from './room.ts'

let rooms: Rooms
beforeAll(() => {
  rooms = openRooms()
})
afterAll(() => rooms.close())

const report = (data: string, out: string, more: Record<string, unknown> = {}) =>
  rooms.job(job => rooms.statistics.door.report({ data, slice: [], out, ...more }, job))

const bad = `<script>alert('x')</script>"&`
const rows = Array.from({ length: 300 }, (_, at) => [
  String(at % 40 ? at : 0),
  at % 5 ? String(at / 7) : '',
  at % 2 ? bad : 'b"c',
  `2021-03-${String((at % 28) + 1).padStart(2, '0')}`,
  '',
])
const header = ['n', bad, 'text', 'day', 'nothing']

describe('a report', () => {
  let out = ''
  beforeAll(async () => {
    await rooms.import(rooms.file('told.csv', csv([header, ...rows])), { name: 'told' })
    const other = rooms.file(
      'other.csv',
      csv([header, ...rows.map(([n, ...rest]) => [String(Number(n) + 500), ...rest])]),
    )
    out = join(dirname(other), 'told.html')
    expect(await report('told', out, { with: other })).toEqual({
      out,
      bytes: statSync(out).size,
      features: 5,
    })
  })

  test('is one file that asks nothing of anywhere and escapes what the data says', () => {
    const text = readFileSync(out, 'utf8')
    expect(text).not.toContain(bad)
    expect(text).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;')
    expect(text).not.toMatch(/(src|href)\s*=|@import|url\(|https?:/)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? ''
    expect(policy).toContain("default-src 'none'")
    for (const tag of ['style', 'script']) {
      const inner = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text)?.[1] ?? ''
      expect(policy).toContain(createHash('sha256').update(inner).digest('base64'))
    }
    expect(text).not.toMatch(/\sstyle=|\son\w+=/)
    expect(text).toContain('prefers-color-scheme:dark')
    // Facets marks what is missing in more than 2 % of the rows, and zeros in more than 10 % of the values.
    const rowOf = (name: string) =>
      text.split('<tbody').find(part => part.includes(`data-name="${name}"`)) ?? ''
    expect(rowOf('nothing')).toContain('data-marked')
    expect(rowOf('n')).not.toContain('data-marked')
    expect(rowOf('text')).not.toContain('data-marked')
    expect(rowOf('day')).toContain('2021-03-28')
    for (const role of ['train', 'eval', 'test', 'other'])
      expect(rowOf('n')).toMatch(new RegExp(`(bar|line) ${role}"`))
  })

  const browser = findChromium()
  test.skipIf(!browser.path)('opens in a browser, is put in order and searched there', async () => {
    const chrome = await chromium.launch({
      executablePath: browser.path,
      args: ['--no-sandbox', '--disable-gpu'],
    })
    try {
      const page = await chrome.newPage({ offline: true } as never)
      const trouble: string[] = []
      page.on('console', message => message.type() === 'error' && trouble.push(message.text()))
      page.on('pageerror', error => trouble.push(error.message))
      await page.goto(`file://${out}`)
      const names = () =>
        page.$$eval('main > table > tbody:not([hidden]) > tr:first-child > th > span', all =>
          all.map(each => each.textContent),
        )
      expect(await names()).toEqual(header)
      await page.click('button[data-sort=missing]')
      expect((await names())[0]).toBe('nothing')
      await page.click('button[data-sort=missing]')
      expect((await names()).at(-1)).toBe('nothing')
      await page.fill('#search', 'TEX')
      expect(await names()).toEqual(['text'])
      await page.fill('#search', '')
      await page.check('#marked')
      expect((await names()).sort()).toEqual([bad, 'nothing'].sort())
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const light = await ground()
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await ground()).not.toBe(light)
      expect(trouble).toEqual([])
    } finally {
      await chrome.close()
    }
  })

  test('as .csv holds the figures, and no cell that a spreadsheet would run', async () => {
    const formula = rooms.file(
      'formula.csv',
      csv([['=1+1', 'n'], ...rows.map((_, at) => ['=cmd', String(at)])]),
    )
    const path = join(dirname(formula), 'figures.csv')
    await report(formula, path)
    const [head, first, second] = readFileSync(path, 'utf8').split('\r\n')
    expect(head).toMatch(/^feature,type,rows of,count,missing,/)
    expect(first).toMatch(/^'=1\+1,text,all rows,300,0,1,/)
    expect(second).toMatch(/^n,integer,all rows,300,0,300,149.5,/)
  })

  test('that cannot be written is told, and nothing is', async () => {
    expect(await failureOf(report('told', 'report.pdf'))).toMatchObject({ code: 'bad-input' })
    expect(await failureOf(report('told', dirname(out)))).toMatchObject({ code: 'bad-input' })
    expect(await failureOf(report('told', join(out, 'deep.html')))).toMatchObject({ code: 'bad-input' })
    expect(await failureOf(report('nowhere', join(dirname(out), 'no.html')))).toMatchObject({
      code: 'not-found',
    })
    expect(existsSync(join(dirname(out), 'no.html'))).toBe(false)
  })
})

test('of 10,000 features stays small and says what it leaves out', async () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `column ${at}`)
  const path = rooms.file(
    'wide.csv',
    csv([
      names,
      ...Array.from({ length: 12 }, (_, row) =>
        names.map((_, at) => (at === 7777 && row ? '' : String(row * at))),
      ),
    ]),
  )
  const out = join(dirname(path), 'wide.html')
  const { bytes, features } = await report(path, out)
  expect(features).toBe(2000)
  expect(bytes).toBeLessThan(12e6)
  const text = readFileSync(out, 'utf8')
  expect(text).toContain('2,000 of 10,000 features are shown')
  expect(text).toContain('data-name="column 7777"')
}, 120_000)

import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Thumbnail } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import DatasetPage from '../../../renderer/rooms/dataset/DatasetPage.vue'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { hash, version } from '../engine/samples.ts'

let mounted: Mounted
let asked: Record<string, unknown>[]
beforeEach(() => {
  localStorage.clear()
  asked = []
})
afterEach(() => {
  mounted.wrapper.unmount()
  document.body.innerHTML = ''
})

const TOTAL = 100_000
const birds = version({
  id: hash('9'),
  dataset: 'birds' as never,
  rows: TOTAL,
  images: true,
  columns: [
    { name: 'path', type: 'text' },
    { name: 'label', type: 'text' },
    { name: 'problem', type: 'text' },
  ],
})
const pictureOf = (row: number): Thumbnail => ({
  row,
  path: `/birds/${row % 2 ? 'owl' : 'crow'}/${row}.jpg`,
  label: row % 2 ? 'owl' : 'crow',
  width: 640,
  height: 480,
  data: row === 3 ? null : 'UklGRg==',
  problem: row === 3 ? 'The file ends after 120 bytes.' : null,
})
const answers = (over: Answers['dataset'] = {}): Answers => ({
  dataset: {
    list: async () => ({ datasets: [{ name: 'birds' as never, versions: 1, latest: birds }] }),
    show: async () => ({ version: birds, versions: [birds] }),
    slices: async () => ({ slices: [] }),
    thumbnails: async input => {
      asked.push(input)
      const { offset = 0, limit = 100 } = input
      const total = input.where?.length ? 2 : TOTAL
      return {
        total,
        images: Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, i) =>
          pictureOf(offset + i),
        ),
      }
    },
    rows: async ({ only, where, offset = 0, limit = 100 }) => {
      const numbers = only ?? Array.from({ length: limit }, (_, i) => offset + i)
      const found = where?.some(one => one.column === 'problem') ? [3] : numbers
      return {
        columns: birds.columns,
        numbers: found,
        rows: found.map(row => [pictureOf(row).path, pictureOf(row).label, pictureOf(row).problem]),
        offset,
        total: where?.length ? 1 : only ? only.length : TOTAL,
      }
    },
    ...over,
  },
})
const wall = () => document.querySelector<HTMLElement>('[role=listbox][aria-label="Pictures of birds"]')
const key = async (key: string, at: EventTarget = wall() as HTMLElement) => {
  at.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  await flushPromises()
}

test('100,000 pictures are a wall of which only what is in view is read and drawn', async () => {
  mounted = await mountPage(DatasetPage, answers())
  await flushPromises()
  const tiles = wall()?.querySelectorAll('[role=option]') ?? []
  expect(tiles.length).toBeGreaterThan(4)
  expect(tiles.length).toBeLessThan(60)
  expect(tiles[0]?.getAttribute('aria-setsize')).toBe('100000')
  expect(tiles[1]?.getAttribute('aria-label')).toBe('2, owl, 1.jpg')
  expect(tiles[0]?.textContent).toContain('crow')
  // what cannot be read says why in its place
  expect(tiles[3]?.textContent).toContain('The file ends after 120 bytes.')
  expect(asked).toHaveLength(1)
  await key('End')
  expect(wall()?.getAttribute('aria-activedescendant')).toBe('tile-99999')
  expect(asked.at(-1)).toMatchObject({ offset: 99_960 })
  expect(asked.length).toBeLessThan(4)
})

test('a picture opens large with all that its row says, and the arrows go on', async () => {
  mounted = await mountPage(DatasetPage, answers())
  await flushPromises()
  await key('ArrowRight')
  await key('ArrowRight')
  await key('Enter')
  await flushPromises()
  expect(asked.at(-1)).toMatchObject({ offset: 1, limit: 1, size: 1024 })
  expect(shownText()).toContain('2 of 100,000, 640 × 480 px')
  expect(shownText()).toContain('/birds/owl/1.jpg')
  await key('ArrowRight', window)
  await key('ArrowRight', window)
  await flushPromises()
  expect(shownText()).toContain('This picture cannot be read')
  await key('ArrowLeft', window)
  expect(shownText()).toContain('3 of 100,000')
  await press('Only pictures where label is crow')
  await flushPromises()
  expect(asked.at(-1)).toMatchObject({ where: [{ column: 'label', is: 'equals', values: ['crow'] }] })
  expect(wall()?.querySelectorAll('[role=option]')).toHaveLength(2)
})

test('those that cannot be read are one press away, with their reason', async () => {
  mounted = await mountPage(DatasetPage, answers())
  await flushPromises()
  expect(shownText()).toContain('1 of the pictures cannot be read.')
  await press('Show it with the reason')
  expect(JSON.parse(String(mounted.router.currentRoute.value.query.where))).toEqual([
    { column: 'problem', is: 'present', values: [] },
  ])
})

test('the same rows are a table, and a link that searches is one from the start', async () => {
  mounted = await mountPage(DatasetPage, answers())
  const radio = (words: string) =>
    [...document.querySelectorAll<HTMLElement>('[role=radio]')].find(one => one.textContent?.trim() === words)
  radio('Table')?.click()
  await flushPromises()
  expect(document.querySelector('[role=grid][aria-label="Rows of birds"]')).toBeTruthy()
  radio('Pictures')?.click()
  await flushPromises()
  expect(wall()).toBeTruthy()
  await mounted.router.push('/data?search=owl')
  await flushPromises()
  expect(wall()).toBeNull()
  expect(radio('Pictures')?.hasAttribute('disabled')).toBe(true)
})

test('pictures that cannot be shown say so and are read again', async () => {
  let fails = true
  const { thumbnails } = answers().dataset ?? {}
  mounted = await mountPage(
    DatasetPage,
    answers({
      thumbnails: async (input, options) => {
        if (fails)
          throw new FailureError({
            code: 'unreadable-file',
            message: 'The folder of pictures is gone.',
            remedy: 'Put it back.',
          })
        return (thumbnails as NonNullable<typeof thumbnails>)(input, options)
      },
    }),
  )
  await flushPromises()
  expect(shownText()).toContain('The folder of pictures is gone.')
  fails = false
  expect(button('Try again')).toBeTruthy()
  await press('Try again')
  expect(wall()).toBeTruthy()
})

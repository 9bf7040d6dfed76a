import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import DatasetPage from '../../../renderer/rooms/dataset/DatasetPage.vue'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { AT, hash, version } from '../engine/samples.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted.wrapper.unmount()
  document.body.innerHTML = ''
})

const two = version({ id: hash('2'), number: 2, rows: 1200, splits: { train: 1000, eval: 100, test: 100 } })
const answers = (over: Answers['dataset'] = {}): Answers => ({
  dataset: {
    list: async () => ({ datasets: [{ name: 'Adult income' as never, versions: 2, latest: two }] }),
    samples: async () => ({ samples: [] }),
    show: async ({ name }) => ({
      version: name === version().id ? version() : two,
      versions: [version(), two],
    }),
    rows: async ({ offset = 0, limit = 100, split }) => {
      const total = split ? two.splits[split] : two.rows
      return {
        columns: two.columns,
        offset,
        total,
        rows: Array.from({ length: Math.min(limit, total - offset) }, (_, i) => [
          offset + i,
          i % 2 ? 'Private' : null,
        ]),
      }
    },
    ...over,
  },
  lineage: {
    show: async ({ id }) => ({
      artifact: { id: id as never, kind: 'dataset-version', title: 'x', madeBy: null, at: AT },
      job: null,
      parents: [],
      children: [],
    }),
  },
})

test('without data there is one place that takes it', async () => {
  mounted = await mountPage(DatasetPage)
  expect(shownText()).toContain('Drop data here to start a flow')
  expect(button('Choose file')).toBeTruthy()
})

test('shows the newest version, its rows by page, and the others', async () => {
  const pages: unknown[] = []
  const given = answers()
  const rows = given.dataset?.rows
  mounted = await mountPage(DatasetPage, {
    ...given,
    dataset: {
      ...given.dataset,
      rows: async (input, options) => {
        pages.push(input)
        return (rows as NonNullable<typeof rows>)(input, options)
      },
    },
  })
  await flushPromises()
  expect(shownText()).toContain('Adult income v2, 1,200 rows')
  expect(pages[0]).toMatchObject({ name: 'Adult income@2', offset: 0, limit: 200 })
  const grid = document.querySelector('[role=grid][aria-label="Rows of Adult income"]')
  expect(grid?.getAttribute('aria-rowcount')).toBe('1201')
  expect(grid?.textContent).toContain('missing')
  // the eval split is another list of rows
  const evalSplit = [...document.querySelectorAll<HTMLElement>('[role=radio]')].find(one =>
    one.textContent?.includes('Eval'),
  )
  evalSplit?.click()
  await flushPromises()
  expect(pages.at(-1)).toMatchObject({ split: 'eval' })
  expect(shownText()).toContain('100 of 1,200 rows')
  await press(/^v1/)
  expect(mounted.router.currentRoute.value.path).toBe(`/data/${hash('a')}`)
  expect(shownText()).toContain('Adult income v1, 1,000 rows')
})

test('rows that cannot be read say so and are read again', async () => {
  let fails = true
  const rows = answers().dataset?.rows
  mounted = await mountPage(
    DatasetPage,
    answers({
      rows: async (input, options) => {
        if (fails)
          throw new FailureError({
            code: 'unreadable-file',
            message: 'The table is damaged.',
            remedy: 'Import again.',
          })
        return (rows as NonNullable<typeof rows>)(input, options)
      },
    }),
  )
  await flushPromises()
  expect(shownText()).toContain('The table is damaged.')
  fails = false
  await press('Read again')
  expect(shownText()).not.toContain('The table is damaged.')
})

test('removing asks first, names what goes, and says what became free', async () => {
  const removed: unknown[] = []
  mounted = await mountPage(
    DatasetPage,
    answers({
      remove: async input => {
        removed.push(input)
        return { removed: [two], freedBytes: 1_200_000 }
      },
    }),
  )
  await press('Remove')
  expect(shownText()).toContain('This is final')
  await press('Keep Adult income')
  expect(removed).toEqual([])
  await press('Remove')
  await press('Remove v2')
  expect(removed).toEqual([{ name: 'Adult income@2' }])
})

test('what models were trained on is kept, until a person says anyway', async () => {
  const asked: unknown[] = []
  mounted = await mountPage(DatasetPage, {
    dataset: {
      list: async () => ({ datasets: [{ name: 'Adult income', versions: 1, latest: version() }] }),
      show: async () => ({ version: version(), versions: [version()] }),
      rows: async () => ({ columns: version().columns, rows: [], offset: 0, total: 0 }),
      remove: async input => {
        asked.push(input)
        if (input.anyway) return { removed: [version()], freedBytes: 1_200_000 }
        throw new FailureError({
          code: 'in-use',
          message: 'income v1 was trained on it; nothing was removed.',
          remedy: 'Keep it, or remove it all the same.',
        })
      },
    },
  })
  await press('Remove')
  await press('Remove 1 version')
  expect(shownText()).toContain('income v1 was trained on it; nothing was removed.')
  await press('Remove 1 version anyway')
  expect(asked).toEqual([{ name: 'Adult income' }, { name: 'Adult income', anyway: true }])
})

test('an address of a version that is gone leads back', async () => {
  mounted = await mountPage(
    DatasetPage,
    answers({
      show: async ({ name }) => {
        if (name === 'gone')
          throw new FailureError({
            code: 'not-found',
            message: 'There is no such version.',
            remedy: 'Look at the list.',
          })
        return { version: two, versions: [two] }
      },
    }),
    { path: '/data/gone' },
  )
  expect(shownText()).toContain('There is no such version.')
  await press('Show the newest version')
  expect(shownText()).toContain('Adult income v2')
})

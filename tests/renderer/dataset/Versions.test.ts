import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DatasetDiff, DatasetVersion } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import DatasetPage from '../../../renderer/rooms/dataset/DatasetPage.vue'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { hash, job, succeeded, version } from '../engine/samples.ts'
import { adult, columns, rowsOf } from './table.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted.wrapper.unmount()
  document.body.innerHTML = ''
})

const first = version({ id: hash('1'), columns, rows: 1120, bytes: 900_000 })
const second: DatasetVersion = {
  ...adult,
  parent: { id: first.id, change: '120 rows removed' },
  bytes: 40_000,
  key: ['age'],
}
const diff: DatasetDiff = {
  from: first,
  to: second,
  key: ['age'],
  rows: { same: 870, added: 10, removed: 130, changed: 120 },
  columns: {
    added: [{ name: 'hired', type: 'date' }],
    removed: [{ name: 'wage', type: 'float' }],
    retyped: [{ name: 'age', from: 'text', to: 'integer' }],
    changed: [
      { name: 'hired', rows: 30 },
      { name: 'workclass', rows: 120 },
    ],
  },
  examples: {
    added: [[44, 'Private', '2024-03-01']],
    removed: [[45, null, '2024-03-02']],
    changed: [{ key: [39], cells: [{ column: 'workclass', from: '?', to: null }] }],
  },
}
let diffs: unknown[]
const running = job({ room: 'dataset', verb: 'diff', title: 'Compare', input: {} })
const answers = (): Answers => {
  diffs = []
  return {
    dataset: {
      list: async () => ({ datasets: [{ name: 'Adult income' as never, versions: 2, latest: second }] }),
      show: async ({ name }) => ({
        version: name === first.id ? first : second,
        versions: [first, second],
      }),
      rows: rowsOf([]),
      slices: async () => ({ slices: [] }),
      diff: async input => {
        diffs.push(input)
        return { ...running, id: `job-${900 + diffs.length}` as never, input }
      },
    },
  }
}

test('every version says what made it, its rows and what it took', async () => {
  mounted = await mountPage(DatasetPage, answers())
  const list = document.querySelector('[aria-label="Versions"]')
  expect(list?.textContent).toContain('120 rows removed')
  expect(list?.textContent).toContain('+40.0 kB')
  expect(list?.textContent).toContain('imported from adult.csv')
  await press(/^Train\s*800\s*80\.0%\s*show these rows/)
  expect(mounted.router.currentRoute.value.query).toEqual({ split: 'train' })
})

describe('comparing two versions', () => {
  const compare = async () => {
    mounted = await mountPage(DatasetPage, answers())
    await press('Compare versions')
    await mounted.push(succeeded({ ...running, id: 'job-901' as never, input: diffs[0] }, diff))
    await flushPromises()
  }

  test('counts, columns and examples with the changed cells marked', async () => {
    await compare()
    expect(diffs).toEqual([{ from: 'Adult income@1', to: 'Adult income@2' }])
    expect(mounted.router.currentRoute.value.query).toEqual({ compare: '1,2' })
    const text = shownText()
    for (const words of ['Added10', 'Removed130', 'Changed120', 'Same870']) expect(text).toContain(words)
    expect(text).toContain('addedhireddate')
    expect(text).toContain('removedwagefloat')
    expect(text).toContain('other typeagetext → integer')
    // what changed most stands first
    expect(text.indexOf('workclass120 rows')).toBeGreaterThan(-1)
    expect(text.indexOf('workclass120 rows')).toBeLessThan(text.indexOf('hired30 rows'))
    expect(document.querySelector('del')?.textContent).toBe('was ?')
    expect(document.querySelector('ins')?.textContent).toBe('is missing')
    const removed = [...document.querySelectorAll<HTMLElement>('[role=radio]')].find(one =>
      one.textContent?.startsWith(' Removed'),
    )
    removed?.click()
    await flushPromises()
    expect(shownText()).toContain('45')
    expect(shownText()).toContain('The first 1; 129 more.')
  })

  test('by another key is another comparison; one that was made is shown again', async () => {
    await compare()
    await press('Key: leave out age')
    expect(diffs.at(-1)).toEqual({ from: 'Adult income@1', to: 'Adult income@2', key: [] })
    const made = diffs.length
    mounted.router.back()
    await flushPromises()
    await flushPromises()
    expect(shownText()).toContain('Changed120')
    expect(diffs).toHaveLength(made)
  })

  test('leads to their statistics and back to the rows', async () => {
    await compare()
    await press('Back to the rows')
    expect(mounted.router.currentRoute.value.query).toEqual({})
    expect(document.querySelector('[role=grid][aria-label="Rows of Adult income"]')).toBeTruthy()
    mounted.router.back()
    await flushPromises()
    await press('Compare their statistics')
    expect(mounted.router.currentRoute.value.path).toBe('/statistics')
    expect(mounted.router.currentRoute.value.query).toEqual({
      name: 'Adult income@2',
      with: 'Adult income@1',
    })
  })

  test('that fails is said and tried again', async () => {
    mounted = await mountPage(DatasetPage, answers(), { path: '/data?compare=1,2' })
    await mounted.push({
      ...running,
      id: 'job-901' as never,
      status: {
        state: 'failed',
        failure: { code: 'unreadable-file', message: 'v1 cannot be read.', remedy: 'Import it again.' },
      },
    })
    expect(shownText()).toContain('v1 cannot be read.')
    await press('Try again')
    expect(diffs).toHaveLength(2)
  })

  test('of equal versions says that nothing differs', async () => {
    mounted = await mountPage(DatasetPage, answers(), { path: '/data?compare=1,2' })
    await mounted.push(
      succeeded(
        { ...running, id: 'job-901' as never, input: diffs[0] },
        {
          ...diff,
          rows: { same: 1000, added: 0, removed: 0, changed: 0 },
          columns: { added: [], removed: [], retyped: [], changed: [] },
          examples: { added: [], removed: [], changed: [] },
        },
      ),
    )
    await flushPromises()
    expect(shownText()).toContain('Nothing differs')
  })

  test('of a version with itself asks for another', async () => {
    mounted = await mountPage(DatasetPage, answers(), { path: '/data?compare=2,2' })
    expect(shownText()).toContain('This is the same version twice')
    expect(button(/^Compare their statistics/).getAttribute('aria-disabled')).toBe('true')
  })
})

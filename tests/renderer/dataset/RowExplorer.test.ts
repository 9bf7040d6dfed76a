import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ref } from 'vue'
import type { Slice } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import DatasetPage from '../../../renderer/rooms/dataset/DatasetPage.vue'
import { dismissToast, useToast } from '../../../renderer/ui/index.ts'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { AT, job, succeeded } from '../engine/samples.ts'
import { adult, rowsOf } from './table.ts'

let mounted: Mounted
let asked: Record<string, unknown>[]
let slices: Slice[]
beforeEach(() => {
  localStorage.clear()
  asked = []
  slices = []
})
afterEach(() => {
  for (const one of useToast().toasts.value) dismissToast(one.id)
  mounted.wrapper.unmount()
  document.body.innerHTML = ''
  vi.useRealTimers()
})

const answers = (over: Answers['dataset'] = {}): Answers => ({
  dataset: {
    list: async () => ({ datasets: [{ name: 'Adult income' as never, versions: 1, latest: adult }] }),
    show: async () => ({ version: adult, versions: [adult] }),
    rows: (input, options) => rowsOf(asked, slices)(input, options),
    slices: async () => ({ slices: slices.map(slice => ({ ...slice, rows: 200 })) }),
    saveSlice: async ({ name, where }) => {
      const slice: Slice = { id: name, dataset: 'Adult income' as never, name, where: where as never, at: AT }
      slices = [...slices, slice]
      return slice
    },
    removeSlice: async ({ name }) => {
      const slice = slices.find(one => one.name === name) as Slice
      slices = slices.filter(one => one !== slice)
      return slice
    },
    ...over,
  },
})
const open = async (query: Record<string, string> = {}, over: Answers['dataset'] = {}) => {
  const address = new URLSearchParams(query).toString()
  mounted = await mountPage(DatasetPage, answers(over), { path: `/data${address ? `?${address}` : ''}` })
  await flushPromises()
}
const query = () => mounted.router.currentRoute.value.query
const grid = () => document.querySelector('[role=grid][aria-label="Rows of Adult income"]') as HTMLElement
const cellsOf = (row: number) =>
  [...(grid().querySelectorAll('[role=row]')[row]?.querySelectorAll('[role=gridcell]') ?? [])].map(one =>
    one.textContent?.trim(),
  )
const where = (...conditions: unknown[]) => ({ where: JSON.stringify(conditions) })

describe('a filter in the address', () => {
  test('lands on its rows, says how many of all, and keeps the numbers rows have in the version', async () => {
    await open({
      name: 'Adult income',
      ...where({ column: 'workclass', is: 'equals', values: ['State-gov'] }),
    })
    expect(shownText()).toContain('200 of 1,000 rows')
    expect(button('Change the filter: workclass is State-gov')).toBeTruthy()
    expect(grid().getAttribute('aria-rowcount')).toBe('201')
    expect(cellsOf(2)).toEqual(['26', 'State-gov', '2024-03-07'])
    expect(grid().querySelectorAll('[role=rowheader]')[1]?.textContent?.trim()).toBe('7')
    // the first page came with the count, so it was read once
    expect(asked.filter(one => one.offset === 0 && one.where)).toHaveLength(1)
  })

  test('of rows by number, of a split and of a search', async () => {
    await open({ only: '3,999' })
    expect(shownText()).toContain('2 of 1,000 rows')
    expect(shownText()).toContain('only 2 chosen rows')
    await mounted.router.push('/data?split=eval&search=state')
    await flushPromises()
    expect(asked.at(-1)).toMatchObject({ split: 'eval', search: 'state' })
  })

  test('that cannot be read is left out and said', async () => {
    await open({ where: '[{' })
    expect(shownText()).toContain('This address could not be read whole: its filter was left out.')
    expect(shownText()).toContain('1,000 of Adult income v2')
  })

  test('that the data refuses says why and leads back', async () => {
    await open(where({ column: 'wage', is: 'missing' }), {
      rows: async (input, options) => {
        if (input.where?.length)
          throw new FailureError({
            code: 'bad-input',
            message: 'adult has no column "wage".',
            remedy: 'Choose another column.',
          })
        return rowsOf(asked)(input, options)
      },
    })
    expect(shownText()).toContain('adult has no column "wage".')
    await press('Clear the filter')
    expect(query()).toEqual({})
    expect(shownText()).toContain('1,000 of Adult income v2')
  })
})

describe('the filter bar', () => {
  test('takes one condition away, or all', async () => {
    await open({
      ...where(
        { column: 'workclass', is: 'present', values: [] },
        { column: 'age', is: 'range', values: [20, 22] },
      ),
      sort: 'age',
    })
    await press('Remove the filter: workclass is there')
    expect(JSON.parse(String(query().where))).toEqual([{ column: 'age', is: 'range', values: [20, 22] }])
    expect(shownText()).toContain('40 of 1,000 rows')
    await press('Clear')
    expect(query()).toEqual({ sort: 'age' })
  })

  test('adds a condition by column, kind and the values that are there', async () => {
    await open()
    await press('Add filter')
    const column = [...document.querySelectorAll('label')].find(one => one.textContent?.trim() === 'Column')
    const input = document.getElementById(column?.htmlFor ?? '') as HTMLInputElement
    input.dispatchEvent(new MouseEvent('click', { bubbles: true }))
    input.value = 'work'
    input.dispatchEvent(new Event('input', { bubbles: true }))
    await flushPromises()
    const option = document.querySelector<HTMLElement>('[role=option]')
    expect(option?.textContent).toContain('workclass')
    option?.dispatchEvent(new Event('click', { bubbles: true }))
    await flushPromises()
    // nobody computed statistics: the first rows are counted, and it is said
    await flushPromises()
    expect(asked.at(-1)).toMatchObject({ columns: ['workclass'], limit: 1000 })
    expect(shownText()).toContain('Private400')
    await press('Add the filter')
    expect(shownText()).toContain('Choose or type at least one value.')
    const labels = [...document.querySelectorAll('label')]
    labels.find(one => one.textContent?.trim() === 'Private')?.click()
    await flushPromises()
    await type('Value', 'Federal-gov')
    await press('Add the filter')
    expect(JSON.parse(String(query().where))).toEqual([
      { column: 'workclass', is: 'one-of', values: ['Private', 'Federal-gov'] },
    ])
    expect(shownText()).toContain('400 of 1,000 rows')
  })

  test('changes a condition in place', async () => {
    await open(where({ column: 'age', is: 'range', values: [20, 22], closed: true }))
    await press('Change the filter: age is from 20 to 22')
    await type('To', 'x')
    await press('Change the filter')
    expect(shownText()).toContain('This column holds a whole number')
    await type('To', '21')
    await press('Change the filter')
    expect(JSON.parse(String(query().where))).toEqual([
      { column: 'age', is: 'range', values: [20, 21], closed: true },
    ])
  })

  test('searches every cell after a pause, not letter by letter', async () => {
    await open()
    vi.useFakeTimers()
    await type('Search all cells', 'st')
    await type('Search all cells', 'state')
    expect(query().search).toBeUndefined()
    vi.advanceTimersByTime(400)
    vi.useRealTimers()
    await flushPromises()
    expect(query().search).toBe('state')
    expect(shownText()).toContain('200 of 1,000 rows')
    expect(asked.filter(one => one.search)).toHaveLength(1)
    expect(grid().querySelector('mark')?.textContent).toBe('State-gov')
  })
})

test('a header sorts upward, downward, and not', async () => {
  await open()
  const age = () => grid().querySelector<HTMLElement>('[role=columnheader] button') as HTMLElement
  age().click()
  await flushPromises()
  expect(query()).toEqual({ sort: 'age' })
  expect(cellsOf(1)[0]).toBe('20')
  age().click()
  await flushPromises()
  expect(query()).toEqual({ sort: 'age', descending: 'true' })
  expect(cellsOf(1)[0]).toBe('69')
  age().click()
  await flushPromises()
  expect(query()).toEqual({})
})

test('missing and empty cells say what they are', async () => {
  await open()
  expect(cellsOf(3)[1]).toBe('missing')
  expect(cellsOf(4)[1]).toBe('empty text')
})

test('a pressed cell offers its rows, and those without it', async () => {
  await open()
  const pressed = (row: number, column: number) =>
    grid()
      .querySelectorAll('[role=row]')
      [row]?.querySelectorAll<HTMLElement>('[role=gridcell]')
      [column]?.click()
  pressed(1, 1)
  await flushPromises()
  await press('Only rows with this value')
  expect(JSON.parse(String(query().where))).toEqual([
    { column: 'workclass', is: 'equals', values: ['Private'] },
  ])
  await press('Clear')
  pressed(3, 1)
  await flushPromises()
  await press('Only rows where workclass is there')
  expect(shownText()).toContain('800 of 1,000 rows')
})

test('a row opens with all its columns, and the next one', async () => {
  await open()
  grid()
    .querySelectorAll('[role=row]')[2]
    ?.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))
  await flushPromises()
  const drawer = document.querySelector('[role=dialog]')
  expect(drawer?.textContent).toContain('Row 2')
  expect(drawer?.textContent).toContain('State-gov')
  await press('Next row')
  expect(drawer?.textContent).toContain('Row 3')
  expect(drawer?.textContent).toContain('missing')
  await press('Only rows where workclass is missing')
  expect(shownText()).toContain('200 of 1,000 rows')
})

describe('slices', () => {
  const filter = where({ column: 'workclass', is: 'equals', values: ['Private'] })

  test('a filter is saved under a name, chosen, and removed with a way back', async () => {
    await open({ ...filter, search: '2024' })
    await press('Slices')
    await press('Save the filter as a slice')
    expect(shownText()).toContain('Not part of it: the search.')
    expect(button(/^Save the slice/).textContent).toContain('Give it a name.')
    await type('Name', 'Private sector')
    await press('Save the slice')
    expect(slices[0]?.where).toEqual([{ column: 'workclass', is: 'equals', values: ['Private'] }])
    expect(query()).toEqual({ slice: 'Private sector', search: '2024' })
    expect(shownText()).toContain('400 of 1,000 rows')
    await press('Slices')
    await press('Remove the slice Private sector')
    expect(slices).toEqual([])
    expect(query().slice).toBeUndefined()
    useToast().toasts.value[0]?.action?.run()
    await flushPromises()
    expect(slices.map(slice => slice.name)).toEqual(['Private sector'])
  })

  test('a taken name is told before anything is asked', async () => {
    await mountSaved()
    await press('Slices')
    await press('Save the filter as a slice')
    await type('Name', 'Young')
    expect(button(/^Save the slice/).textContent).toContain('There is a slice Young already.')
  })
  const mountSaved = async () => {
    slices = [{ id: 'a', dataset: 'Adult income' as never, name: 'Young', where: [], at: AT }]
    await open(filter)
  }

  test('nothing to save is said', async () => {
    await open()
    await press('Slices')
    expect(shownText()).toContain('No slice yet.')
    expect(button(/^Save the filter as a slice/).textContent).toContain('Add a filter first.')
  })
})

describe('fixing rows', () => {
  const begun = () => job({ room: 'dataset', verb: 'fix', title: 'Fix rows: Adult income' })
  const next = ref(adult)

  test('needs a filter or picked rows', async () => {
    await open()
    expect(button(/^Fix rows/).getAttribute('aria-disabled')).toBe('true')
    expect(button(/^Fix rows/).textContent).toContain('Filter the rows')
  })

  test('sets a column, after a look at what would change, and goes to the new version', async () => {
    const fixed: unknown[] = []
    const running = begun()
    next.value = { ...adult, id: 'f'.repeat(64) as never, number: 3 }
    let versions = [adult]
    await open(where({ column: 'workclass', is: 'one-of', values: ['Private', 'State-gov'] }), {
      fix: async input => {
        fixed.push(input)
        return running
      },
      show: async ({ name }) => ({ version: name === next.value.id ? next.value : adult, versions }),
    })
    await press('Fix rows')
    expect(shownText()).toContain('600 rows of 1,000 will be removed; 400 stay.')
    const set = [...document.querySelectorAll<HTMLElement>('[role=radio]')].find(
      one => one.textContent?.trim() === 'Set a value',
    )
    set?.click()
    await flushPromises()
    await type('New value', 'Private')
    await flushPromises()
    expect(shownText()).toContain(
      'workclass becomes Private in 200 rows. 400 of the 600 rows have it already.',
    )
    expect(document.querySelector('del')?.textContent).toContain('State-gov')
    await press('Set 200 rows')
    expect(fixed).toEqual([
      {
        name: 'Adult income@2',
        where: [{ column: 'workclass', is: 'one-of', values: ['Private', 'State-gov'] }],
        action: 'set',
        column: 'workclass',
        value: 'Private',
      },
    ])
    versions = [adult, next.value]
    await mounted.push(succeeded(running, next.value))
    await flushPromises()
    expect(mounted.router.currentRoute.value.path).toBe(`/data/${next.value.id}`)
    expect(shownText()).toContain('Adult income v3')
  })

  test('knows the column of a filter of one column, and chooses none of several', async () => {
    const chosen = async () => {
      await press('Fix rows')
      ;[...document.querySelectorAll<HTMLElement>('[role=radio]')]
        .find(one => one.textContent?.trim() === 'Make a value missing')
        ?.click()
      await flushPromises()
      const text = document.querySelector('[role=dialog]')?.textContent ?? ''
      mounted.wrapper.unmount()
      document.body.innerHTML = ''
      return text
    }
    const age = (is: 'range' | 'differs', values: number[]) => ({ column: 'age', is, values })
    await open({ where: JSON.stringify([age('range', [20, 30]), age('differs', [20])]) })
    expect(await chosen()).toMatch(/age becomes missing in/)
    await open({
      where: JSON.stringify([age('range', [20, 30]), { column: 'workclass', is: 'missing', values: [] }]),
    })
    expect(await chosen()).toContain('Choose the column first.')
    await open({ only: '1,6', column: 'age' })
    expect(await chosen()).toMatch(/age becomes missing in/)
  })

  test('of picked rows goes by their numbers', async () => {
    const fixed: unknown[] = []
    await open(where({ column: 'age', is: 'equals', values: [25] }), {
      fix: async input => {
        fixed.push(input)
        return begun()
      },
    })
    const numbers = () => [...grid().querySelectorAll<HTMLElement>('[role=rowheader]')]
    numbers()[0]?.click()
    await flushPromises()
    numbers()[2]?.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }))
    await flushPromises()
    expect(shownText()).toContain('3 rows picked')
    await press('Fix 3 rows')
    expect(shownText()).toContain('3 rows of 1,000 will be removed')
    await press('Remove 3 rows')
    expect(fixed).toMatchObject([{ only: [5, 55, 105], where: [], action: 'remove' }])
  })

  test('of what a search found names each row', async () => {
    const fixed: { only?: number[] }[] = []
    await open(
      { search: 'state' },
      {
        fix: async input => {
          fixed.push(input as never)
          return begun()
        },
      },
    )
    await press('Fix rows')
    await press('Remove 200 rows')
    await flushPromises()
    expect(fixed[0]?.only).toHaveLength(200)
    expect(fixed[0]?.only?.slice(0, 2)).toEqual([1, 6])
  })

  test('that fails says so and keeps the version', async () => {
    const running = begun()
    await open(where({ column: 'age', is: 'equals', values: [25] }), { fix: async () => running })
    await press('Fix rows')
    await press('Remove 20 rows')
    await mounted.push({
      ...running,
      status: {
        state: 'failed',
        failure: { code: 'disk-full', message: 'The disk is full.', remedy: 'Free some space.' },
      },
    })
    expect(shownText()).toContain('The disk is full.')
    expect(shownText()).toContain('v2 is untouched')
  })
})

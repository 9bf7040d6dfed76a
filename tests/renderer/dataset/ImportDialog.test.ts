import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { FailureError } from '../../../renderer/engine/index.ts'
import { ImportDialog, useImport } from '../../../renderer/rooms/dataset/index.ts'
import { nameOf } from '../../../renderer/rooms/dataset/nameOf.ts'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { job, succeeded, version, workspace } from '../engine/samples.ts'

let mounted: Mounted
let importing: ReturnType<typeof useImport>
const host = defineComponent(() => {
  importing = useImport()
  return () => h(ImportDialog)
})
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted.wrapper.unmount()
  document.body.innerHTML = ''
  delete window.edgewright
  vi.unstubAllGlobals()
})

const head = {
  format: 'csv' as const,
  bytes: 1_200_000,
  head: {
    columns: [
      { name: 'species', type: 'text' as const },
      { name: 'height', type: 'integer' as const },
    ],
    rows: [
      ['crow', 41],
      ['owl', null],
    ],
    offset: 0,
    total: 300,
  },
}

describe('importing a file', () => {
  test('looks into it, shows its rows, and imports with the choices made', async () => {
    window.edgewright = { chooseFile: async () => '/data/height of birds.csv' }
    const asked: unknown[] = []
    const begun = job({ room: 'dataset', verb: 'import', title: 'Import data: height of birds.csv' })
    mounted = await mountPage(host, {
      dataset: {
        list: async () => ({ datasets: [] }),
        inspect: async () => head,
        import: async input => {
          asked.push(input)
          return begun
        },
      },
      statistics: { compute: async () => job() },
      validation: { check: async () => job({ room: 'validation', verb: 'check' }) },
    })
    await importing.ask()
    await flushPromises()
    expect(shownText()).toContain('/data/height of birds.csv, CSV, 1.20 MB, 2 columns')
    expect(shownText()).toContain('crow')
    expect(shownText()).toContain('missing')
    await type('Name', 'birds')
    await type('Eval', '15')
    expect(shownText()).toContain('5% stay for the test.')
    await press('Import')
    expect(asked).toEqual([
      {
        file: '/data/height of birds.csv',
        name: 'birds',
        key: [],
        splitBy: 'hash',
        train: 0.8,
        eval: 0.15,
        test: 0.05,
      },
    ])
    expect(shownText()).toContain('350 of 1,000 rows')
    await mounted.push(succeeded(begun, version({ dataset: 'birds' as never })))
    expect(document.querySelector('[role=dialog]')).toBeNull()
    expect(mounted.router.currentRoute.value.path).toBe('/data')
    expect(localStorage.getItem('edgewright.flow')).toBe('birds')
  })

  test('a name that cannot be and shares over the whole close the button and say why', async () => {
    window.edgewright = { chooseFile: async () => '/data/birds.csv' }
    mounted = await mountPage(host, {
      dataset: { list: async () => ({ datasets: [] }), inspect: async () => head },
    })
    await importing.ask()
    await flushPromises()
    await type('Name', '*')
    expect(button(/^Import/).textContent).toContain('A name may hold letters')
    await type('Name', 'birds')
    await type('Eval', '30')
    expect(button(/^Import/).textContent).toContain('Train and eval are more than all rows.')
  })

  test('a file that cannot be read is said with its remedy, and nothing is offered to import', async () => {
    window.edgewright = { chooseFile: async () => '/data/empty.csv' }
    mounted = await mountPage(host, {
      dataset: {
        list: async () => ({ datasets: [] }),
        inspect: async () => {
          throw new FailureError({
            code: 'empty-data',
            message: 'empty.csv is empty.',
            remedy: 'Choose a file with rows.',
          })
        },
      },
    })
    await importing.ask()
    await flushPromises()
    expect(shownText()).toContain('empty.csv is empty.')
    expect(shownText()).toContain('Choose a file with rows.')
    expect(() => button('Import')).toThrow()
    expect(button('Choose another file')).toBeTruthy()
  })

  test('in a browser the file is handed over first, and a refusal is said', async () => {
    const sent: string[] = []
    vi.stubGlobal('fetch', async (address: string) => {
      sent.push(address)
      return sent.length === 1
        ? new Response(JSON.stringify({ path: '/tmp/uploads/birds.csv' }), { status: 200 })
        : new Response(
            JSON.stringify({
              code: 'disk-full',
              message: 'The disk has no room for birds.csv.',
              remedy: 'Free some space.',
            }),
            { status: 400 },
          )
    })
    const looked: unknown[] = []
    mounted = await mountPage(host, {
      dataset: {
        list: async () => ({ datasets: [] }),
        inspect: async input => {
          looked.push(input)
          return head
        },
      },
    })
    const file = new File(['a,b\n'], 'birds & co.csv')
    await importing.take([{ file, name: file.name }])
    await flushPromises()
    expect(sent).toEqual(['/files?name=birds%20%26%20co.csv'])
    expect(looked).toEqual([{ file: '/tmp/uploads/birds.csv' }])
    await importing.take([{ file, name: file.name }])
    await flushPromises()
    expect(shownText()).toContain('The disk has no room for birds.csv.')
  })

  test('nothing is imported into a read-only workspace', async () => {
    const choose = vi.fn(async () => '/data/birds.csv')
    window.edgewright = { chooseFile: choose }
    mounted = await mountPage(host, { workspace: { show: async () => workspace({ readOnly: true }) } })
    await importing.ask()
    expect(choose).not.toHaveBeenCalled()
    expect(importing.open).toBe(false)
  })
})

test.each([
  ['/data/adult.data.csv', 'adult'],
  ['C:\\Data\\Height of birds (2024).parquet', 'Height of birds 2024'],
  ['/data/___.csv', 'data'],
  ['/données/été.tsv', 'été'],
  [`/x/${'a'.repeat(200)}.csv`, 'a'.repeat(80)],
])('the name of %s is %s', (file, name) => {
  expect(nameOf(file)).toBe(name)
})

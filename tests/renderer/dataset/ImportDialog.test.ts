import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import { ImportDialog, useImport } from '../../../renderer/rooms/dataset/index.ts'
import { nameOf } from '../../../renderer/rooms/dataset/nameOf.ts'
import { useToast } from '../../../renderer/ui/index.ts'
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

describe('other sources than one file', () => {
  const imported = version({ dataset: 'birds' as never, number: 3, key: ['species'] })
  const answers = (over: Answers['dataset'] = {}): Answers => ({
    dataset: { list: async () => ({ datasets: [] }), inspect: async () => head, ...over },
  })
  const field = (label: string) =>
    document.getElementById(
      [...document.querySelectorAll('label')].find(one => one.textContent?.trim() === label)?.htmlFor ?? '',
    )

  test('a pattern is typed, looked into, and says how many files it fits', async () => {
    const looked: unknown[] = []
    mounted = await mountPage(
      host,
      answers({
        inspect: async input => {
          looked.push(input)
          return { ...head, files: 12 }
        },
      }),
    )
    importing.askAddress()
    await flushPromises()
    expect(button(/^Look into it/).textContent).toContain('Say where the data is.')
    await type('From', ' /data/days/*.csv ')
    await press('Look into it')
    expect(looked).toEqual([{ file: '/data/days/*.csv' }])
    expect(shownText()).toContain('/data/days/*.csv, CSV, 12 files, 1.20 MB, 2 columns')
    expect((field('Name') as HTMLInputElement).value).toBe('days')
  })

  test('a database is asked in SQL, and its password is not shown', async () => {
    const asked: unknown[] = []
    mounted = await mountPage(
      host,
      answers({
        inspect: async () => ({ ...head, format: 'postgres' as const, bytes: 0 }),
        import: async input => {
          asked.push(input)
          return job({ room: 'dataset', verb: 'import' })
        },
      }),
    )
    importing.askAddress()
    await flushPromises()
    expect(field('Query')).toBeNull()
    await type('From', 'postgres://ada:secret@host/plant')
    await type('Query', 'SELECT * FROM readings')
    await press('Look into it')
    expect(shownText()).toContain('postgres://ada:…@host/plant, PostgreSQL, 2 columns')
    expect(shownText()).not.toContain('secret')
    await press('Import')
    expect(asked).toMatchObject([
      { file: 'postgres://ada:secret@host/plant', query: 'SELECT * FROM readings', name: 'plant' },
    ])
  })

  test('a database that does not answer is said, and the address can be changed', async () => {
    mounted = await mountPage(
      host,
      answers({
        inspect: async () => {
          throw new FailureError({
            code: 'unreachable',
            message: 'The database does not answer.',
            remedy: 'Check the address.',
          })
        },
      }),
    )
    importing.read('postgres://ada@host/plant')
    await flushPromises()
    expect(shownText()).toContain('The database does not answer.')
    await press('Change the address')
    expect((field('From') as HTMLInputElement).value).toBe('postgres://ada@host/plant')
  })

  test('of a workbook a sheet is chosen, and looked into', async () => {
    const looked: { table?: string | undefined }[] = []
    window.edgewright = { chooseFile: async () => '/data/book.xlsx' }
    mounted = await mountPage(
      host,
      answers({
        inspect: async input => {
          looked.push(input)
          return { ...head, format: 'excel' as const, tables: ['May', 'June'] }
        },
      }),
    )
    await importing.ask()
    await flushPromises()
    const input = field('Sheet') as HTMLInputElement
    expect(input.placeholder).toBe('May')
    input.dispatchEvent(new MouseEvent('click', { bubbles: true }))
    await flushPromises()
    const june = [...document.querySelectorAll<HTMLElement>('[role=option]')].find(one =>
      one.textContent?.includes('June'),
    )
    june?.dispatchEvent(new Event('click', { bubbles: true }))
    await flushPromises()
    expect(looked.at(-1)).toEqual({ file: '/data/book.xlsx', table: 'June' })
  })

  test('files that are all of their folder are one import', async () => {
    const looked: { file: string }[] = []
    mounted = await mountPage(
      host,
      answers({
        inspect: async input => {
          looked.push(input)
          return { ...head, files: input.file.includes('*') ? 2 : 1 }
        },
      }),
    )
    await importing.take(
      ['/days/1.csv', '/days/2.csv'].map(path => ({ file: new File([], path), name: path, path })),
    )
    await flushPromises()
    expect(importing.source?.file).toBe('/days/*.csv')
    expect(looked[0]?.file).toBe('/days/*.csv')
  })

  test('files of other places are appended one after the other; what came before a failure is kept', async () => {
    const asked: { file: string; append?: boolean | undefined }[] = []
    mounted = await mountPage(
      host,
      answers({
        inspect: async () => ({ ...head, files: 9 }),
        import: async input => {
          asked.push(input)
          return job({ id: `job-${700 + asked.length}` as never, room: 'dataset', verb: 'import' })
        },
      }),
    )
    await importing.take(
      ['/a/1.csv', '/b/2.csv'].map(path => ({ file: new File([], path), name: path, path })),
    )
    await flushPromises()
    expect(shownText()).toContain('/a/1.csv, and 1 more file')
    expect(shownText()).toContain('2 files become versions in a row')
    await press('Import')
    const done = { ...job({ room: 'dataset', verb: 'import' }), id: 'job-701' as never }
    await mounted.push(succeeded(done, imported))
    expect(asked.map(({ file, append }) => [file, append])).toEqual([
      ['/a/1.csv', undefined],
      ['/b/2.csv', true],
    ])
    await mounted.push({
      ...done,
      id: 'job-702' as never,
      status: {
        state: 'failed',
        failure: { code: 'bad-input', message: 'b/2.csv has other columns.', remedy: 'Import it alone.' },
      },
    })
    expect(shownText()).toContain('b/2.csv has other columns.')
    expect(shownText()).toContain('1 file is in and kept')
  })

  test('rows are appended to a dataset that is there, by its own split', async () => {
    const asked: unknown[] = []
    window.edgewright = { chooseFile: async () => '/data/birds.csv' }
    mounted = await mountPage(
      host,
      answers({
        list: async () => ({ datasets: [{ name: 'birds' as never, versions: 3, latest: imported }] }),
        import: async input => {
          asked.push(input)
          return job({ room: 'dataset', verb: 'import' })
        },
      }),
    )
    await importing.ask()
    await flushPromises()
    expect(shownText()).toContain('The new version holds these rows alone.')
    document.querySelector<HTMLElement>('[role=switch]')?.click()
    await flushPromises()
    expect(shownText()).toContain('Rows come to their splits as in v3: hash of species.')
    await press('Append as version 4')
    expect(asked).toMatchObject([{ name: 'birds', append: true, key: ['species'] }])
  })

  test('a folder of pictures says what it is', async () => {
    const looked: unknown[] = []
    window.edgewright = { chooseFolder: async () => '/data/birds/' }
    mounted = await mountPage(
      host,
      answers({
        inspect: async input => {
          looked.push(input)
          return { ...head, format: 'images' as const, files: 300 }
        },
      }),
    )
    await importing.askFolder('images')
    await flushPromises()
    expect(looked).toEqual([{ file: '/data/birds/', format: 'images' }])
    expect(field('Labels')).toBeTruthy()
  })

  test('too many files at once lead to their folder', async () => {
    mounted = await mountPage(host, answers())
    const file = new File([], 'x.csv')
    await importing.take(Array.from({ length: 101 }, (_, i) => ({ file, name: `${i}.csv` })))
    await flushPromises()
    expect(field('From')).toBeTruthy()
    expect(useToast().toasts.value.at(-1)?.text).toContain('Import their folder')
  })
})

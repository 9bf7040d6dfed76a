import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { noise, plain, shapes } from './pictures.ts'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let folder: string
beforeEach(() => {
  workspace = openWorkspace()
  folder = join(dirname(workspace.file('pets/.keep', '')))
})
afterEach(() => workspace.close())

async function put(path: string, content: string | Uint8Array | Promise<Uint8Array>): Promise<void> {
  const to = join(folder, path)
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, await content)
}

/** Rows of a version by path, each by column. */
async function rowsOf(version: DatasetVersion, columns?: string[]): Promise<Record<string, Cell>[]> {
  const page = await workspace.dataset.door.rows(
    { name: version.id, offset: 0, limit: 1000, columns },
    listening,
  )
  return page.rows.map(row => Object.fromEntries(page.columns.map(({ name }, at) => [name, row[at] ?? null])))
}

const labels = async (version: DatasetVersion) =>
  Object.fromEntries((await rowsOf(version)).map(({ path, label }) => [path, label]))

const contents = () => workspace.leftovers().filter(path => path.startsWith('blobs')).length

async function twoClasses(): Promise<void> {
  for (let seed = 0; seed < 6; seed++)
    await put(`${seed % 2 ? 'dog' : 'cat'}/${seed}.jpg`, shapes(seed, { width: 40 + seed, height: 30 }))
}

describe('a folder per class', () => {
  test('is a table with a row for each picture', async () => {
    await twoClasses()
    const version = await workspace.import(folder)
    expect(version).toMatchObject({ dataset: 'pets', rows: 6, images: true, key: ['blob'] })
    expect(version.source).toMatchObject({ format: 'images', files: 6 })
    expect(version.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'path text',
      'label text',
      'width integer',
      'height integer',
      'channels integer',
      'format text',
      'bytes integer',
      'brightness float',
      'contrast float',
      'sharpness float',
      'hash text',
      'boxes text',
      'objects integer',
      'blob text',
      'problem text',
    ])
    const rows = await rowsOf(version)
    expect(rows.map(({ path, label, width }) => [path, label, width])).toEqual([
      ['cat/0.jpg', 'cat', 40],
      ['cat/2.jpg', 'cat', 42],
      ['cat/4.jpg', 'cat', 44],
      ['dog/1.jpg', 'dog', 41],
      ['dog/3.jpg', 'dog', 43],
      ['dog/5.jpg', 'dog', 45],
    ])
    for (const { blob, bytes } of rows) {
      expect(workspace.store.blobs.read(blob as never).length).toBe(bytes)
    }
  })

  test('numbers in names are in their order, hidden files are not seen, folders in a class are of it', async () => {
    for (const name of [
      'cat/10.png',
      'cat/9.png',
      'cat/old/1.png',
      'cat/.hidden.png',
      '__MACOSX/cat/._1.png',
    ])
      await put(name, plain())
    await put('cat/Thumbs.db', 'what Windows leaves')
    const version = await workspace.import(folder)
    expect(await labels(version)).toEqual({ 'cat/9.png': 'cat', 'cat/10.png': 'cat', 'cat/old/1.png': 'cat' })
    expect(version.notes.join()).toMatch(/folders within a class folder/)
  })

  test('pictures that lie in no folder have no label', async () => {
    await put('a.png', plain())
    await put('images/b.png', plain({ color: '#ff0000' }))
    expect(await labels(await workspace.import(folder))).toEqual({ 'a.png': null, 'images/b.png': null })
  })

  test('train, val and test folders become the split where that is wanted', async () => {
    for (const [nth, place] of ['train', 'train', 'val', 'test'].entries())
      await put(`${place}/cat/${nth}.png`, shapes(nth, { as: 'png' }))
    const plainly = await workspace.import(folder)
    expect(plainly.notes.join()).toMatch(/column "split"/)
    expect((await rowsOf(plainly)).map(({ label, split }) => [label, split])).toEqual([
      ['cat', 'test'],
      ['cat', 'train'],
      ['cat', 'train'],
      ['cat', 'eval'],
    ])
    const split = await workspace.import(folder, { splitBy: 'column' } as never)
    expect(split.splits).toEqual({ train: 2, eval: 1, test: 1 })
  })

  test('a class called "train" beside others stays a class', async () => {
    for (const name of ['bus', 'car', 'train']) await put(`${name}/1.png`, plain())
    expect(await labels(await workspace.import(folder))).toEqual({
      'bus/1.png': 'bus',
      'car/1.png': 'car',
      'train/1.png': 'train',
    })
  })

  test('the same picture is never in two splits', async () => {
    for (let nth = 0; nth < 12; nth++)
      for (const copy of ['a', 'b', 'c']) await put(`${copy}/${nth}.png`, plain({ width: 10 + nth }))
    const version = await workspace.import(folder, { train: 0.5, eval: 0.25, test: 0.25 })
    const page = async (split: 'train' | 'eval' | 'test') =>
      (
        await workspace.dataset.door.rows({ name: version.id, offset: 0, limit: 100, split }, listening)
      ).rows.map(row => row[version.columns.findIndex(({ name }) => name === 'blob')])
    const [train, evaluation, held] = [await page('train'), await page('eval'), await page('test')]
    expect(train.length + evaluation.length + held.length).toBe(36)
    expect(new Set([...train, ...evaluation, ...held]).size).toBe(12)
    expect(new Set(train).size + new Set(evaluation).size + new Set(held).size).toBe(12)
  })
})

describe('what is no folder of pictures', () => {
  test('a folder of data stays one, whatever pictures lie beside it', async () => {
    await put('a.csv', 'age,sex\n1,F\n2,M\n')
    await put('logo.png', plain())
    expect(await workspace.import(folder)).toMatchObject({ rows: 2, source: { format: 'csv' } })
  })

  test('a folder without pictures says so where pictures are meant', async () => {
    await put('notes.txt', 'nothing')
    expect(await failureOf(workspace.import(folder, { format: 'images' }))).toMatchObject({
      code: 'empty-data',
      message: expect.stringMatching(/no pictures/),
    })
  })

  test('one picture, a missing folder, labels that are not there', async () => {
    await put('a.png', plain())
    expect((await failureOf(workspace.import(join(folder, 'a.png'), { format: 'images' }))).message).toMatch(
      /one picture/,
    )
    expect((await failureOf(workspace.import(join(folder, 'none'), { format: 'images' }))).code).toBe(
      'not-found',
    )
    expect(
      (await failureOf(workspace.import(folder, { labels: join(folder, 'none.csv') } as never))).code,
    ).toBe('not-found')
  })

  test('labels that name none of the pictures', async () => {
    await put('a.png', plain())
    const list = workspace.file('other.csv', 'age,sex\n1,F\n2,M\n')
    expect((await failureOf(workspace.import(folder, { labels: list } as never))).message).toMatch(
      /names no pictures/,
    )
  })

  test('a dataset of rows shows no pictures, and takes none behind its rows', async () => {
    const rows = await workspace.import(workspace.file('rows.csv', 'a,b\n1,2\n3,4\n'), { name: 'pets' })
    const asked = workspace.dataset.door.thumbnails(
      { name: rows.id, offset: 0, limit: 10, size: 64 },
      listening,
    )
    expect((await failureOf(asked)).message).toMatch(/are no pictures/)
    await put('a.png', plain())
    expect((await failureOf(workspace.import(folder, { append: true } as never))).code).toBe('bad-input')
  })
})

describe('pictures that cannot be read', () => {
  test('are rows with the reason', async () => {
    const whole = await noise(1)
    await put('cat/whole.jpg', whole)
    await put('cat/half.jpg', whole.subarray(0, whole.length / 2))
    await put('cat/empty.jpg', '')
    await put('cat/text.jpg', 'this is text')
    const version = await workspace.import(folder)
    const problems = Object.fromEntries((await rowsOf(version)).map(({ path, problem }) => [path, problem]))
    expect(problems).toEqual({
      'cat/whole.jpg': null,
      'cat/half.jpg': expect.stringMatching(/cut off/),
      'cat/empty.jpg': 'It is empty (0 bytes).',
      'cat/text.jpg': 'It is text, not a picture.',
    })
    expect(version.notes.join()).toMatch(/3 pictures cannot be read/)
    const { images } = await workspace.dataset.door.thumbnails(
      { name: version.id, offset: 0, limit: 10, size: 64 },
      listening,
    )
    expect(images.map(({ data, problem }) => [data !== null, problem !== null])).toEqual([
      [false, true],
      [false, true],
      [false, true],
      [true, false],
    ])
  })

  test('only such ones still make a dataset', async () => {
    await put('cat/text.jpg', 'this is text')
    expect(await workspace.import(folder)).toMatchObject({ rows: 1, images: true })
  })
})

describe('versions of pictures', () => {
  test('the same folder again is the same version', async () => {
    await twoClasses()
    const first = await workspace.import(folder)
    expect((await workspace.import(folder)).id).toBe(first.id)
  })

  test('a few more pictures: what was there is shared and not measured again', async () => {
    await twoClasses()
    const first = await workspace.import(folder)
    const before = contents()
    await put('cat/6.jpg', shapes(60))
    const second = await workspace.import(folder)
    expect(second).toMatchObject({ number: 2, rows: 7 })
    // The picture, the table, the list of contents.
    expect(contents() - before).toBeLessThanOrEqual(3)
    expect(second.shared).toBeGreaterThan(0)
    const [old, now] = [await rowsOf(first), await rowsOf(second)]
    for (const row of old) expect(now).toContainEqual(row)
  })

  test('a picture with another label is a changed row', async () => {
    await twoClasses()
    const first = await workspace.import(folder)
    rmSync(join(folder, 'cat/2.jpg'))
    await put('dog/2.jpg', shapes(2, { width: 42, height: 30 }))
    const second = await workspace.import(folder)
    const diff = await workspace.job(job =>
      workspace.dataset.door.diff({ from: first.id, to: second.id }, job),
    )
    expect(diff.rows).toEqual({ same: 5, added: 0, removed: 0, changed: 1 })
  })

  test('more pictures behind those that are there', async () => {
    await twoClasses()
    await workspace.import(folder)
    const more = join(dirname(folder), 'more')
    mkdirSync(join(more, 'cat'), { recursive: true })
    writeFileSync(join(more, 'cat/new.jpg'), await shapes(99))
    const second = await workspace.import(more, { name: 'pets', append: true } as never)
    expect(second).toMatchObject({ number: 2, rows: 7, images: true })
    expect((await rowsOf(second)).at(-1)).toMatchObject({ path: 'cat/new.jpg', label: 'cat' })
  })

  test('removing a version gives back what no other one needs', async () => {
    await twoClasses()
    const first = await workspace.import(folder)
    rmSync(join(folder, 'cat/0.jpg'))
    await put('cat/7.jpg', shapes(70))
    const second = await workspace.import(folder)
    const gone = (await rowsOf(first)).find(({ path }) => path === 'cat/0.jpg')?.blob as never
    expect(workspace.store.blobs.has(gone)).toBe(true)
    await workspace.dataset.door.remove({ name: 'pets@1' }, listening)
    expect(workspace.store.blobs.has(gone)).toBe(false)
    for (const { blob } of await rowsOf(second)) expect(workspace.store.blobs.has(blob as never)).toBe(true)
    await workspace.dataset.door.remove({ name: 'pets' }, listening)
    expect(contents()).toBe(0)
  })

  test('removing rows keeps the other pictures, and their contents with the new version', async () => {
    await twoClasses()
    const first = await workspace.import(folder)
    const where = [{ column: 'label', is: 'equals' as const, values: ['cat'] }]
    const fixed = await workspace.job(job =>
      workspace.dataset.door.fix({ name: first.id, where, action: 'remove' }, job),
    )
    expect(fixed).toMatchObject({ rows: 3, images: true })
    const blobs = (await rowsOf(first)).map(({ label, blob }) => ({ label, blob: blob as never }))
    await workspace.dataset.door.remove({ name: 'pets@1' }, listening)
    for (const { label, blob } of blobs) expect(workspace.store.blobs.has(blob)).toBe(label === 'dog')
  })

  test('nothing is kept of an import that is cancelled', async () => {
    for (let seed = 0; seed < 60; seed++)
      await put(`cat/${seed}.jpg`, noise(seed, { width: 200, height: 200 }))
    const plan = { file: folder, key: [], train: 0.8, eval: 0.1, test: 0.1, splitBy: 'hash' as const }
    let cancel = () => {}
    const failed = workspace.job(
      async job => {
        const tell = job.progress
        job.progress = (share, step) => {
          tell(share, step)
          if (step === 'measuring the pictures') cancel()
        }
        return workspace.dataset.door.import(plan as never, job)
      },
      job => {
        cancel = job.cancel
      },
    )
    expect((await failureOf(failed)).message).toBe('cancelled')
    expect(workspace.leftovers()).toEqual([])
  })

  test('a workspace whose picture was lost takes it back when it is imported again', async () => {
    await twoClasses()
    const first = await workspace.import(folder)
    const blob = (await rowsOf(first))[0]?.blob as never
    workspace.store.blobs.remove(blob)
    const { images } = await workspace.dataset.door.thumbnails(
      { name: first.id, offset: 0, limit: 1, size: 64 },
      listening,
    )
    expect(images[0]).toMatchObject({ data: null, problem: 'Its file is missing from this workspace.' })
    expect((await workspace.import(folder)).id).toBe(first.id)
    expect(workspace.store.blobs.has(blob)).toBe(true)
  })
})

test('what the folder holds can be looked at before anything is kept', async () => {
  await twoClasses()
  const seen = await workspace.dataset.door.inspect({ file: folder }, listening)
  expect(seen).toMatchObject({ format: 'images', files: 6 })
  expect(seen.head.rows).toHaveLength(6)
  expect(workspace.leftovers()).toEqual([])
  expect(
    existsSync(join(workspace.store.folder, 'blobs'))
      ? readdirSync(join(workspace.store.folder, 'blobs'))
      : [],
  ).toEqual([])
})

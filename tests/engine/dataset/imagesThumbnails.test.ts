import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatasetVersion, Filter, Thumbnail } from '#contract'
import { openShelf } from '../../../main/engine/dataset/images/shelf.ts'
import { shapes } from './pictures.ts'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let version: DatasetVersion
const MANY = 120
beforeAll(async () => {
  workspace = openWorkspace()
  const folder = dirname(workspace.file('wall/.keep', ''))
  for (const label of ['left', 'right']) mkdirSync(join(folder, label))
  for (let nth = 0; nth < MANY; nth++)
    writeFileSync(
      join(folder, nth % 3 ? 'right' : 'left', `${nth}.jpg`),
      await shapes(nth, { width: 320 + nth, height: 200 }),
    )
  const turned = await sharp(await shapes(1, { width: 300, height: 100 }))
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  writeFileSync(join(folder, 'left/turned.jpg'), turned)
  writeFileSync(
    join(folder, 'left/tiny.png'),
    await sharp({ create: { width: 8, height: 4, channels: 4, background: '#f008' } })
      .png()
      .toBuffer(),
  )
  version = await workspace.import(folder)
}, 60_000)
afterAll(() => workspace.close())

const ask = (
  want: { offset?: number; limit?: number; size?: number; where?: Filter; split?: 'eval' } = {},
  signal = listening.signal,
) =>
  workspace.dataset.door.thumbnails({ name: version.id, offset: 0, limit: 20, size: 96, ...want }, { signal })
const pixels = (image: Thumbnail | undefined) =>
  sharp(Buffer.from(image?.data as string, 'base64')).metadata()

test('a page of pictures in the order of the rows, WebP with the longer side as asked', async () => {
  const { images, total } = await ask({ offset: 10, limit: 5 })
  expect(total).toBe(MANY + 2)
  expect(images.map(({ row }) => row)).toEqual([10, 11, 12, 13, 14])
  for (const image of images) {
    expect(await pixels(image)).toMatchObject({ format: 'webp', width: 96 })
    expect(image).toMatchObject({ label: 'left', problem: null, height: 200 })
  }
})

test('a rotation is followed, a small picture is not made larger and stays transparent', async () => {
  const { images } = await ask({ limit: 100 })
  const turned = images.find(({ path }) => path.endsWith('turned.jpg'))
  expect(turned).toMatchObject({ width: 100, height: 300 })
  expect(await pixels(turned)).toMatchObject({ width: 32, height: 96 })
  expect(await pixels(images.find(({ path }) => path.endsWith('tiny.png')))).toMatchObject({
    width: 8,
    height: 4,
    hasAlpha: true,
  })
})

test('a large view by the same call', async () => {
  const { images } = await ask({ offset: 5, limit: 1, size: 1024 })
  expect((await pixels(images[0])).width).toBe(images[0]?.width)
})

test('a filter and a split', async () => {
  const where: Filter = [{ column: 'label', is: 'equals', values: ['right'] }]
  const { images, total } = await ask({ where, limit: 3, offset: 4 })
  expect(total).toBe(80)
  expect(images.map(({ label }) => label)).toEqual(['right', 'right', 'right'])
  expect((await ask({ split: 'eval' })).total).toBe(version.splits.eval)
})

test('behind the last row there is none; an unknown column is said', async () => {
  expect((await ask({ offset: 1000 })).images).toEqual([])
  expect((await failureOf(ask({ where: [{ column: 'no', is: 'present', values: [] }] }))).code).toBe(
    'bad-input',
  )
})

test('a hundred that were made before come at once, and the same', async () => {
  const first = await ask({ limit: 100 })
  const begin = performance.now()
  const second = await ask({ limit: 100 })
  expect(performance.now() - begin).toBeLessThan(500)
  expect(second).toEqual(first)
})

test('a request that is given up stops', async () => {
  const leaving = new AbortController()
  const asked = ask({ limit: 120, size: 77 }, leaving.signal)
  leaving.abort()
  await expect(asked).rejects.toThrow()
})

test('what is kept of them is bounded, in memory and on the disk', async () => {
  const folder = dirname(workspace.file('shelf/.keep', ''))
  const shelf = openShelf(folder, { memory: 250, disk: 450 })
  for (let nth = 0; nth < 10; nth++) await shelf.put(`k${nth}`, Buffer.alloc(100, nth))
  const { readdirSync } = await import('node:fs')
  expect(
    readdirSync(folder)
      .filter(name => name.startsWith('k'))
      .sort(),
  ).toEqual(['k6', 'k7', 'k8', 'k9'])
  expect(await shelf.get('k0')).toBeNull()
  expect(await shelf.get('k6')).toEqual(Buffer.alloc(100, 6))
  expect(await shelf.get('k9')).toEqual(Buffer.alloc(100, 9))
})

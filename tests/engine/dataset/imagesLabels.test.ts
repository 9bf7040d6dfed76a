import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { namesOfYaml } from '../../../main/engine/dataset/images/yolo.ts'
import { plain } from './pictures.ts'
import { listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let folder: string
beforeEach(() => {
  workspace = openWorkspace()
  folder = dirname(workspace.file('shots/.keep', ''))
})
afterEach(() => workspace.close())

async function put(path: string, content?: string | Uint8Array): Promise<string> {
  const to = join(folder, path)
  mkdirSync(dirname(to), { recursive: true })
  // Each picture has a size of its own, so that no two are the same.
  writeFileSync(to, content ?? (await plain({ width: 100, height: 50 + ++made })))
  return to
}
let made = 0

async function rowsOf(version: DatasetVersion, ...columns: string[]): Promise<Cell[][]> {
  const page = await workspace.dataset.door.rows(
    { name: version.id, offset: 0, limit: 1000, columns },
    listening,
  )
  return page.rows
}
const bring = (file = folder, plan: Record<string, unknown> = {}) => workspace.import(file, plan as never)

describe('a table of paths and labels', () => {
  test.each([
    ['labels.csv', 'filename,label\na.png,cat\nimg/b.png,dog\n'],
    ['labels.tsv', 'image\tclass\na.png\tcat\nimg/b.png\tdog\n'],
    ['labels.csv', 'dog;img/b.png\ncat;a.png\n'],
    ['metadata.jsonl', '{"file_name":"a.png","label":"cat"}\n{"file_name":"img/b.png","label":"dog"}\n'],
    ['labels.csv', 'id,breed\na,cat\nb,dog\n'],
    ['labels.csv', 'path,label\nC:\\data\\a.png,cat\nimg\\b.png,dog\n'],
    ['lists/labels.csv', 'path,label\n../a.png,cat\n../img/b.png,dog\n'],
  ])('%s beside the pictures', async (name, text) => {
    await put('a.png')
    await put('img/b.png')
    await put(name, text)
    const version = await bring()
    expect(new Map((await rowsOf(version, 'path', 'label')) as [string, string][])).toEqual(
      new Map([
        ['a.png', 'cat'],
        ['img/b.png', 'dog'],
      ]),
    )
    expect((await rowsOf(version, 'problem')).flat()).toEqual([null, null])
  })

  test('named by hand, from elsewhere; what it does not name has no label', async () => {
    await put('a.png')
    await put('b.png')
    const labels = workspace.file('mine.csv', 'path,label\na.png,cat\n')
    const version = await bring(folder, { labels })
    expect(await rowsOf(version, 'path', 'label')).toEqual([
      ['a.png', 'cat'],
      ['b.png', null],
    ])
    expect(version.notes.join()).toMatch(/1 picture that no label names has none/)
  })

  test('itself imported as pictures: only those that it names', async () => {
    await put('a.png')
    await put('b.png')
    const version = await bring(await put('few.csv', 'path,label\nb.png,dog\n'), { format: 'images' })
    expect(await rowsOf(version, 'path', 'label')).toEqual([['b.png', 'dog']])
  })

  test('without saying that it means pictures it stays a table', async () => {
    await put('a.png')
    expect((await bring(await put('few.csv', 'path,label\na.png,cat\n'))).source.format).toBe('csv')
  })

  test('a picture that is not there, a path twice, a row without a path, other columns', async () => {
    for (const name of ['a', 'b', 'c']) await put(`${name}.png`)
    await put(
      'labels.csv',
      'path,label,photographer\na.png,cat,x\nb.png,dog,x\nc.png,,x\ngone.png,cat,x\na.png,cat,x\nb.png,cat,x\n,cat,x\n',
    )
    const version = await bring()
    expect(await rowsOf(version, 'path', 'label', 'problem')).toEqual([
      ['a.png', 'cat', null],
      ['b.png', 'dog', null],
      ['c.png', null, null],
      ['gone.png', 'cat', '"labels.csv" names it, but there is no such file.'],
      ['b.png', 'cat', null],
    ])
    const notes = version.notes.join('\n')
    expect(notes).toMatch(/1 picture that it names is not there/)
    expect(notes).toMatch(/1 row that repeat/)
    expect(notes).toMatch(/another label/)
    expect(notes).toMatch(/1 row without a path/)
    expect(notes).toMatch(/"photographer" is not kept/)
  })

  test('a column, or the names of several tables, say the split', async () => {
    for (const name of ['a', 'b', 'c']) await put(`${name}.png`)
    const one = await put('labels.csv', 'path,label,split\na.png,x,train\nb.png,y,valid\nc.png,y,test\n')
    expect((await bring(folder, { splitBy: 'column' })).splits).toEqual({ train: 1, eval: 1, test: 1 })
    writeFileSync(one, 'path,label\na.png,x\nb.png,y\n')
    const { renameSync } = await import('node:fs')
    renameSync(one, join(folder, 'train.csv'))
    await put('val.csv', 'path,label\nc.png,x\n')
    expect(await rowsOf(await bring(), 'path', 'label', 'split')).toEqual([
      ['a.png', 'x', 'train'],
      ['b.png', 'y', 'train'],
      ['c.png', 'x', 'eval'],
    ])
  })
})

describe('annotations of COCO', () => {
  const coco = (more: Record<string, unknown> = {}) =>
    JSON.stringify({
      info: { year: 2026 },
      images: [
        { id: 1, file_name: 'a.png', width: 100, height: 60 },
        { id: 2, file_name: 'b.png', width: 100, height: 60 },
        { id: 3, file_name: 'c.png', width: 100, height: 60 },
      ],
      annotations: [
        { id: 1, image_id: 1, category_id: 7, bbox: [10, 20, 30.5, 8], area: 1, iscrowd: 0 },
        { id: 2, image_id: 1, category_id: 7, bbox: [0, 0, 5, 5], iscrowd: 1 },
        { id: 3, image_id: 2, category_id: 7, bbox: [1, 2, 3, 4] },
        { id: 4, image_id: 2, category_id: 9, bbox: [4, 3, 2, 1] },
      ],
      categories: [
        { id: 7, name: 'boat', supercategory: 'vehicle' },
        { id: 9, name: 'buoy' },
      ],
      ...more,
    })

  const boat = [
    { class: 'boat', x: 10, y: 20, width: 30.5, height: 8 },
    { class: 'boat', x: 0, y: 0, width: 5, height: 5, crowd: true },
  ]

  test.each(['annotations/instances_default.json', '_annotations.coco.json', 'images/a.json'])(
    '%s gives boxes, and a label where all objects are of one class',
    async name => {
      for (const picture of ['a', 'b', 'c']) await put(`images/${picture}.png`)
      await put(name, coco())
      const version = await bring()
      const rows = await rowsOf(version, 'path', 'label', 'objects', 'boxes')
      expect(rows.map(([path, label, objects]) => [path, label, objects])).toEqual([
        ['images/a.png', 'boat', 2],
        ['images/b.png', null, 2],
        ['images/c.png', null, 0],
      ])
      expect(JSON.parse(rows[0]?.[3] as string)).toEqual(boat)
      expect(rows[2]?.[3]).toBe('[]')
      expect(version.notes.join()).toMatch(/1 picture has objects of several classes/)
    },
  )

  test('the file itself imported is one of pictures; other JSON stays a table', async () => {
    for (const picture of ['a', 'b', 'c']) await put(`images/${picture}.png`)
    const version = await bring(await put('annotations/all.json', coco()))
    expect(version).toMatchObject({ rows: 3, images: true })
    const rows = await bring(await put('rows.json', '[{"images":[1],"b":2},{"images":[2],"b":3}]'))
    expect(rows.images).toBeUndefined()
    expect(rows.rows).toBe(2)
  })

  test('train and val files say the split; captions and key points of the same pictures do not count', async () => {
    for (const picture of ['a', 'b', 'c']) await put(`train2017/${picture}.png`)
    await put('val2017/d.png')
    await put('annotations/instances_train2017.json', coco())
    const one = {
      images: [{ id: 5, file_name: 'd.png' }],
      annotations: [{ image_id: 5, category_id: 9, bbox: [1, 1, 1, 1] }],
    }
    await put('annotations/instances_val2017.json', coco(one))
    await put('annotations/person_keypoints_val2017.json', coco({ images: [{ id: 5, file_name: 'd.png' }] }))
    await put('annotations/captions_val2017.json', '{"images":[],"annotations":[{"caption":"a boat"}]}')
    expect(await rowsOf(await bring(), 'path', 'label', 'split')).toEqual([
      ['train2017/a.png', 'boat', 'train'],
      ['train2017/b.png', null, 'train'],
      ['train2017/c.png', null, 'train'],
      ['val2017/d.png', 'buoy', 'eval'],
    ])
  })

  test('what is wrong in it is said and left out', async () => {
    for (const picture of ['a', 'b', 'c']) await put(`${picture}.png`)
    await put(
      'instances.json',
      coco({
        images: [
          { id: 1, file_name: 'a.png' },
          { id: 2, file_name: 'gone.png' },
          { id: 3, file_name: 'a.png' },
        ],
        annotations: [
          { image_id: 1, category_id: 99, bbox: [1, 1, 1, 1] },
          { image_id: 1, category_id: 99, bbox: [1, 1, -5, 1] },
          { image_id: 1, category_id: 99, bbox: 'wide' },
          { image_id: 77, category_id: 7, bbox: [1, 1, 1, 1] },
        ],
      }),
    )
    const version = await bring()
    expect(await rowsOf(version, 'path', 'label', 'objects')).toEqual([
      ['a.png', '99', 1],
      ['gone.png', null, 0],
      ['b.png', null, null],
      ['c.png', null, null],
    ])
    const notes = version.notes.join('\n')
    for (const said of [/names twice/, /is not there/, /does not list/, /does not name/, /box that is none/])
      expect(notes).toMatch(said)
  })
})

describe('annotations of YOLO', () => {
  const yaml = 'path: ../shots\ntrain: images/train\nval: images/val\nnc: 2\nnames:\n  0: boat\n  1: "buoy"\n'

  test('labels beside images, splits by folders, boxes in pixels', async () => {
    await put('images/train/a.png', await plain({ width: 200, height: 100 }))
    await put('images/train/b.png', await plain({ width: 201, height: 100 }))
    await put('images/val/c.png')
    await put('labels/train/a.txt', '0 0.5 0.5 0.2 0.4\n0 0.25 0.25 0.1 0.1\n')
    await put('labels/train/b.txt', '')
    await put('labels/val/c.txt', '1 0.5 0.5 1 1\n0 0.1 0.1 0.1 0.1\n')
    await put('data.yaml', yaml)
    const version = await bring()
    const rows = await rowsOf(version, 'path', 'label', 'split', 'objects', 'boxes')
    expect(rows.map(row => row.slice(0, 4))).toEqual([
      ['images/train/a.png', 'boat', 'train', 2],
      ['images/train/b.png', null, 'train', 0],
      ['images/val/c.png', null, 'eval', 2],
    ])
    expect(JSON.parse(rows[0]?.[4] as string)).toEqual([
      { class: 'boat', x: 80, y: 30, width: 40, height: 40 },
      { class: 'boat', x: 40, y: 20, width: 20, height: 10 },
    ])
    expect((await bring(join(folder, 'data.yaml'), { name: 'by yaml' })).rows).toBe(3)
  })

  test('train/images beside train/labels, and text beside the pictures with classes.txt', async () => {
    await put('train/images/a.png')
    await put('train/labels/a.txt', '0 0.5 0.5 0.5 0.5\n')
    await put('valid/images/b.png')
    await put('valid/labels/b.txt', '1 0.5 0.5 0.5 0.5\n')
    await put('data.yaml', "names: ['boat', 'buoy']\n")
    expect(await rowsOf(await bring(), 'path', 'label', 'split')).toEqual([
      ['train/images/a.png', 'boat', 'train'],
      ['valid/images/b.png', 'buoy', 'eval'],
    ])
    await put('flat/x.png')
    await put('flat/x.txt', '1 0.5 0.5 0.5 0.5\n')
    await put('flat/classes.txt', 'left\nright\n')
    expect(await rowsOf(await bring(join(folder, 'flat')), 'path', 'label')).toEqual([['x.png', 'right']])
  })

  test('outlines have the box around them; wrong lines, boxes outside and unknown classes are said', async () => {
    await put('a.png', await plain({ width: 100, height: 100 }))
    await put('b.png')
    await put(
      'a.txt',
      '0 0.1 0.2 0.5 0.2 0.5 0.6 0.1 0.6\nnot a box\n0 0.9 0.9 0.9 0.9\n5 0.5 0.5 0.1 0.1 0.88\n',
    )
    await put('classes.txt', 'boat\n')
    const version = await bring()
    const rows = await rowsOf(version, 'path', 'objects', 'boxes')
    expect(rows.map(row => row.slice(0, 2))).toEqual([
      ['a.png', 3],
      ['b.png', null],
    ])
    const boxes = JSON.parse(rows[0]?.[2] as string)
    expect(boxes[0]).toEqual({ class: 'boat', x: 10, y: 20, width: 40, height: 40 })
    expect(boxes[2]).toEqual({ class: '5', x: 45, y: 45, width: 10, height: 10 })
    const notes = version.notes.join('\n')
    for (const said of [
      /1 line of the label files that is no box/,
      /1 box reach/,
      /without a file of boxes/,
      /no name/,
    ])
      expect(notes).toMatch(said)
  })

  test.each([
    ['names: [a, "b, c", \'d\'] # three', ['a', 'b, c', 'd']],
    ['nc: 2\nnames:\n- a\n- b # second\n\ntrain: x', ['a', 'b']],
    ['names:\n  0: a\n  # none\n  1: "b: c"\nval: y', ['a', 'b: c']],
    ['names: {0: a, 1: b}', ['a', 'b']],
    ['names: [\n  a,\n  b,\n]\nx: 1', ['a', 'b']],
    ['nc: 3', []],
  ])('names of classes in %j', (text, names) => {
    expect([...namesOfYaml(text)].map(([, name]) => name)).toEqual(names)
  })
})

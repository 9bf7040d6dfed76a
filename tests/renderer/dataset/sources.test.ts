import { describe, expect, test } from 'vitest'
import { choiceTrouble, freshChoice, inputOfChoice } from '../../../renderer/rooms/dataset/importChoice.ts'
import { nameOf } from '../../../renderer/rooms/dataset/nameOf.ts'
import { isDatabase, patternOf, sourceOf } from '../../../renderer/rooms/dataset/sources.ts'
import {
  changeWords,
  fileOf,
  splitWords,
  withoutPassword,
} from '../../../renderer/rooms/dataset/versionWords.ts'
import { version } from '../engine/samples.ts'

describe('where data comes from', () => {
  test.each([
    ['/data/days/*.csv', 'days'],
    ['/data/days/', 'days'],
    ['/data/2024/**/*.parquet', '2024'],
    ['postgres://ada:secret@host:5432/plant?sslmode=require', 'plant'],
    ['/data/log.jsonl.zst', 'log'],
    ['/data/book.xlsx', 'book'],
    ['C:\\data\\plant.sqlite', 'plant'],
  ])('%s is called %s', (address, name) => expect(nameOf(address)).toBe(name))

  test.each([
    [['/d/a.csv', '/d/b.csv'], '/d/*.csv'],
    [['/d/a.csv.gz', '/d/b.csv.gz'], '/d/*.csv.gz'],
    [['/d/day.1.csv', '/d/day.2.csv'], '/d/*.csv'],
    [['C:\\d\\a.csv', 'C:\\d\\b.csv'], 'C:\\d\\*.csv'],
    [['/d/a.csv', '/e/b.csv'], null],
    [['/d/a.csv', '/d/b.tsv'], null],
    [['/d/a.csv'], null],
    [['/d/a', '/d/b'], null],
  ])('%j has the pattern %s', (paths, pattern) => expect(patternOf(paths)).toBe(pattern))

  test('a password is asked for but not shown', () => {
    expect(isDatabase('postgresql://ada@host/plant')).toBe(true)
    expect(isDatabase('/data/postgres.csv')).toBe(false)
    const source = sourceOf(' postgres://ada:secret@host/plant ')
    expect(source.file).toBe('postgres://ada:secret@host/plant')
    expect(source.title).toBe('postgres://ada:…@host/plant')
    expect(withoutPassword('/data/a@b.csv')).toBe('/data/a@b.csv')
  })
})

describe('the choices of an import', () => {
  const source = sourceOf('/data/birds.csv')
  test('by hash, by a column, and as the data says', () => {
    const choice = { ...freshChoice(source), key: ['id'] }
    expect(inputOfChoice(source, choice, undefined)).toEqual({
      file: '/data/birds.csv',
      name: 'birds',
      key: ['id'],
      train: 0.8,
      eval: 0.1,
      test: 0.1,
    })
    expect(
      inputOfChoice(source, { ...choice, splitBy: 'group', splitColumn: 'nest' }, undefined),
    ).toMatchObject({ key: [], splitBy: 'group', splitColumn: 'nest', test: 0.1 })
    const said = inputOfChoice(source, { ...choice, splitBy: 'column', splitColumn: 'part' }, undefined)
    expect(said).toMatchObject({ splitBy: 'column', splitColumn: 'part' })
    expect(said).not.toHaveProperty('train')
  })
  test('an append goes by the split of the version before', () => {
    const older = version({ key: ['id'], splitBy: { how: 'time', column: 'day' } })
    expect(inputOfChoice(source, { ...freshChoice(source), append: true }, older)).toEqual({
      file: '/data/birds.csv',
      name: 'birds',
      append: true,
      key: ['id'],
      splitBy: 'time',
      splitColumn: 'day',
    })
  })
  test('a query goes before a table', () => {
    const asked = sourceOf('postgres://ada@host/plant', { query: 'SELECT 1' })
    const input = inputOfChoice(asked, { ...freshChoice(asked), table: 'readings' }, undefined)
    expect(input).toMatchObject({ query: 'SELECT 1' })
    expect(input).not.toHaveProperty('table')
  })
  test('what they lack is said', () => {
    const choice = freshChoice(source)
    expect(choiceTrouble(choice)).toBeNull()
    expect(choiceTrouble({ ...choice, name: '*' })).toContain('A name may hold')
    expect(choiceTrouble({ ...choice, splitBy: 'time' })).toBe('Choose the column to split by.')
    expect(choiceTrouble({ ...choice, train: 90, eval: 20 })).toContain('more than all rows')
    expect(
      choiceTrouble({ ...choice, splitBy: 'column', splitColumn: 'part', train: 90, eval: 20 }),
    ).toBeNull()
  })
})

test.each([
  ['/data/adult.csv', 'adult.csv'],
  ['/data/days/*.csv', 'days/*.csv'],
  ['C:\\data\\days\\', 'days'],
  ['postgres://ada:…@host/plant', 'plant'],
])('%s is known as %s', (path, name) => expect(fileOf(path)).toBe(name))

test('a version says what made it and how it was split', () => {
  expect(changeWords(version())).toBe('imported from adult.csv')
  expect(changeWords(version({ parent: { id: version().id, change: '120 rows removed' } }))).toBe(
    '120 rows removed',
  )
  expect(splitWords(version({ key: ['id'] }))).toBe('hash of id')
  expect(splitWords(version({ splitBy: { how: 'group', column: 'nest' } }))).toBe(
    'all rows of one nest together',
  )
})

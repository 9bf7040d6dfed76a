import { describe, expect, test } from 'vitest'
import {
  firstSpace,
  kindsIn,
  readSpace,
  rowFor,
  rowsIn,
  rowsOf,
  type SpaceRow,
  searchable,
} from '../../../renderer/rooms/training/planSpace.ts'

const row = (over: Partial<SpaceRow>): SpaceRow => ({
  name: 'learningRate',
  kind: 'list',
  text: '',
  from: null,
  to: null,
  log: false,
  integer: false,
  steps: null,
  ...over,
})

describe('the space of a search as it is typed', () => {
  test('lists become choices: numbers, words, layers and JSON', () => {
    const { hparams, problems, combinations } = readSpace(
      [
        row({ text: '0.001, 0.003,0.01' }),
        row({ name: 'schedule', text: 'constant, cosine' }),
        row({ name: 'layers', text: '64, 100-50, none, [8, 4]' }),
        row({ name: 'flip', text: 'true, false' }),
        row({ name: 'filters', text: '16, [16, 32]' }),
      ],
      'grid',
      { own: ['filters'] },
    )
    expect(problems).toEqual({})
    expect(hparams).toEqual({
      learningRate: [0.001, 0.003, 0.01],
      schedule: ['constant', 'cosine'],
      layers: [[64], [100, 50], [], [8, 4]],
      flip: [true, false],
      filters: [16, [16, 32]],
    })
    expect(combinations).toBe(3 * 2 * 4 * 2 * 2)
  })

  test('ranges say whether they are even by powers and of whole numbers; a grid says how many values', () => {
    const rows = [
      row({ kind: 'range', from: 0.0001, to: 0.1, log: true }),
      row({ name: 'batch', kind: 'range', from: 16, to: 256 }),
    ]
    expect(readSpace(rows, 'random').hparams).toEqual({
      learningRate: { min: 0.0001, max: 0.1, log: true },
      batch: { min: 16, max: 256, integer: true },
    })
    expect(Object.values(readSpace(rows, 'grid').problems)).toHaveLength(2)
    const grid = readSpace(rowsIn(rows, 'grid'), 'grid')
    expect(grid.hparams.batch).toEqual({ min: 16, max: 256, integer: true, steps: 3 })
    expect(grid.combinations).toBe(9)
  })

  test('a single run takes values only, and a list as one value stays one in a search', () => {
    const rows = [row({ name: 'cell', kind: 'value', text: 'gru' }), row({ text: '0.1, 0.2' })]
    expect(readSpace(rows, 'none', { own: ['cell'] })).toMatchObject({
      hparams: { cell: 'gru' },
      varied: false,
    })
    const layers = row({ name: 'layers', kind: 'value', text: '64-32' })
    expect(readSpace([layers], 'random')).toMatchObject({ hparams: { layers: [[64, 32]] }, varied: false })
    expect(
      readSpace([row({ name: 'x', kind: 'value', text: '[1, 2]' })], 'none', { program: true }).hparams,
    ).toEqual({ x: [1, 2] })
  })

  test.each([
    [{ text: '' }, /values with commas/],
    [{ text: '0.1, fast' }, /fast is no value/],
    [{ text: '11' }, /11 is no value/],
    [{ name: 'layers', text: '64, 0-3' }, /0-3 is no value/],
    [{ name: ' ', text: '1' }, /name/],
    [{ kind: 'range' as const, from: 0.1 }, /both ends/],
    [{ kind: 'range' as const, from: 0.1, to: 0.1 }, /less than/],
    [{ kind: 'range' as const, from: 0, to: 1, log: true }, /above 0/],
    [{ name: 'batch', kind: 'range' as const, from: 1.5, to: 8 }, /1.5 is no value/],
    [{ name: 'dropout', kind: 'range' as const, from: 0, to: 0.95 }, /0.95 is no value/],
    [{ kind: 'value' as const, text: ' ' }, /Give a value/],
  ])('%j is refused beside its field', (over, sentence) => {
    expect(readSpace([row(over)], 'random').problems[0]).toMatch(sentence)
  })

  test('a name that is there twice is told', () => {
    expect(readSpace([row({ text: '1' }), row({ text: '2' })], 'random').problems).toEqual({
      1: 'learningRate is here twice',
    })
  })

  test('a plan that was asked for once reads back as it was', () => {
    const space = {
      learningRate: { min: 0.0001, max: 0.1, log: true },
      batch: { min: 16, max: 256, integer: true },
      layers: [[64], [100, 50]],
      cell: ['convolution', 'gru'],
      text: ['1', 'a, b', 'plain'],
      momentum: 0.9,
      drop: { min: 0, max: 1, step: 0.25 },
    }
    const rows = rowsOf(space, 'random')
    expect(readSpace(rows, 'random', { own: ['cell', 'text', 'momentum', 'drop'] })).toMatchObject({
      hparams: space,
      problems: {},
    })
    expect(rows.find(({ name }) => name === 'layers')?.text).toBe('64, 100-50')
    const grid = { learningRate: { min: 0.001, max: 0.1, log: true, steps: 5 } }
    expect(readSpace(rowsOf(grid, 'grid'), 'grid').hparams).toEqual(grid)
  })

  test('a search begins with something to try, in the kinds that it takes', () => {
    for (const search of ['grid', 'random', 'halving'] as const) {
      const rows = firstSpace(search, searchable(['learningRate', 'layers', 'weights'], ['cell']))
      const { problems, varied } = readSpace(rows, search)
      expect(problems).toEqual({})
      expect(varied).toBe(true)
    }
    expect(kindsIn('none')).toEqual(['value'])
    expect(searchable(['epochs', 'time', 'weights', 'backbone'], ['cell'])).toEqual(['epochs', 'cell'])
    expect(rowFor('cell', 'none', true).kind).toBe('value')
  })
})

import { describe, expect, test } from 'vitest'
import { compareLines } from '../../../renderer/rooms/training/compareLines.ts'
import { holdsRuns, isEventFile } from '../../../renderer/rooms/training/holdsRuns.ts'
import { familiesOf, figureOf, firstOf } from '../../../renderer/rooms/training/metricFamilies.ts'
import { firstWords, repeatOf, repeatWords } from '../../../renderer/rooms/training/repeatWords.ts'
import {
  cellText,
  columnTitle,
  questionOf,
  type RunTableView,
} from '../../../renderer/rooms/training/runTable.ts'
import { rowStatus } from '../../../renderer/rooms/training/runWords.ts'
import { tagsIn } from '../../../renderer/rooms/training/tags.ts'
import { job, succeeded } from '../engine/samples.ts'
import { run } from './runs.ts'

const view = (changes: Partial<RunTableView> = {}): RunTableView => ({
  scope: 'dataset',
  shelf: 'open',
  text: '',
  states: [],
  origins: [],
  tags: [],
  search: null,
  sort: null,
  columns: ['epochs'],
  ...changes,
})

describe('what the engine is asked for a page of runs', () => {
  test('newest first, of the dataset, and nothing that was not said', () => {
    expect(questionOf(view(), 'strikes')).toEqual({
      shelf: 'open',
      dataset: 'strikes',
      sort: 'at',
      descending: true,
      columns: ['epochs'],
    })
  })
  test('runs without data are there where all are looked at, or where there is no dataset', () => {
    expect(questionOf(view({ scope: 'all' }), 'strikes')).not.toHaveProperty('dataset')
    expect(questionOf(view(), null)).not.toHaveProperty('dataset')
  })
  test('pinned ones are of the open list; a filter and an order go to the engine', () => {
    expect(
      questionOf(
        view({
          shelf: 'pinned',
          text: '  wide ',
          states: ['failed'],
          origins: ['imported'],
          tags: ['x'],
          sort: { key: 'last:loss', dir: 'asc' },
        }),
        null,
      ),
    ).toMatchObject({
      shelf: 'open',
      pinned: true,
      text: 'wide',
      state: ['failed'],
      origin: ['imported'],
      tags: ['x'],
      sort: 'last:loss',
      descending: false,
    })
  })
})

describe('columns', () => {
  test('are said in the words of a person', () => {
    expect(columnTitle('least:eval_loss').label).toBe('Eval loss')
    expect(columnTitle('param:learningRate').label).toBe('Learning rate')
    expect(columnTitle('last:train/epoch_loss').label).toBe('Train epoch loss')
    expect(columnTitle('target').label).toBe('Ran on')
  })
  test('and their cells too', () => {
    expect(cellText('most:eval_accuracy', 0.983)).toBe('98.3%')
    expect(cellText('param:layers', '[100,70]')).toBe('100-70')
    expect(cellText('target', 'local')).toBe('This computer')
    expect(cellText('least:loss', null)).toBe('none')
  })
})

describe('figures of both splits', () => {
  test.each([
    ['loss', 'loss', 'train'],
    ['eval_loss', 'loss', 'eval'],
    ['val_loss', 'loss', 'eval'],
    ['train/epoch_loss', 'epoch_loss', 'train'],
    ['validation/epoch_loss', 'epoch_loss', 'eval'],
    ['loss/test', 'loss', 'eval'],
    ['evalLoss', 'loss', 'eval'],
    ['evaluation', 'evaluation', 'train'],
    ['value', 'value', 'train'],
  ])('%s is %s of %s', (key, name, side) => {
    expect(figureOf(key)).toEqual({ name, side })
  })
  test('are paired, loss and accuracy first, and no key is lost', () => {
    const keys = ['seconds', 'eval_loss', 'loss', 'val_loss', 'accuracy', 'f1']
    const families = familiesOf(keys.map(key => ({ key })))
    expect(families.map(family => family.name)).toEqual(['loss', 'val_loss', 'accuracy', 'f1', 'seconds'])
    expect(families[0]).toMatchObject({ train: 'loss', eval: 'eval_loss' })
    expect(firstOf(families)).toEqual(['loss', 'accuracy'])
    expect(
      families
        .flatMap(({ train, eval: e }) => [train, e])
        .filter(Boolean)
        .sort(),
    ).toEqual([...keys].sort())
  })
})

describe('where a run is', () => {
  const row = { state: 'running' as const, origin: 'trained' as const, target: 'box' }
  test('one that goes on elsewhere says whether it is followed', () => {
    expect(rowStatus(row, false)).toEqual({ kind: 'waiting', short: 'Running on box, not followed' })
    expect(rowStatus(row, true).short).toBe('Running')
    expect(rowStatus({ ...row, target: 'local' }, false).short).toBe('Running')
    expect(rowStatus({ ...row, origin: 'imported' }, false).short).toBe('Running, tracked')
  })
})

describe('the verdict of a repetition', () => {
  const repeat = {
    run: run('run-2'),
    repeats: 'run-1' as never,
    verdict: 'different' as const,
    says: 'Not the same.',
    first: { epoch: 3, figure: 'evalLoss', was: 0.41231, is: 0.41238 },
    changed: ['backend'],
  }
  test('says where first, with as many digits as tell the two apart', () => {
    expect(firstWords(repeat.first)).toBe('First in epoch 3: eval loss was 0.41231, is 0.41238.')
    expect(firstWords({ epoch: null, figure: 'dense/kernel', was: null, is: 1 })).toBe(
      'First in the weights: dense/kernel was none, is 1.',
    )
    expect(repeatWords(repeat)).toEqual({
      kind: 'warn',
      title: 'Different from run 1',
      text: 'Not the same. First in epoch 3: eval loss was 0.41231, is 0.41238. Not the same before the first step: backend.',
    })
    expect(repeatWords({ ...repeat, verdict: 'identical', first: null, changed: [] })).toMatchObject({
      kind: 'good',
      title: 'Identical to run 1',
    })
  })
  test('is told by the job that repeated, and by no other', () => {
    const begun = job({ room: 'training', verb: 'rerun' })
    expect(repeatOf(succeeded(begun, repeat))?.verdict).toBe('different')
    expect(repeatOf(begun)).toBeNull()
    expect(repeatOf(succeeded(job({ room: 'training', verb: 'start' }), run('run-1')))).toBeNull()
  })
})

describe('runs side by side', () => {
  test('each is held against the base', () => {
    const lines = compareLines(
      {
        runs: [],
        parameters: [{ name: 'batch', values: [64, 128, 64] }],
        same: 3,
        metrics: [{ key: 'eval_loss', last: [0.5, 0.4, null], least: [0.4, 0.4, null], most: [1, 1, null] }],
      },
      'last',
      1,
    )
    expect(lines[0]).toMatchObject({
      label: 'Batch',
      cells: [{ differs: true }, { differs: false }, { differs: true }],
    })
    expect(lines[1]?.cells[0]).toMatchObject({ text: '0.5000', change: '+0.100' })
    expect(lines[1]?.cells[2]).toEqual({ text: 'none', differs: true })
  })
})

describe('what is dropped', () => {
  const file = (name: string) => ({ name, fullPath: `/${name}`, isFile: true, isDirectory: false })
  const folder = (name: string, children: ReturnType<typeof file>[]) => ({
    name,
    fullPath: `/${name}`,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      let left = [children]
      return {
        readEntries: (done: (entries: never[]) => void) => {
          const [now = []] = left
          left = []
          done(now as never[])
        },
      }
    },
  })
  test('event files and stores of MLflow are runs, wherever in the folder they lie', async () => {
    const events = file('events.out.tfevents.1700000000.host.1.0.v2')
    expect(await holdsRuns([folder('logs', [folder('train', [events]) as never])])).toBe('events')
    const store = folder('mlruns', [
      folder('0', [file('meta.yaml'), folder('metrics', []) as never]) as never,
    ])
    expect(await holdsRuns([store])).toBe('mlflow')
  })
  test('data and models are left to others', async () => {
    expect(await holdsRuns([folder('pictures', [file('a.png'), file('meta.yaml')])])).toBeNull()
    expect(await holdsRuns([file('rows.csv')])).toBeNull()
    expect(isEventFile('events.out.tfevents.17')).toBe(true)
    expect(isEventFile('my-tfevents.csv')).toBe(false)
  })
})

test('tags are parted at commas, each once', () => {
  expect(tagsIn(' a, b,,a , for the report')).toEqual(['a', 'b', 'for the report'])
})

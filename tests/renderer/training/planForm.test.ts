import { describe, expect, test } from 'vitest'
import type { TargetKind } from '#contract'
import { draftOf, readDraft, readLayers, withoutOf } from '../../../renderer/rooms/training/planForm.ts'
import { can, kindOfTarget } from '../../../renderer/rooms/training/planTargets.ts'
import {
  OWN,
  type TrainerChoice,
  timesOf,
  trainerFor,
  whyNot,
} from '../../../renderer/rooms/training/planTrainers.ts'
import { readWeights, weightsText } from '../../../renderer/rooms/training/planWeights.ts'

const draft = (changes: Partial<ReturnType<typeof draftOf>> = {}) => ({
  ...draftOf({ dataset: 'strikes', label: 'damage', name: 'strikes' }),
  ...changes,
})

describe('new-run form', () => {
  test('begins with the defaults of the contract and reads back as a plan', () => {
    const { plan, problems } = readDraft(draft())
    expect(problems).toEqual({})
    expect(plan).toMatchObject({ layers: [100, 70, 50, 25], epochs: 30, batch: 128, patience: 5, seed: 1 })
  })

  test('layers are read with -, commas and spaces; none is a model without hidden layers', () => {
    expect(readLayers('100-70-50-25')).toEqual([100, 70, 50, 25])
    expect(readLayers(' 64, 32 ')).toEqual([64, 32])
    expect(readLayers('8 4')).toEqual([8, 4])
    expect(readLayers('none')).toEqual([])
    expect(readLayers('')).toEqual([])
  })

  test.each(['10-x', '0-4', '9000', '1.5', `${'-'.repeat(3)}a`, Array(33).fill('2').join('-')])(
    'layers %s are refused',
    text => {
      expect(readLayers(text)).toBeNull()
      expect(readDraft(draft({ layers: text })).problems.layers).toMatch(/whole numbers/)
    },
  )

  test('each field out of its limits says so and no plan comes out', () => {
    const { plan, problems } = readDraft(
      draft({
        dataset: '',
        label: '',
        name: '/etc',
        epochs: 0,
        batch: 1.5,
        learningRate: 0,
        dropout: 1,
        patience: -1,
        seed: null,
      }),
    )
    expect(plan).toBeNull()
    expect(Object.keys(problems).sort()).toEqual(
      ['batch', 'dataset', 'dropout', 'epochs', 'label', 'learningRate', 'name', 'patience', 'seed'].sort(),
    )
  })

  test('a label that the dataset lacks, and nothing left to learn from', () => {
    expect(readDraft(draft({ label: 'x' }), ['a', 'damage']).problems.label).toBe(
      'This dataset has no column x',
    )
    expect(readDraft(draft({ without: ['a'] }), ['a', 'damage']).problems.without).toMatch(/at least one/)
  })

  test('the label never stands among what is left out', () => {
    expect(readDraft(draft({ without: ['damage', 'a'] }), ['a', 'b', 'damage']).plan?.without).toEqual(['a'])
  })
})

const COMMON = [
  'epochs',
  'batch',
  'learningRate',
  'schedule',
  'warmup',
  'classWeights',
  'weights',
  'patience',
  'seed',
]
const TRAINERS: TrainerChoice[] = [
  { name: 'tabular', title: 'Dense', suits: 'table', uses: [...COMMON, 'layers', 'dropout'] },
  {
    name: 'image',
    title: 'Pictures',
    suits: 'images',
    uses: [...COMMON, 'layers', 'dropout', 'size', 'flip'],
  },
  {
    name: 'transfer',
    title: 'Transfer',
    suits: 'images',
    uses: [...COMMON, 'layers', 'dropout', 'size', 'flip', 'backbone'],
  },
  {
    name: 'sequence',
    title: 'Series',
    suits: 'series',
    uses: [...COMMON, 'layers', 'dropout', 'time', 'group', 'window'],
    hparams: { cell: '"convolution" or "gru"' },
  },
  { name: 'text', title: 'Text', suits: 'text', uses: [...COMMON, 'layers', 'dropout'] },
]
const at = (targetKind: TargetKind = 'local') => ({ trainers: TRAINERS, targetKind })

describe('what a trainer is asked', () => {
  const table = {
    columns: [
      { name: 'day', type: 'date' as const },
      { name: 'sold', type: 'integer' as const },
      { name: 'shop', type: 'text' as const },
    ],
    images: false,
    label: 'sold',
  }
  test('only what suits the data is offered, with the reason for the rest', () => {
    const why = (name: string, data = table) =>
      whyNot(TRAINERS.find(one => one.name === name) as TrainerChoice, data)
    expect(why('tabular')).toBeUndefined()
    expect(why('sequence')).toBeUndefined()
    expect(why('text')).toBeUndefined()
    expect(why('image')).toMatch(/no pictures/)
    expect(why('text', { ...table, label: 'shop' })).toMatch(/text/)
    expect(why('sequence', { ...table, columns: table.columns.slice(1) })).toMatch(/when a row was/)
    expect(why('sequence', { ...table, columns: [table.columns[0], table.columns[2]] as never })).toMatch(
      /numbers/,
    )
    expect(why('tabular', { ...table, images: true })).toMatch(/pictures/)
    // nothing is known of the data yet
    expect(why('image', { ...table, columns: [] })).toBeUndefined()
  })
  test('a form begins with a trainer that suits, and keeps the one that was chosen where it does', () => {
    expect(trainerFor('tabular', TRAINERS, table)).toBe('tabular')
    expect(trainerFor('sequence', TRAINERS, table)).toBe('sequence')
    expect(trainerFor('tabular', TRAINERS, { ...table, images: true })).toBe('image')
    expect(trainerFor('image', TRAINERS, table)).toBe('tabular')
    expect(trainerFor(OWN, TRAINERS, { ...table, images: true })).toBe(OWN)
  })
  test('the columns that may say when: dates before numbers, never the label', () => {
    expect(timesOf({ ...table, label: 'shop' }).map(({ name }) => name)).toEqual(['day', 'sold'])
    expect(timesOf(table).map(({ name }) => name)).toEqual(['day'])
  })
  test('what belongs to another trainer is not in the plan', () => {
    const typed = draft({ time: 'day', group: 'shop', window: 12, size: 64, flip: true, backbone: 'run-1' })
    const { plan } = readDraft(typed, [], at())
    expect(plan).toMatchObject({ trainer: 'tabular', flip: false, layers: [100, 70, 50, 25] })
    for (const field of ['time', 'group', 'window', 'size', 'backbone'])
      expect(plan).not.toHaveProperty(field)
    expect(readDraft({ ...typed, trainer: 'sequence' }, [], at()).plan).toMatchObject({
      trainer: 'sequence',
      time: 'day',
      group: 'shop',
      window: 12,
    })
    expect(readDraft({ ...typed, trainer: 'transfer' }, [], at()).plan).toMatchObject({
      trainer: 'transfer',
      size: 64,
      flip: true,
      backbone: 'run-1',
    })
  })
  test('a series needs its times and a transfer its backbone; an empty window is the usual one', () => {
    expect(readDraft(draft({ trainer: 'sequence' }), [], at()).problems).toHaveProperty('time')
    expect(
      readDraft(draft({ trainer: 'sequence', time: 'day', group: 'day' }), [], at()).problems,
    ).toHaveProperty('group')
    expect(readDraft(draft({ trainer: 'transfer' }), [], at()).problems).toHaveProperty('backbone')
    const { plan } = readDraft(draft({ trainer: 'sequence', time: 'day', window: null }), [], at())
    expect(plan?.window).toBeUndefined()
    expect(
      readDraft(draft({ trainer: 'sequence', time: 'day', window: 1 }), [], at()).problems,
    ).toHaveProperty('window')
  })
  test('schedule, warm-up and the weight of classes', () => {
    expect(
      readDraft(draft({ schedule: 'cosine', warmup: 2.5, classWeights: 'balanced' }), [], at()).plan,
    ).toMatchObject({ schedule: 'cosine', warmup: 2.5, classWeights: 'balanced' })
    const { plan } = readDraft(draft({ classWeights: 'named', weights: 'yes=5, no = 0.5' }), [], at())
    expect(plan).toMatchObject({ classWeights: 'none', weights: { yes: 5, no: 0.5 } })
    expect(draftOf(plan as never)).toMatchObject({ classWeights: 'named', weights: 'yes=5, no=0.5' })
    expect(readDraft(draft({ classWeights: 'named', weights: 'yes' }), [], at()).problems).toHaveProperty(
      'weights',
    )
    expect(readDraft(draft({ warmup: null }), [], at()).problems).toHaveProperty('warmup')
  })
  test.each([
    ['a=1', { a: 1 }],
    ['>=50K=3, <50K=1', { '>=50K': 3, '<50K': 1 }],
    ['', null],
    ['a', null],
    ['a=0', null],
    ['a=1, a=2', null],
    ['a=x', null],
  ])('weights %j', (text, weights) => {
    expect(readWeights(text)).toEqual(weights)
    if (weights) expect(readWeights(weightsText(weights))).toEqual(weights)
  })
})

describe('a program of one’s own and where it runs', () => {
  test('script and image; the fields of trainers are not in the plan', () => {
    const own = draft({
      trainer: OWN,
      script: ' train.py ',
      image: 'me/tf:1',
      network: true,
      classWeights: 'balanced',
    })
    expect(readDraft(own, [], at('docker')).plan).toMatchObject({
      script: 'train.py',
      image: 'me/tf:1',
      network: true,
      classWeights: 'none',
      trainer: 'tabular',
    })
    expect(readDraft(own, [], at('local')).problems.image).toMatch(/no containers/)
    expect(readDraft({ ...own, image: '' }, [], at('local')).plan).toMatchObject({ script: 'train.py' })
    expect(readDraft({ ...own, script: '', image: '' }, [], at('docker')).problems).toHaveProperty('script')
    expect(readDraft(own, [], at('webgpu')).problems.trainer).toMatch(/own trainers/)
    // leaving out every column is the program's own matter
    expect(readDraft({ ...own, without: ['a'] }, ['a', 'damage'], at('docker')).problems).toEqual({})
  })
  test('a run of an own program comes back as one, with its values', () => {
    const again = draftOf({ script: 'train.py', hparams: { lr: 0.1, mode: 'fast' } })
    expect(again.trainer).toBe(OWN)
    expect(again.hparams.map(({ name, text }) => `${name}=${text}`)).toEqual(['lr=0.1', 'mode=fast'])
  })
  test('values that set fields of the plan do not come back beside them', () => {
    const again = draftOf({ learningRate: 0.01, hparams: { learning_rate: 0.01, lr: 0.01, cell: 'gru' } })
    expect(again.hparams.map(({ name }) => name)).toEqual(['cell'])
  })
  test('resources are in the plan only where the target can follow them', () => {
    const typed = draft({
      gpus: 'all',
      workers: 2,
      memoryMb: 2048,
      cpus: 1.5,
      shmMb: 256,
      mixedPrecision: true,
      priority: 7,
      backend: 'wasm',
    })
    expect(readDraft(typed, [], at('docker-ssh')).plan).toMatchObject({
      ...{ gpus: 'all', workers: 2, memoryMb: 2048, cpus: 1.5, shmMb: 256, mixedPrecision: true },
      priority: 7,
      backend: 'auto',
    })
    expect(readDraft(typed, [], at('ray')).plan?.shmMb).toBeUndefined()
    const local = readDraft(typed, [], at()).plan
    expect(local).toMatchObject({ workers: 1, backend: 'wasm', mixedPrecision: false, priority: 7 })
    for (const field of ['gpus', 'memoryMb', 'cpus', 'shmMb']) expect(local?.[field as never]).toBeUndefined()
  })
  test('what is out of its limits is told beside its field', () => {
    const typed = draft({ gpus: 'many', workers: 0, memoryMb: 1, cpus: 0, shmMb: 0.5, priority: 101 })
    expect(Object.keys(readDraft(typed, [], at('docker')).problems).sort()).toEqual(
      ['cpus', 'gpus', 'memoryMb', 'priority', 'shmMb', 'workers'].sort(),
    )
    expect(readDraft(draft({ gpus: 'device=0,2' }), [], at('docker')).plan?.gpus).toBe('device=0,2')
  })
  test('the kind of a target by its name', () => {
    const spec = {
      name: 'box',
      kind: 'docker-ssh' as const,
      address: null,
      key: null,
      cert: null,
      atOnce: 1,
      paused: false,
    }
    expect(kindOfTarget('box', [spec])).toBe('docker-ssh')
    expect(kindOfTarget('local', [spec])).toBe('local')
    expect(can('local', 'gpus')).toBe(false)
  })
})

describe('a search', () => {
  const space = draftOf({
    hparams: { learningRate: { min: 0.001, max: 0.1, log: true } },
    search: 'random',
  }).hparams
  test('goes into the plan with its space and its trials', () => {
    const { plan } = readDraft(draft({ search: 'halving', trials: 27, hparams: space }), [], at())
    expect(plan).toMatchObject({
      search: 'halving',
      trials: 27,
      hparams: { learningRate: { min: 0.001, max: 0.1, log: true } },
    })
    expect(draftOf(plan as never)).toMatchObject({ search: 'halving', trials: 27, hparams: space })
    const single = readDraft(draft({ trials: 3 }), [], at()).plan
    expect(single).not.toHaveProperty('search')
    expect(single).not.toHaveProperty('trials')
  })
  test('says what trials are judged by and when they end, and nothing that was left to the engine', () => {
    const read = (over: Parameters<typeof draft>[0], own = false) =>
      readDraft(
        draft({ search: 'random', hparams: space, ...(own && { trainer: OWN, script: 'a.py' }), ...over }),
        [],
        at(),
      )
    expect(Object.keys(read({}).plan ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/objective|goal|stopping|factor|minEpochs/)]),
    )
    const halving = {
      search: 'halving' as const,
      factor: 4,
      minEpochs: 2,
      objective: 'accuracy',
      stopping: false,
    }
    const { plan } = read(halving)
    expect(plan).toMatchObject({ search: 'halving', factor: 4, minEpochs: 2, objective: 'accuracy' })
    // halving ends trials by itself, and what more of accuracy means is known
    expect(plan).not.toHaveProperty('stopping')
    expect(plan).not.toHaveProperty('goal')
    expect(draftOf(plan as never)).toMatchObject({ ...halving, stopping: true })
    const alone = read({ stopping: false, minEpochs: 2, factor: 4 }).plan
    expect(alone).toMatchObject({ stopping: 'none' })
    expect(alone).not.toHaveProperty('minEpochs')
    expect(alone).not.toHaveProperty('factor')
    expect(read({ objective: 'wer', goal: 'least' }, true).plan).toMatchObject({
      objective: 'wer',
      goal: 'least',
    })
  })
  test('what a search cannot be asked is told beside its field', () => {
    const wrong = (over: Parameters<typeof draft>[0]) =>
      readDraft(draft({ search: 'halving', hparams: space, ...over }), [], at()).problems
    expect(wrong({ factor: 1 }).factor).toMatch(/from 2 to 10/)
    expect(wrong({ minEpochs: 31 }).minEpochs).toBe('Each trial has 30 epochs; give at most as many')
    expect(wrong({ minEpochs: 0.5 }).minEpochs).toMatch(/whole number/)
    expect(wrong({ objective: 'accuracy', task: 'regression' }).objective).toMatch(/no such figure/)
    expect(wrong({ trainer: OWN, script: 'a.py' }).search).toMatch(/does not stop between epochs/)
  })
  test('without anything to try, or with wrong trials, says so', () => {
    expect(readDraft(draft({ search: 'random' }), [], at()).problems.hparams).toMatch(/what to try/)
    expect(
      readDraft(draft({ search: 'random', hparams: space, trials: 0 }), [], at()).problems,
    ).toHaveProperty('trials')
    const wrong = readDraft(
      draft({ search: 'grid', hparams: [{ ...(space[0] as object), kind: 'list', text: 'x' } as never] }),
      [],
      at(),
    )
    expect(wrong.plan).toBeNull()
    expect(wrong.rows[0]).toMatch(/x is no value/)
  })
})

test('a plan that names what it learns from leaves out the rest', () => {
  expect(withoutOf({ features: ['a', 'b'], without: ['b'], label: 'l' }, ['a', 'b', 'c', 'l'])).toEqual([
    'b',
    'c',
  ])
  expect(withoutOf({ without: ['b'] }, ['a', 'b'])).toEqual(['b'])
})

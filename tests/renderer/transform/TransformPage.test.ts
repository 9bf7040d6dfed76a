import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FeatureRecipe, Recipe, Spread, Transform } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import {
  fillsFor,
  freeName,
  newCross,
  newWindow,
  rowsOf,
  type Suggestion,
  stepsFor,
  withFeature,
} from '../../../renderer/rooms/transform/draft.ts'
import { isPlace } from '../../../renderer/rooms/transform/effectChart.ts'
import TransformPage from '../../../renderer/rooms/transform/TransformPage.vue'
import { missingWords, stepWords } from '../../../renderer/rooms/transform/words.ts'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { AT, hash, version, workspace } from '../engine/samples.ts'
import { run } from '../training/runs.ts'

HTMLCanvasElement.prototype.getContext = () => null

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const COLUMNS: Suggestion[] = [
  {
    name: 'age',
    type: 'integer',
    step: { kind: 'number', scale: 'standard' },
    width: 1,
    words: 'mean 38.6, deviation 13.6',
  },
  {
    name: 'workclass',
    type: 'text',
    step: { kind: 'vocabulary', most: 100, least: 1, as: 'one-hot' },
    width: 8,
    words: '8 values',
  },
  {
    name: 'id',
    type: 'text',
    step: { kind: 'leave-out' },
    width: 0,
    words: 'nearly every row has a value of its own',
  },
  {
    name: 'seen',
    type: 'timestamp',
    step: { kind: 'date', parts: ['month', 'trend'], as: 'cycle' },
    width: 3,
    words: 'month, trend',
  },
]

const spread = (name: string, over: Partial<Spread> = {}): Spread => ({
  name,
  histogram: { edges: [17, 50, 90], counts: [600, 190] },
  top: [{ value: '36', count: 30 }],
  unique: 73,
  missing: 10,
  mean: 38.6,
  deviation: 13.6,
  min: 17,
  max: 90,
  ...over,
})

const transform = (over: Partial<Transform> = {}): Transform => ({
  id: hash('f'),
  name: 'mine' as never,
  number: 1,
  dataset: 'Adult income' as never,
  recipe: {
    features: [
      {
        name: 'age',
        columns: ['age'],
        step: { kind: 'buckets', by: 'quantiles', count: 5, as: 'one-hot' },
        missing: { fill: 'median', indicator: true },
      },
    ],
    others: 'suggested',
  },
  at: AT,
  ...over,
})

/** An engine with some saved transforms; `asked` is what it was shown. */
function answers(
  saved: Transform[] = [],
  asked: { previews: FeatureRecipe[]; saves: Recipe[] } = { previews: [], saves: [] },
  over: Answers = {},
): Answers {
  return {
    dataset: {
      list: async () => ({ datasets: [{ name: 'Adult income' as never, versions: 1, latest: version() }] }),
      samples: async () => ({ samples: [] }),
    },
    transform: {
      suggest: async () => ({ rows: 800, columns: COLUMNS }),
      list: async () => ({
        transforms: saved.slice(0, 1).map(latest => ({ name: latest.name, versions: saved.length, latest })),
      }),
      show: async () => ({ transform: saved[0] as Transform, versions: saved }),
      save: async ({ name, recipe }) => {
        asked.saves.push(recipe as Recipe)
        saved.unshift(transform({ name: name as never, number: saved.length + 1, recipe: recipe as Recipe }))
        return saved[0] as Transform
      },
      preview: async ({ feature }) => {
        asked.previews.push(feature as FeatureRecipe)
        return {
          rows: 800,
          fitted: 800,
          before: feature.columns.map(name => spread(name)),
          feature: {
            name: feature.name,
            columns: feature.columns,
            kind: 'number',
            words: 'mean 38.6',
            width: 2,
          },
          words: 'mean 38.6',
          after: [spread(feature.name, { mean: 0, deviation: 1, min: -2, max: 4, missing: 0 })],
        }
      },
    },
    ...over,
  }
}

/** Chooses an option of the select with this label. */
async function choose(label: string, option: string): Promise<void> {
  const named = [...document.querySelectorAll('label')].find(one => one.textContent?.trim() === label)
  const field = named && document.getElementById(named.htmlFor)
  if (!field) throw new Error(`no select is called ${label}`)
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await flushPromises()
  const found = [...document.querySelectorAll<HTMLElement>('[role=option]')].find(one =>
    one.textContent?.trim().startsWith(option),
  )
  if (!found) throw new Error(`${label} has no option ${option}: ${shownText()}`)
  found.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await flushPromises()
}

const rowWith = (words: string) =>
  [...document.querySelectorAll<HTMLElement>('tbody tr')].find(row =>
    row.textContent?.includes(words),
  ) as HTMLElement
async function pick(words: string): Promise<void> {
  rowWith(words).click()
  await flushPromises()
}

describe('the page', () => {
  test('without data it says what will stand here', async () => {
    mounted = await mountPage(TransformPage)
    expect(shownText()).toContain('Here will be what each column becomes before a model sees it.')
  })

  test('shows what is suggested for each column, why one is left out, and the effect beside it', async () => {
    mounted = await mountPage(TransformPage, answers())
    expect(shownText()).toContain('4 features, all as suggested')
    expect(rowWith('age').textContent).toMatch(/Number\s*mean 38.6, deviation 13.6/)
    expect(rowWith('id').textContent).toMatch(/Leave out\s*nearly every row/)
    expect(shownText()).toContain('Effect of age')
    expect(shownText()).toContain('fitted to 800 train rows')
    expect(shownText()).toMatch(/Before\s*73 values, 10 missing/)
    expect(shownText()).toMatch(/After\s*2 inputs, mean 0/)
    expect(button(/^Save/).getAttribute('aria-disabled')).toBe('true')
    await type('Filter features', 'zzz')
    expect(document.querySelector('tbody')?.textContent).toContain('No feature has this in its name.')
  })

  test('a step is chosen, previewed, and saved under a name', async () => {
    const asked = { previews: [] as FeatureRecipe[], saves: [] as Recipe[] }
    mounted = await mountPage(TransformPage, answers([], asked))
    await pick('age')
    await choose('Step', 'Ranges')
    expect(shownText()).toContain('1 chosen, not saved')
    expect(rowWith('age').textContent).toContain('10 ranges of equal rows')
    await new Promise(done => setTimeout(done, 300))
    await flushPromises()
    expect(asked.previews.at(-1)).toMatchObject({ name: 'age', step: { kind: 'buckets', count: 10 } })
    await press('Save')
    await type('Name', '!')
    expect(button(/^Save as v1/).getAttribute('aria-disabled')).toBe('true')
    await type('Name', 'mine')
    await press('Save as v1')
    expect(asked.saves).toEqual([
      {
        features: [
          {
            name: 'age',
            columns: ['age'],
            step: { kind: 'buckets', by: 'quantiles', count: 10, as: 'one-hot' },
            missing: { fill: 'own', indicator: false },
          },
        ],
        others: 'suggested',
      },
    ])
    expect(document.querySelector('[role=dialog]')).toBeNull()
  })

  test('a saved one is shown, changed into its next version, or left as it was', async () => {
    const asked = { previews: [] as FeatureRecipe[], saves: [] as Recipe[] }
    mounted = await mountPage(TransformPage, answers([transform()], asked))
    expect(shownText()).toContain('mine v1, 4 features, 1 chosen')
    expect(rowWith('age').textContent).toContain(
      '5 ranges of equal rows; missing becomes the median, with a mark',
    )
    expect(button('Train')).toBeTruthy()
    await pick('age')
    await press('Back to suggested')
    expect(shownText()).toContain('all as suggested, not saved')
    await press('Discard changes')
    expect(shownText()).toContain('mine v1, 4 features, 1 chosen')
    await pick('workclass')
    await choose('Step', 'Hash')
    await press('Save as v2')
    await press(/^Save as v2$/)
  })

  test('a window and a cross are added beside the columns, and removed', async () => {
    mounted = await mountPage(TransformPage, answers())
    await press('Add window')
    expect(rowWith('age lately').textContent).toContain('mean over 10 rows')
    expect(shownText()).toContain('The row itself counts')
    await press('Add cross')
    expect(rowWith('workclass and id').textContent).toContain('256 buckets by hash')
    await press('Remove')
    expect(rowWith('workclass and id')).toBeUndefined()
    expect(rowWith('age lately')).toBeTruthy()
  })

  test('what the engine refuses is said in place', async () => {
    mounted = await mountPage(
      TransformPage,
      answers([], undefined, {
        transform: {
          ...answers().transform,
          save: async () => {
            throw new FailureError({ code: 'bad-input', message: 'It has no edges.', remedy: 'Give some.' })
          },
          preview: async () => {
            throw new FailureError({ code: 'bad-input', message: 'No picture.', remedy: 'Choose another.' })
          },
        },
      }),
    )
    expect(shownText()).toContain('No picture.')
    await pick('age')
    await choose('Step', 'Ranges')
    await press('Save')
    await press('Save as v1')
    expect(document.querySelector('[role=dialog]')?.textContent).toContain('It has no edges.')
  })

  test('names the runs that were trained with it', async () => {
    const runs = [run('run-3', { version: hash('a') }, { dataset: 'Adult income', transform: 'mine@1' })]
    mounted = await mountPage(
      TransformPage,
      answers([transform()], undefined, { training: { list: async () => ({ runs, total: runs.length }) } }),
    )
    expect(shownText()).toMatch(/Used by\s*1 run/)
    expect(button('run-3')).toBeTruthy()
  })

  test('in a workspace that may only be read, nothing can be chosen', async () => {
    mounted = await mountPage(
      TransformPage,
      answers([transform()], undefined, { workspace: { show: async () => workspace({ readOnly: true }) } }),
    )
    expect(button(/^Add window/).getAttribute('aria-disabled')).toBe('true')
  })
})

describe('the draft', () => {
  const recipe: Recipe = { features: [], others: 'suggested' }
  test('keeps choices only, in the order of the columns, crosses and windows last', () => {
    const rows = rowsOf(recipe, COLUMNS)
    expect(rows.map(({ suggested }) => suggested)).toEqual([true, true, true, true])
    const first = rows[0]?.feature as FeatureRecipe
    const chosen = withFeature(recipe, 'age', { ...first, step: { kind: 'hash', buckets: 8, as: 'index' } })
    const crossed = withFeature(chosen, 'x', newCross(COLUMNS, rows) as FeatureRecipe)
    expect(rowsOf(crossed, COLUMNS).map(({ name }) => name)).toEqual([
      'age',
      'workclass',
      'id',
      'seen',
      'workclass and id',
    ])
    expect(withFeature(chosen, 'age', first).features).toEqual([])
  })
  test('a window needs a time and a number that is not it; names are never taken twice', () => {
    const rows = rowsOf(recipe, COLUMNS)
    expect(newWindow(COLUMNS, rows)).toMatchObject({ columns: ['age'], step: { time: 'seen' } })
    expect(newWindow(COLUMNS.slice(0, 2), rows)).toBeNull()
    expect(newCross(COLUMNS.slice(3), rows)).toBeNull()
    expect(freeName('age', rows)).toBe('age 2')
  })
  test('offers what a type can take', () => {
    expect(stepsFor('date')).toEqual(['suggested', 'date', 'leave-out'])
    expect(stepsFor('text')).not.toContain('number')
    expect(fillsFor('number', 'float')).toContain('mean')
    expect(fillsFor('hash', 'text')).not.toContain('mean')
    expect(fillsFor('window', 'float')).toEqual(['own', 'drop'])
  })
})

test('steps in words', () => {
  expect(stepWords({ kind: 'number', scale: 'robust', clip: { by: 'values', low: 0, high: null } })).toBe(
    'By median and quartiles, clipped',
  )
  expect(stepWords({ kind: 'buckets', by: 'edges', count: 10, edges: [1, 2], as: 'index' })).toBe(
    '3 given ranges, as an index',
  )
  expect(
    stepWords({
      kind: 'window',
      time: 't',
      group: 'm',
      figures: ['sum', 'max'],
      seconds: 60,
      lateness: 0,
      current: true,
    }),
  ).toBe('sum, max over 1 min of each m')
  expect(missingWords({ fill: 'constant', value: 3, indicator: false })).toBe('missing becomes 3')
  expect(missingWords({ fill: 'own', indicator: false })).toBe('')
})

test('columns that are 0 or 1 are drawn as places', () => {
  expect(isPlace(spread('x', { missing: 0, min: 0, max: 1 }))).toBe(true)
  expect(isPlace(spread('x', { missing: 0, min: 0, max: 2 }))).toBe(false)
})

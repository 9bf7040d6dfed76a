import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell, Column } from '#contract'
import { describeFeature, encode, encodeInstances, hash32 } from '../../../main/engine/encoding/index.ts'
import { wordsOf } from '../../../main/engine/encoding/kinds/tokens.ts'
import type { TokensFeature } from '../../../main/engine/encoding/spec.ts'
import { again, bits, failureOf, fitted, recipeOf } from './recipes.ts'

const TEXT: Column[] = [{ name: 'text', type: 'text' }]
const tokens = (step: object, train: Cell[], embeds = true) =>
  fitted(recipeOf([{ name: 'text', columns: ['text'], step: { kind: 'tokens', ...step } }]), TEXT, [train], {
    embeds,
  })
const rowsOf = (spec: ReturnType<typeof tokens>, cells: Cell[]) => {
  const encoded = encode(again(spec), [cells], cells.length)
  return cells.map((_, i) => [...encoded.slice(i * spec.width, (i + 1) * spec.width)])
}
const TRAIN = ['The cat sat', 'the dog sat down', 'a cat and the dog', null, 'odd']

describe('words', () => {
  test.each([
    ["Don't STOP-now!", ['don', 't', 'stop', 'now']],
    ['Ärger im Cafe\u0301, 42nd', ['ärger', 'im', 'café', '42nd']],
    ['東京 tower', ['東', '京', 'tower']],
    ['нет_да\tda', ['нет', 'да', 'da']],
    ['हिन्दी में', ['हिन्दी', 'में']],
    [' \u200b…!? ', []],
    ['\u0301abc', ['abc']],
  ])('of %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })

  test('are the same however a text is typed, and never more than asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(5), (text, most) => {
        expect(wordsOf(text.normalize('NFD'))).toEqual(wordsOf(text))
        expect(wordsOf(text, most)).toEqual(wordsOf(text).slice(0, most))
        expect(wordsOf(wordsOf(text).join(' '))).toEqual(wordsOf(text))
      }),
    )
  })
})

describe('a text as its words', () => {
  test('by a vocabulary: the most frequent have a place, the others share some, 0 is nothing', () => {
    const spec = tokens({ most: 3, buckets: 4, length: 5 }, TRAIN)
    expect(spec.features[0]).toEqual({
      kind: 'tokens',
      name: 'text',
      type: 'text',
      values: ['the', 'cat', 'dog'],
      buckets: 4,
      length: 5,
      as: 'index',
    })
    const other = (word: string) => 4 + (hash32(word) % 4)
    expect(rowsOf(spec, ['DOG, the dog zebra', null, '', 'cat '.repeat(9)])).toEqual([
      [3, 1, 3, other('zebra'), 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [2, 2, 2, 2, 2],
    ])
    expect(describeFeature(spec.features[0] as TokensFeature)).toEqual({
      words: '3 words and 4 buckets for others, the first 5 of a text',
      columns: ['word 1', 'word 2', 'word 3', 'word 4', 'word 5'],
    })
  })

  test('by hash: any word has a place from 1 on', () => {
    const spec = tokens({ by: 'hash', buckets: 10, length: 2 }, TRAIN)
    expect(rowsOf(spec, ['never seen'])).toEqual([[1 + (hash32('never') % 10), 1 + (hash32('seen') % 10)]])
  })

  test('where the train split has no further words, an unknown one says nothing', () => {
    const spec = tokens({ least: 1, length: 3 }, TRAIN)
    expect((spec.features[0] as TokensFeature).buckets).toBe(0)
    expect(rowsOf(spec, ['zebra cat'])[0]?.[0]).toBe(0)
    expect((tokens({ length: 3 }, TRAIN).features[0] as TokensFeature).buckets).toBe(100)
  })

  test('a trainer that does not embed gets the share of each place', () => {
    const spec = tokens({ most: 2, least: 2, buckets: 1, length: 4 }, TRAIN, false)
    expect(spec.width).toBe(3)
    expect(rowsOf(spec, ['the cat the zebra', null])).toEqual([
      [0.5, 0.25, 0.25],
      [0, 0, 0],
    ])
  })

  test('shares times a table are what the places of the table average to', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('the', 'cat', 'dog', 'zebra', 'sat'), { maxLength: 9 }), words => {
        const text = [words.join(' ')]
        const step = { most: 3, buckets: 3, length: 6 }
        const places = rowsOf(tokens(step, TRAIN), text)[0]?.filter(place => place > 0) as number[]
        const shares = rowsOf(tokens(step, TRAIN, false), text)[0] as number[]
        const row = (place: number) => Math.sin(place)
        const mean = places.reduce((sum, place) => sum + row(place), 0) / Math.max(1, places.length)
        expect(shares.reduce((sum, share, i) => sum + share * row(i + 1), 0)).toBeCloseTo(mean, 5)
      }),
    )
  })

  test('on a device the bits are the same, and what is no text is refused', () => {
    const spec = tokens({ length: 4 }, TRAIN)
    const texts = ['the cat', null, 'и 東京 dog']
    expect(
      bits(
        encodeInstances(
          again(spec),
          texts.map(text => ({ text })),
        ),
      ),
    ).toEqual(bits(encode(spec, [texts], 3)))
    expect(failureOf(() => encodeInstances(spec, [{ text: 5 }])).message).toBe(
      'Row 1: the feature "text" takes a text, and not the number 5.',
    )
  })

  test('of texts that say nothing there is nothing, with the reason', () => {
    const reasonOf = (train: Cell[]) => tokens({}, train).leftOut[0]?.reason
    expect(reasonOf([null, null])).toBe('it has no values')
    expect(reasonOf(['a b', 'a b'])).toBe('all its values are the same')
    expect(reasonOf(['?', '!'])).toBe('its texts hold no words')
    expect(
      failureOf(() =>
        fitted(
          recipeOf([{ name: 'f', columns: ['n'], step: { kind: 'tokens' } }]),
          [{ name: 'n', type: 'float' }],
          [[1]],
        ),
      ).message,
    ).toBe('Taking words does not work for "n", which holds numbers.')
  })
})

import { describe, expect, test } from 'vitest'
import type { Rows } from '#contract'
import { instanceOf, readAnswer, readInstances } from '../../../renderer/rooms/publishing/device/instance.ts'

const rows: Rows = {
  columns: [
    { name: 'height', type: 'float' },
    { name: 'sky', type: 'text' },
    { name: 'damage', type: 'text' },
  ],
  rows: [[120, 'clear', 'no']],
  offset: 0,
  total: 1,
}

describe('asking a device', () => {
  test('a row becomes one instance without the label', () => {
    expect(instanceOf(rows, 0, ['damage'])).toEqual({ height: 120, sky: 'clear' })
  })
  test('one instance, a list, or the REST body are all read', () => {
    expect(readInstances('{"a":1}').instances).toEqual([{ a: 1 }])
    expect(readInstances('[{"a":1},{"a":2}]').instances).toHaveLength(2)
    expect(readInstances('{"instances":[{"a":1}]}').instances).toEqual([{ a: 1 }])
  })
  test.each([
    ['', /one instance/],
    ['{', /not JSON yet/],
    ['[]', /at least one/],
    ['[1]', /names its features/],
    [JSON.stringify(Array(101).fill({})), /at most 100/],
  ])('%s is refused in one sentence', (text, sentence) => {
    expect(readInstances(text).problem).toMatch(sentence)
  })
  test('an answer is readable in each of its forms', () => {
    expect(readAnswer({ class: 'no', probabilities: { no: 0.9, yes: 0.1 } })).toMatchObject({
      title: 'no',
      shares: [
        { label: 'no', share: 0.9 },
        { label: 'yes', share: 0.1 },
      ],
    })
    expect(readAnswer({ classes: ['a', 'b'], scores: [0.2, 0.8] }).title).toBe('b')
    expect(readAnswer([0.2, 0.8], ['no', 'yes']).shares[0]).toEqual({ label: 'yes', share: 0.8 })
    expect(readAnswer(Math.PI).title).toBe('3.14159')
    expect(readAnswer({ odd: { deep: true } }).raw).toContain('deep')
  })
})

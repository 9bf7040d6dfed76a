import { describe, expect, test } from 'vitest'
import type { Decision, Hash, Stretch } from '#contract'
import { nextInWords } from '../../main/cli/words/index.ts'
import { decidedInWords } from '../../main/cli/words/records.ts'
import { tableInWords } from '../../main/cli/words/table.ts'

const long = 'a name that goes on and on, far beyond what anybody would call a column of a table'

describe('a table for a person', () => {
  test('is at most 100 characters wide: what is spare goes, names are cut, sentences wrap', () => {
    const figures = ['mean', 'deviation', 'min', 'median', 'max', 'drift']
    const lines = tableInWords(
      [
        { head: 'feature', of: () => long },
        ...figures.map(head => ({
          head,
          right: true,
          of: () => '2026-01-01 12:00',
          spare: head === 'median' || head === 'deviation',
        })),
      ],
      [1],
    )
    expect(lines[0]?.split(/\s+/)).toEqual(['feature', 'mean', 'min', 'max', 'drift'])
    expect(lines[2]).toMatch(/^a name that goes .*… {2}2026/)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100)

    const sentence = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ')
    const wrapped = tableInWords(
      [
        { head: 'feature', of: () => long },
        { head: 'finding', wraps: true, of: () => sentence },
        { head: 'kind', of: () => 'too-many-missing' },
      ],
      [1],
    )
    for (const line of wrapped) expect(line.length).toBeLessThanOrEqual(100)
    const said = wrapped.slice(2).map(line => line.slice(30).replace('too-many-missing', '').trim())
    expect(said.join(' ')).toBe(sentence)
  })

  test('says nothing of what nothing is known of, and nothing that a terminal would obey', () => {
    expect(
      tableInWords<{ a: string; b: number | null }>(
        [
          { head: 'a', of: ({ a }) => a },
          { head: 'b', of: ({ b }) => b },
        ],
        [
          { a: 'one\u001b[2J\ntwo', b: null },
          { a: '', b: null },
        ],
      ),
    ).toEqual(['a', '───────────', 'one [2J two', ''])
    expect(tableInWords([{ head: 'a', of: () => 'x' }], [])).toEqual([])
  })

  test('a word without end is broken, none is lost', () => {
    const lines = tableInWords([{ head: 'a', wraps: true, of: () => 'x'.repeat(250) }], [1])
    expect(lines.slice(2).map(({ length }) => length)).toEqual([100, 100, 50])
  })
})

describe('what to do next', () => {
  const on = { out: { isTTY: true }, err: { isTTY: true } }
  const next = (dataset: string, ends = on, env = {}) =>
    nextInWords('dataset', 'import', { dataset }, ends, env)

  test('is one muted line on a terminal', () => {
    expect(next('people')).toBe('\u001b[2mNext: edgewright statistics compute people\u001b[22m')
    expect(next('the people', on, { NO_COLOR: '1' })).toBe('Next: edgewright statistics compute "the people"')
  })

  test('is not said into a pipe or a file, nor of verbs that nothing follows', () => {
    expect(next('people', { ...on, out: { isTTY: false } })).toBe(null)
    expect(next('people', { ...on, err: { isTTY: false } })).toBe(null)
    expect(nextInWords('dataset', 'list', { datasets: [] }, on, {})).toBe(null)
  })
})

test('what decided on a box is told with plain times, and the machine has them to the millisecond', () => {
  const at = (seconds: number) => `2026-05-03T10:30:0${seconds}.123Z`
  const stretch = (version: number, since: string | null, until: string | null): Stretch => ({
    ...{ version, state: 'serving', beside: null, manifest: null, since, until, why: 'as published' },
    records: { since: { seq: version, hash: 'a'.repeat(64) as Hash }, until: null },
    ...{ clockTrusted: true, rows: {}, doubts: [] },
  })
  const decision: Decision = {
    ...{
      device: 'd',
      name: 'line-3',
      site: 'hall',
      model: 'Bolt',
      since: at(1),
      until: at(9),
      certain: true,
    },
    stretches: [stretch(1, at(1), at(2)), stretch(2, at(2), null)],
    words: `Bolt v1 answered on line-3 since ${at(1)} until ${at(2)}. Bolt v2 answered on line-3 since ${at(2)}.`,
  }
  const told = decidedInWords(decision)
  expect(told).toContain('since 2026-05-03 10:30:01 until 2026-05-03 10:30:02')
  expect(told).toMatch(/v2 answered +2026-05-03 10:30:02/)
  expect(told).not.toMatch(/\dT\d|\.123/)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outdated } from '../../../../main/engine/training/targets/docker/aging.ts'

const DAY = 24 * 3600 * 1000
const NOW = Date.UTC(2030, 0, 1)
const age = (hash: string, days: number, bytes = 1) => ({ hash, bytes, used: NOW - days * DAY })

test('data goes that nothing has used for long', () => {
  expect(outdated([age('old', 31), age('new', 1), age('still', 29.9)], NOW)).toEqual(['old'])
})

test('data goes that is beyond the size, the oldest first, and never what the last run used', () => {
  const some = [age('a', 3, 40), age('b', 1, 40), age('c', 2, 40)]
  expect(outdated(some, NOW, { bytes: 100 })).toEqual(['a'])
  expect(
    outdated([age('huge', 0, 200), age('beside', 0.001, 200), age('a', 1)], NOW, { bytes: 100 }),
  ).toEqual(['a'])
  expect(outdated([], NOW)).toEqual([])
})

test('what stays fits, is young, and is newer than all that goes for its size', () => {
  const ages = fc.uniqueArray(
    fc.record({ hash: fc.uuid(), bytes: fc.nat(1000), used: fc.integer({ min: NOW - 60 * DAY, max: NOW }) }),
    { selector: ({ hash }) => hash },
  )
  fc.assert(
    fc.property(ages, fc.nat(3000), (all, bytes) => {
      const gone = new Set(outdated(all, NOW, { bytes }))
      const kept = all.filter(({ hash }) => !gone.has(hash))
      const newest = Math.max(...all.map(({ used }) => used))
      const older = kept.filter(({ used }) => newest - used > 600_000)
      if (older.length > 0) expect(kept.reduce((sum, each) => sum + each.bytes, 0)).toBeLessThanOrEqual(bytes)
      for (const { used } of kept) {
        expect(NOW - used).toBeLessThanOrEqual(30 * DAY)
        for (const other of all) if (gone.has(other.hash)) expect(other.used).toBeLessThanOrEqual(used)
      }
    }),
  )
})

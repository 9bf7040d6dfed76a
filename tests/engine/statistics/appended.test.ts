import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Statistics } from '#contract'
import { openRooms, type Rooms } from './room.ts'

let rooms: Rooms
beforeAll(() => {
  rooms = openRooms()
})
afterAll(() => rooms.close())

/** Rows that are made up by their numbers: few different values, many different ones, some missing. */
function rows(from: number, to: number, seed: number): string {
  const lines: string[] = []
  for (let at = from; at < to; at++)
    lines.push(
      `${at},${(at * seed) % 17},${at % 11 ? (at % 29) / 8 : ''},t${(at * 7) % 13},${Math.sin(at * seed)},${at % 3 ? 'true' : 'false'},2020-01-${String((at % 28) + 1).padStart(2, '0')}`,
    )
  return `id,few,part,text,real,yes,day\n${lines.join('\n')}\n`
}

/** What statistics say, without when and how long. */
const figuresOf = ({ rows, splits, features }: Statistics) => ({ rows, splits, features })

test('of rows that were appended to others they are the same as of all of them at once', async () => {
  let nth = 0
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 200_000, max: 270_000 }),
      fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 2, maxLength: 2 }),
      fc.integer({ min: 2, max: 99 }),
      async (first, more, seed) => {
        const name = `grown${++nth}`
        let at = first
        let text = rows(0, first, seed)
        await rooms.import(rooms.file(`${name}-0.csv`, text), { name, key: ['id'] })
        for (const [day, many] of more.entries()) {
          const path = rooms.file(`${name}-${day + 1}.csv`, rows(at, at + many, seed))
          text += readFileSync(path, 'utf8').slice(text.indexOf('\n') + 1)
          at += many
          await rooms.import(path, { name, key: ['id'], append: true } as never)
          await rooms.compute(name)
        }
        const grown = await rooms.compute(name)
        await rooms.import(rooms.file(`${name}-whole.csv`, text), { name: `${name} whole`, key: ['id'] })
        const whole = await rooms.compute(`${name} whole`)
        expect(grown.rows).toBe(at)
        expect(figuresOf(grown)).toEqual(figuresOf(whole))
        // Only what the newest version needs is kept of the counts.
        const kept = rooms.store.db
          .prepare(`SELECT count(*) AS n FROM statistics WHERE json_extract(body, '$.counts') IS NOT NULL`)
          .get() as { n: number }
        expect(kept.n).toBe(nth)
      },
    ),
    { numRuns: 2, interruptAfterTimeLimit: 60_000, endOnFailure: true },
  )
}, 180_000)

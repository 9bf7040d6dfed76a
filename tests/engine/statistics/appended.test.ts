import { readFileSync, renameSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Statistics } from '#contract'
import { keepCounts, mergeCounts } from '../../../main/engine/statistics/tfdv/index.ts'
import { listening } from '../dataset/workspace.ts'
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

test('strict statistics of appended rows merge kept counts, and are those of all of them at once', async () => {
  const texts: string[] = [rows(0, 210_000, 5), rows(210_000, 216_000, 5), rows(216_000, 221_000, 5)]
  const plans = [{ tfdv: true }, { tfdv: true, slice: ['text'], weight: 'few' }]
  const name = 'strict'
  for (const [day, text] of texts.entries()) {
    await rooms.import(rooms.file(`strict-${day}.csv`, text), {
      name,
      ...(day ? { append: true } : {}),
    } as never)
    for (const plan of plans) await rooms.compute(name, plan)
  }
  const whole = texts.map((text, day) => (day ? text.slice(text.indexOf('\n') + 1) : text)).join('')
  await rooms.import(rooms.file('strict-whole.csv', whole), { name: 'strict whole' })
  for (const plan of plans) {
    const [grown, atOnce] = [rooms.file('grown.json', ''), rooms.file('whole.json', '')]
    await rooms.compute(name, { ...plan, out: grown })
    await rooms.compute('strict whole', { ...plan, out: atOnce })
    expect(JSON.parse(readFileSync(grown, 'utf8'))).toEqual(JSON.parse(readFileSync(atOnce, 'utf8')))
  }
}, 120_000)

const countsOf = () =>
  rooms.store.db
    .prepare(`SELECT body FROM statistics WHERE json_extract(body, '$.counts') IS NOT NULL`)
    .all()
    .map(row => JSON.parse((row as { body: string }).body) as { version: string; counts: { blob: string }[] })

test('rows that were counted are not counted again: what is kept of them is what comes out', async () => {
  const name = 'told'
  const first = await rooms.import(rooms.file('told-0.csv', rows(0, 205_000, 5)), { name })
  const one = await rooms.compute(name, { tfdv: true })
  expect(one.features[3]?.all.unique).toBe(13)
  const kept = countsOf().find(({ version }) => version === first.id)?.counts[0]?.blob as string
  // Counts that say otherwise, in the place of those that were kept.
  const session = await (await rooms.dataset.open(name, {})).session()
  const path = rooms.store.blobs.path(kept as never)
  const counted = await mergeCounts(session, [path])
  await session.run("UPDATE counted SET v = 'kept' WHERE f = 3")
  await keepCounts(session, counted, `${path}.new`)
  session.close()
  renameSync(`${path}.new`, path)
  await rooms.import(rooms.file('told-1.csv', rows(205_000, 205_013, 5)), { name, append: true } as never)
  const two = await rooms.compute(name, { tfdv: true })
  expect(two.rows).toBe(205_013)
  // 13 texts in the new rows, beside what was kept of the old ones.
  expect(two.features[3]?.all.unique).toBe(14)
  expect(two.features[3]?.all.top[0]).toEqual({ value: 'kept', count: 205_000 })
}, 60_000)

test('kept counts go with the dataset, and those of others stay', async () => {
  for (const name of ['going', 'staying']) {
    const seed = name.length
    await rooms.import(rooms.file(`${name}.csv`, rows(0, 200_500, seed)), { name })
    await rooms.import(rooms.file(`${name}-1.csv`, rows(200_500, 200_900, seed)), {
      name,
      append: true,
    } as never)
    await rooms.compute(name, { tfdv: true })
    await rooms.compute(name)
  }
  const before = countsOf()
  const going = rooms.dataset.resolve('going')
  const mine = before.filter(({ version }) => version === going.id)
  expect(mine).toHaveLength(2)
  await rooms.dataset.door.remove({ name: 'going', anyway: false } as never, listening)
  expect(countsOf()).toEqual(before.filter(({ version }) => version !== going.id))
  for (const { counts } of mine)
    for (const { blob } of counts) expect(rooms.store.blobs.has(blob as never)).toBe(false)
  for (const { counts } of countsOf())
    for (const { blob } of counts) expect(rooms.store.blobs.has(blob as never)).toBe(true)
  const again = await rooms.compute('staying', { tfdv: true })
  expect(again.rows).toBe(200_900)
}, 60_000)

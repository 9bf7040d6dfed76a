import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nearGroups } from '../../../main/engine/validation/checks/hamming.ts'
import { randomOf } from '../../../main/engine/validation/suggestions/random.ts'
import { csv } from '../dataset/workspace.ts'
import { openRooms, type Rooms } from '../statistics/room.ts'
import { findings, line } from './oursRoom.ts'

const random = randomOf('pictures')
const hashOf = () => Array.from({ length: 16 }, () => Math.floor(16 * random()).toString(16)).join('')
/** The same with some bits flipped. */
function near(hash: string, bits: number): string {
  let value = BigInt(`0x${hash}`)
  const places = new Set<number>()
  while (places.size < bits) places.add(Math.floor(64 * random()))
  for (const place of places) value ^= 1n << BigInt(place)
  return value.toString(16).padStart(16, '0')
}

describe('hashes near each other', () => {
  test('are found up to four bits, and not beyond', () => {
    const first = Array.from({ length: 500 }, hashOf)
    for (const [bits, expected] of [
      [1, 500],
      [4, 500],
      [5, 0],
      [9, 0],
    ] as const) {
      const groups = nearGroups([...first, ...first.map(hash => near(hash, bits))])
      expect(groups.length).toBe(expected)
      if (expected) expect(groups.every(([a = 0, b = 0]) => b === a + 500)).toBe(true)
    }
  })

  test('are found as comparing all pairs finds them', () => {
    const base = Array.from({ length: 30 }, hashOf)
    const hashes = Array.from({ length: 300 }, () =>
      near(base[Math.floor(30 * random())] as string, Math.floor(4 * random())),
    )
    const apart = (a: string, b: string) =>
      [...(BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2)].filter(bit => bit === '1').length
    const group = hashes.map((_, at) => at)
    for (let again = true; again; ) {
      again = false
      for (let a = 0; a < hashes.length; a++)
        for (let b = 0; b < a; b++)
          if (group[a] !== group[b] && apart(hashes[a] as string, hashes[b] as string) <= 4) {
            const [from, to] = [group[a], group[b]]
            for (const [at, one] of group.entries()) if (one === from) group[at] = to as number
            again = true
          }
    }
    const expected = [...new Set(group)]
      .map(root => [...group.keys()].filter(at => group[at] === root))
      .filter(({ length }) => length > 1)
    const sorted = (groups: number[][]) =>
      groups.map(one => one.toSorted((a, b) => a - b)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
    expect(sorted(nearGroups(hashes))).toEqual(sorted(expected))
  })

  test('of a hundred thousand are found in seconds', () => {
    const hashes = Array.from({ length: 100_000 }, hashOf)
    const started = performance.now()
    expect(nearGroups([...hashes, near(hashes[7] as string, 3)])).toEqual([[7, 100_000]])
    expect(performance.now() - started).toBeLessThan(20_000)
  }, 60_000)
})

describe('a dataset of pictures', () => {
  let rooms: Rooms
  let id: string
  const hashes = Array.from({ length: 300 }, hashOf)
  beforeAll(async () => {
    rooms = openRooms()
    // Pictures 0 to 29 are there again, a little changed, the first five with another label.
    const rows = Array.from({ length: 330 }, (_, row) => {
      const hash = row < 300 ? (hashes[row] as string) : near(hashes[row - 300] as string, 2)
      const label = `kind ${row < 300 ? row % 3 : row < 305 ? 9 : (row - 300) % 3}`
      return [`p${row}.png`, label, row === 50 ? '' : hash, row === 50 ? 'the file ends too early' : '', '64']
    })
    const path = rooms.file('pictures.csv', csv([['path', 'label', 'hash', 'problem', 'width'], ...rows]))
    id = (await rooms.import(path, { key: ['path'], train: 0.5, eval: 0.5, test: 0 } as never)).id
  })
  afterAll(() => rooms.close())

  test('has pictures that look the same, within splits and between them, and some that cannot be read', async () => {
    const found = await findings(rooms, id, ['near-duplicates', 'unreadable', 'constant'], { images: true })
    expect(found.map(({ kind, split, title }) => `${kind} ${split} ${title}`)).toEqual([
      'unreadable null Pictures that cannot be read',
      'near-duplicates null Pictures that nearly look the same',
      'near-duplicates eval Pictures of train again',
    ])
    const [unread, within, across] = found
    expect(unread).toMatchObject({
      rows: 1,
      examples: ['the file ends too early'],
      where: [{ column: 'problem', is: 'present' }],
    })
    expect((within?.rows ?? 0) + (across?.rows ?? 0)).toBe(30)
    expect(within?.detail).toContain('In 5 groups of such pictures the labels differ.')
    expect(within?.only?.every(row => row >= 300)).toBe(true)
    expect(line(across as never)).toMatch(/^warning near-duplicates hash eval \d+$/)
  })

  test('is looked at as pictures only where it is one', async () => {
    expect(await findings(rooms, id, ['near-duplicates', 'unreadable'])).toEqual([])
  })
})

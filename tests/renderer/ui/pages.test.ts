import { describe, expect, test } from 'vitest'
import { Pages } from '../../../renderer/ui/pages.ts'

const rest = () => new Promise(resolve => setTimeout(resolve, 0))

function source() {
  const asked: {
    offset: number
    signal: AbortSignal
    answer: (rows: number[]) => void
    refuse: (e: Error) => void
  }[] = []
  const load = (offset: number, _limit: number, signal: AbortSignal) =>
    new Promise<number[]>((answer, refuse) => asked.push({ offset, signal, answer, refuse }))
  return { asked, load }
}
const numbers = (from: number, length: number) => Array.from({ length }, (_, i) => from + i)

describe('pages of a long list', () => {
  test('reads the pages of a range once, and gives their rows', async () => {
    const { asked, load } = source()
    let changed = 0
    const pages = new Pages(load, () => changed++, 100)
    pages.want(150, 260)
    pages.want(150, 260)
    expect(asked.map(one => one.offset)).toEqual([100, 200])
    expect(pages.row(150)).toBeUndefined()
    asked[0]?.answer(numbers(100, 100))
    await rest()
    expect(pages.row(150)).toBe(150)
    expect(pages.row(199)).toBe(199)
    expect(pages.row(200)).toBeUndefined()
    expect(changed).toBe(1)
  })

  test('stops a reading that left the view, and its late answer does not count', async () => {
    const { asked, load } = source()
    const pages = new Pages(load, () => {}, 100)
    pages.want(0, 100)
    pages.want(5000, 5100)
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(asked[1]?.signal.aborted).toBe(false)
    asked[0]?.answer(numbers(0, 100))
    await rest()
    expect(pages.row(0)).toBeUndefined()
  })

  test('keeps the pages wanted last and forgets the oldest', async () => {
    const { asked, load } = source()
    const pages = new Pages(load, () => {}, 100, 3)
    for (const at of [0, 1, 2]) {
      pages.want(at * 100, at * 100 + 100)
      asked.at(-1)?.answer(numbers(at * 100, 100))
      await rest()
    }
    // page 0 is looked at again, so page 1 is now the oldest
    pages.want(0, 100)
    pages.want(300, 400)
    asked.at(-1)?.answer(numbers(300, 100))
    await rest()
    expect([pages.row(0), pages.row(100), pages.row(200), pages.row(300)]).toEqual([0, undefined, 200, 300])
  })

  test('a failed page is told, and read again when asked', async () => {
    const { asked, load } = source()
    const pages = new Pages(load, () => {}, 100)
    pages.want(0, 50)
    asked[0]?.refuse(new Error('The file ends at byte 18,204'))
    await rest()
    expect(pages.failed(0, 50)).toMatchObject({
      first: 0,
      last: 100,
      error: { message: 'The file ends at byte 18,204' },
    })
    expect(pages.failed(100, 150)).toBeNull()
    pages.retry(0, 50)
    asked[1]?.answer(numbers(0, 100))
    await rest()
    expect(pages.failed(0, 50)).toBeNull()
    expect(pages.row(7)).toBe(7)
  })

  test('forgetting everything stops what is under way', () => {
    const { asked, load } = source()
    const pages = new Pages(load, () => {}, 100)
    pages.want(0, 300)
    pages.clear()
    expect(asked.every(one => one.signal.aborted)).toBe(true)
  })
})

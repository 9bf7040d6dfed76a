import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fewestFloat, noisiest } from '../../../main/engine/optimization/fallback.ts'

const layers = Array.from({ length: 40 }, (_, i) => `layer${i}`)

/** A search where the tolerance holds as soon as all of `needed` stay float. */
async function search(order: readonly string[], needed: readonly string[]) {
  let tries = 0
  const found = await fewestFloat(order, async keep => {
    tries++
    return needed.every(layer => keep.includes(layer))
  })
  return { found, tries }
}

describe('the fewest layers that must stay float', () => {
  test('are exactly those that are needed, whatever their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(layers, { minLength: 1 }), fc.nat(), async (order, drawn) => {
        const needed = order.filter((_, i) => (drawn >> (i % 31)) & 1)
        const { found } = await search(order, needed)
        expect([...(found ?? [])].sort()).toEqual([...needed].sort())
      }),
    )
  })

  test('leave out none that cannot be left out, even where layers make up for each other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        async (weights, wanted) => {
          const order = weights.map((_, i) => `layer${i}`)
          const holds = async (keep: string[]) =>
            keep.reduce((sum, layer) => sum + (weights[order.indexOf(layer)] as number), 0) >= wanted
          const found = await fewestFloat(order, holds)
          if (found === null) {
            expect(await holds([...order])).toBe(false)
            return
          }
          expect(await holds(found)).toBe(true)
          for (const layer of found) expect(await holds(found.filter(each => each !== layer))).toBe(false)
        },
      ),
    )
  })

  test('take few tries', async () => {
    expect(await search(layers, [])).toEqual({ found: [], tries: 1 })
    const { found, tries } = await search(layers, ['layer0', 'layer2'])
    expect(found).toEqual(['layer0', 'layer2'])
    expect(tries).toBeLessThanOrEqual(8)
  })

  test('are none where not even all are enough, or where there are none', async () => {
    expect(await fewestFloat(layers, async () => false)).toBeNull()
    expect(await fewestFloat([], async () => false)).toBeNull()
    expect(await fewestFloat([], async () => true)).toEqual([])
  })
})

describe('the noisiest layers', () => {
  const seen = (layer: string | null, snr: number | null, tensor = `${layer}/out`) => ({
    tensor,
    op: 'CONV_2D',
    layer,
    snr,
    ms: null,
  })

  test('are those that lose most beside what they read, each once', () => {
    const order = noisiest([seen('a', 50), seen('b', 20), seen('b', 19), seen('c', 19), seen('d', 10)])
    expect(order.map(({ layer }) => layer)).toEqual(['b', 'a', 'd', 'c'])
    expect(order[0]?.added).toBeCloseTo(30)
  })

  test('exact ones lose nothing, and nameless ones go by their tensor', () => {
    const order = noisiest([seen('a', null), seen(null, 30, 'x'), seen('c', 55)])
    expect(order[0]).toEqual({ layer: 'x', added: 30 })
    expect(order.filter(({ added }) => added === 0).map(({ layer }) => layer)).toEqual(['a', 'c'])
    expect(noisiest([])).toEqual([])
  })
})

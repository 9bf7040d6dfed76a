import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useThrottled } from '../../../renderer/rooms/training/useThrottled.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('live figures', () => {
  test('change at most four times a second, and the last one is never lost', async () => {
    const scope = effectScope()
    const source = ref(0)
    const shown = scope.run(() => useThrottled(() => source.value)) as { value: number }
    const seen = new Set<number>()
    for (let i = 1; i <= 100; i++) {
      source.value = i
      await nextTick()
      seen.add(shown.value)
      vi.advanceTimersByTime(10)
    }
    expect(seen.size).toBeLessThanOrEqual(5)
    vi.advanceTimersByTime(250)
    expect(shown.value).toBe(100)
    scope.stop()
  })

  test('another run shows at once', async () => {
    const scope = effectScope()
    const source = ref({ id: 'run-1', n: 1 })
    const shown = scope.run(() =>
      useThrottled(
        () => source.value,
        () => source.value.id,
      ),
    ) as { value: { n: number } }
    source.value = { id: 'run-1', n: 2 }
    await nextTick()
    source.value = { id: 'run-1', n: 3 }
    await nextTick()
    expect(shown.value.n).toBe(2)
    source.value = { id: 'run-2', n: 4 }
    await nextTick()
    expect(shown.value.n).toBe(4)
    scope.stop()
  })
})

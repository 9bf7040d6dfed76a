import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { useCurves } from '../../../renderer/rooms/training/useCurves.ts'
import { type Mounted, mountPage } from '../engine/mountPage.ts'

let mounted: Mounted | undefined
afterEach(() => mounted?.wrapper.unmount())

test('the point that was told between the last look and the end of a run is read, too', async () => {
  let points = 9
  const isLive = ref(true)
  let curves: ReturnType<typeof useCurves> | undefined
  const one = { run: 'run-1' as never, key: 'loss' }
  mounted = await mountPage(
    defineComponent(() => {
      curves = useCurves(() => ({
        wanted: [one],
        axis: 'step',
        view: null,
        width: 400,
        isLive: isLive.value,
      }))
      return () => h('div')
    }),
    {
      training: {
        curve: async () => {
          const x = Array.from({ length: points }, (_, i) => i + 1)
          return { ...one, axis: 'step', points, extent: [1, points], x, y: x.map(() => 0.5) } as never
        },
      },
    },
  )
  await flushPromises()
  expect(curves?.whole.value).toEqual([1, 9])
  points = 10
  isLive.value = false
  await flushPromises()
  expect(curves?.whole.value).toEqual([1, 10])
})

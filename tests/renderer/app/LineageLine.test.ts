import { afterEach, expect, test } from 'vitest'
import { defineComponent, h } from 'vue'
import LineageLine from '../../../renderer/app/LineageLine.vue'
import { FailureError } from '../../../renderer/engine/index.ts'
import { type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { AT, hash, job, succeeded } from '../engine/samples.ts'

let mounted: Mounted
afterEach(() => {
  mounted.wrapper.unmount()
  document.body.innerHTML = ''
})
const line = (props: Record<string, unknown>) => defineComponent(() => () => h(LineageLine, props))

test('says what made an artifact, from what, and how long it took', async () => {
  mounted = await mountPage(line({ artifact: hash('c') }), {
    lineage: {
      show: async () => ({
        artifact: { id: hash('c'), kind: 'statistics', title: 'Statistics', madeBy: null, at: AT },
        job: succeeded(job(), {}),
        parents: [{ id: hash('a'), kind: 'dataset-version', title: 'Adult income v1', madeBy: null, at: AT }],
        children: [],
      }),
    },
  })
  expect(shownText()).toMatch(/Made by Compute statistics: Adult income, .+, 0\.9 s from Adult income v1/)
  expect(document.querySelector('footer a')?.getAttribute('href')).toBe(`/data/${hash('a')}`)
})

test('says so when the way back cannot be read, and keeps its actions', async () => {
  const copied: string[] = []
  Object.defineProperty(navigator, 'clipboard', {
    configurable: true,
    value: { writeText: async (text: string) => copied.push(text) },
  })
  mounted = await mountPage(
    line({
      artifact: hash('c'),
      command: { room: 'statistics', verb: 'compute', input: { data: 'Adult income' } },
    }),
    {
      lineage: {
        show: async () => {
          throw new FailureError({ code: 'not-found', message: 'It is gone.', remedy: '' })
        },
      },
    },
  )
  expect(shownText()).toContain('What made this could not be read.')
  await press('Copy as command')
  expect(copied).toEqual(["edgewright statistics compute 'Adult income'"])
})

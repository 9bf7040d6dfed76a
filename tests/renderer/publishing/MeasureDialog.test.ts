import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test } from 'vitest'
import type { DeviceLatency } from '#contract'
import { FailureError } from '../../../renderer/engine/index.ts'
import PublishingPage from '../../../renderer/rooms/publishing/PublishingPage.vue'
import { type Mounted, mountPage, press } from '../engine/mountPage.ts'
import { hash, job, succeeded } from '../engine/samples.ts'
import { variant } from '../optimization/variants.ts'
import { flowOf, stream } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { device, metrics, story } from './devices.ts'

let mounted: Mounted
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const latency = (changes: Partial<DeviceLatency> = {}): DeviceLatency =>
  ({
    id: 'job-9',
    run: 'run-1',
    model: 'run-1',
    variant: hash('9'),
    kind: 'tflite-int8',
    title: 'TFLite, int8',
    bytes: 12_000,
    runtime: 'LiteRT.js 2.5.3',
    runs: 200,
    median: 4.21,
    p95: 6.9,
    peakBytes: 91_000_000,
    device: {
      id: 'device-1',
      name: 'this computer',
      address: 'http://127.0.0.1:8501',
      processor: 'Cortex-A72',
      cores: 4,
      memoryBytes: 4e9,
      platform: 'linux',
      arch: 'arm64',
    },
    at: '2026-11-21T10:00:00Z',
    ...changes,
  }) as DeviceLatency

const dialog = () => document.querySelector('[role="dialog"]') as HTMLElement
const act = () =>
  [...dialog().querySelectorAll('button')].find(one => one.textContent?.trim() === 'Measure') as HTMLElement

async function opened(measure: (input: unknown) => Promise<never>, latencies: DeviceLatency[] = []) {
  mounted = await mountPage(
    PublishingPage,
    flowOf([run('run-1')], {
      optimization: { list: async () => ({ variants: [variant({ id: hash('9'), title: 'TFLite, int8' })] }) },
      publishing: {
        releases: async () => ({ releases: [] }),
        watch: async () => stream({ devices: [device()] }),
        sites: async () => ({ sites: [] }),
        records: async () => story(),
        metrics: async () => metrics(),
        key: async () => ({ fingerprint: hash('4'), publicKey: 'key' }),
        measured: async () => ({ latencies }),
        measure,
      },
    }),
    { path: '/publishing/device-1' },
  )
  await press('Measure')
  await flushPromises()
}

test('what was measured on this device is there; a variant is sent by its hash, and its figures join the others', async () => {
  const asked: unknown[] = []
  const begun = job({ room: 'publishing', verb: 'measure' })
  const elsewhere = { ...latency().device, id: 'device-2' }
  const latencies = [latency(), latency({ id: 'job-8' as never, title: 'elsewhere', device: elsewhere })]
  await opened(async input => {
    asked.push(input)
    return begun as never
  }, latencies)
  expect(dialog().textContent).toContain('Measure on this computer')
  expect(dialog().textContent).toContain('TFLite, int8')
  expect(dialog().textContent).toContain('4.2')
  expect(dialog().textContent).not.toContain('elsewhere')
  act().click()
  await flushPromises()
  expect(asked).toEqual([{ model: 'run-1', variant: hash('9'), device: 'device-1' }])
  latencies.unshift(latency({ id: 'job-10' as never, median: 3.7 }))
  await mounted.push(succeeded(begun, latency()))
  await flushPromises()
  expect(dialog().textContent).toContain('3.7')
})

test('a device that does not allow it says how it would', async () => {
  await opened(async () => {
    throw new FailureError({
      code: 'no-permission',
      message: 'crane-02 says: Measuring is not allowed on this device.',
      remedy: 'Its technician allows it by starting the agent with --measure.',
    })
  })
  expect(dialog().textContent).toContain('Nothing was measured')
  act().click()
  await flushPromises()
  expect(dialog().textContent).toContain('not allowed on this device')
  expect(dialog().textContent).toContain('--measure')
})

import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Device, Release } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import PublishingPage from '../../../renderer/rooms/publishing/PublishingPage.vue'
import {
  gateNow,
  publishVerdict,
  wantedVariant,
  wantedVersion,
} from '../../../renderer/rooms/publishing/publish/publishForm.ts'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { hash, job, succeeded, workspace } from '../engine/samples.ts'
import { evaluation } from '../evaluation/evaluations.ts'
import { variant } from '../optimization/variants.ts'
import { model, modelVersion } from '../registry/versions.ts'
import { flowOf, stream } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { device, deviceModel, metrics, preview, story } from './devices.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const release = (changes: Partial<Release> = {}): Release =>
  ({
    id: hash('7'),
    model: 'strikes',
    version: 2,
    variant: 'float32',
    sequence: 4,
    to: '/workspace/repository',
    files: [{ name: 'model.pb', hash: hash('8'), bytes: 81_000 }],
    bytes: 81_000,
    key: hash('4'),
    at: '2026-11-21T10:00:00Z',
    madeBy: 'job-8',
    ...changes,
  }) as Release

const models = () => [
  model(modelVersion(), modelVersion({ id: hash('6'), version: 2, aliases: ['production'] })),
]
const page = (
  devices: Device[],
  over: Answers = {},
  path = devices.length ? '/publishing/device-1' : '/publishing',
) =>
  mountPage(
    PublishingPage,
    flowOf([run('run-1')], {
      ...over,
      registry: { list: async () => ({ models: models() }), ...over.registry },
      publishing: {
        releases: async () => ({ releases: [] }),
        watch: async () => stream({ devices }),
        sites: async () => ({ sites: [] }),
        preview: async () => preview(),
        records: async () => story(),
        metrics: async () => metrics(),
        key: async () => ({ fingerprint: hash('4'), publicKey: 'key' }),
        ...over.publishing,
      },
    }),
    { path },
  )
const inDialog = (words: string) =>
  [...document.querySelectorAll<HTMLElement>('[role="dialog"] button')].find(one =>
    one.textContent?.trim().startsWith(words),
  ) as HTMLElement

describe('what is published by itself', () => {
  test('production, else candidate, else the newest', () => {
    const plain = [modelVersion(), modelVersion({ version: 3 })]
    expect(wantedVersion(model(...plain))).toBe(3)
    expect(wantedVersion(model(modelVersion({ aliases: ['candidate'] }), ...plain))).toBe(1)
    expect(
      wantedVersion(
        model(
          modelVersion({ aliases: ['candidate'] }),
          modelVersion({ version: 2, aliases: ['production'] }),
        ),
      ),
    ).toBe(2)
    expect(wantedVersion(model())).toBeNull()
  })
  test('8-bit weights where they were made, else float32', () => {
    expect(wantedVariant(modelVersion())).toBe('float32')
    expect(wantedVariant(modelVersion({ variants: [variant({ kind: 'dynamic-range' })] }))).toBe(
      'dynamic-range',
    )
  })
  test('the gate goes by the figures of the form that is published', () => {
    const rules = [{ metric: 'accuracy', min: 0.85 }]
    const worse = { split: 'test' as const, rows: 9, before: {}, after: { accuracy: 0.8 }, maxDifference: 0 }
    const small = variant({ kind: 'dynamic-range', compared: worse })
    const one = modelVersion({ variants: [small, variant()], metrics: { accuracy: 0.9 } })
    expect(gateNow(one, 'dynamic-range', rules)?.passed).toBe(false)
    expect(gateNow(one, 'float32', rules)?.passed).toBe(true)
    // a newer evaluation outranks what was measured when the form was made
    const newer = evaluation({ variant: 'dynamic-range', metrics: { accuracy: 0.95 } })
    expect(gateNow(one, 'dynamic-range', rules, [newer])?.passed).toBe(true)
    // nothing made yet: the version's own figures
    expect(gateNow(modelVersion(), 'float32', rules)?.passed).toBe(false)
  })
  test('what was not measured is neither passed nor blocked before it is published', () => {
    const one = modelVersion({ metrics: null })
    expect(gateNow(one, 'float32', [])?.passed).toBe(true)
    expect(gateNow(one, 'float32', [{ metric: 'accuracy', min: 0.85 }])).toBeNull()
    expect(publishVerdict(null)).toMatchObject({ kind: 'info', title: 'Not measured yet' })
  })
})

describe('publishing page', () => {
  test('without a device it offers to start one, and shows it when it reports', async () => {
    const asked: unknown[] = []
    let tell = (_: { devices: Device[] }) => {}
    mounted = await page([], {
      publishing: {
        watch: async () =>
          (async function* () {
            yield { devices: [] as Device[] }
            for (;;)
              yield await new Promise<{ devices: Device[] }>(resolve => {
                tell = resolve
              })
          })(),
        startAgent: async input => {
          asked.push(input)
          return device()
        },
      },
    })
    expect(shownText()).toContain('No device yet')
    await press('Start a device here')
    await type('Name', 'bench 1')
    inDialog('Start device').click()
    await flushPromises()
    expect(asked).toMatchObject([{ name: 'bench 1', port: 0 }])
    tell({ devices: [device({ name: 'bench 1', models: [deviceModel({ reports: 1, state: 'fetching' })] })] })
    await flushPromises()
    expect(shownText()).toContain('Fetching v2')
    mounted.router.push('/publishing')
    tell({ devices: [device({ name: 'bench 1' })] })
    await flushPromises()
    expect(shownText()).toContain('Healthy')
    expect(shownText()).toContain('1 of 1 report what is wanted')
  })

  test('a device that differs says so by shape and words, and its trouble has a remedy', async () => {
    mounted = await page([
      device({
        health: 'attention',
        models: [
          deviceModel({
            reports: 1,
            state: 'refused',
            failure: {
              code: 'tampered',
              message: 'A file is not the one that was signed.',
              remedy: 'Publish again.',
            },
          }),
        ],
      }),
    ])
    expect(shownText()).toContain('Refused v2')
    expect(shownText()).toContain('Publish again.')
    mounted.router.push('/publishing')
    await flushPromises()
    expect(document.querySelector('[aria-label="differs from v2, which is wanted"]')).toBeTruthy()
  })

  test('publishing is blocked by the gate, which is shown before', async () => {
    let asked = 0
    mounted = await page([], {
      evaluation: { gate: async () => ({ rules: [{ metric: 'accuracy', min: 0.85 }] }) },
      publishing: {
        publish: async () => {
          asked++
          return job()
        },
      },
    })
    await press('Publish a version')
    expect(document.querySelector('[role="dialog"]')?.textContent).toContain(
      'Blocked: accuracy 81.0% where 85.0% is wanted',
    )
    expect(inDialog('Publish v2').getAttribute('aria-disabled')).toBe('true')
    inDialog('Publish v2').click()
    await flushPromises()
    expect(asked).toBe(0)
  })

  test('what may be published is, under the version of production, and the dialog closes at its end', async () => {
    const asked: unknown[] = []
    const begun = job({ room: 'publishing', verb: 'publish', input: { model: 'strikes' } })
    let done = false
    mounted = await page([], {
      publishing: {
        releases: async () => ({ releases: done ? [release()] : [] }),
        publish: async input => {
          asked.push(input)
          return begun
        },
      },
    })
    await press('Publish a version')
    await type('To', 'https://repository.example')
    inDialog('Publish v2').click()
    await flushPromises()
    expect(asked).toEqual([
      { model: 'strikes', version: 2, shadow: false, encrypt: false, to: 'https://repository.example' },
    ])
    done = true
    await mounted.push(succeeded(begun, release()))
    await flushPromises()
    expect(document.querySelector('[role="dialog"]')).toBeNull()
    mounted.router.push('/publishing?part=releases')
    await flushPromises()
    expect(shownText()).toContain('Release 4')
    expect(shownText()).toContain('model.pb')
  })

  test('the registry sends a version over by the address', async () => {
    mounted = await page([], {}, '/publishing?publish=strikes&version=1')
    expect(inDialog('Publish v1')).toBeTruthy()
  })

  test('rolling back asks first, keeps what stays in words, and tells the device', async () => {
    const asked: unknown[] = []
    mounted = await page([device()], {
      publishing: {
        rollBack: async input => {
          asked.push(input)
          return device()
        },
      },
    })
    await press('Roll back to v1')
    expect(shownText()).toContain('Keep v2')
    expect(asked).toEqual([])
    inDialog('Roll back to v1').click()
    await flushPromises()
    expect(asked).toEqual([{ id: 'device-1', model: 'strikes' }])
    expect(document.querySelector('[role="dialog"]')).toBeNull()
  })

  test('a device that keeps no other version cannot be rolled back and says why', async () => {
    mounted = await page([device({ models: [deviceModel({ previous: null })] })])
    expect(button(/^Roll back/).textContent).toContain('keeps no other version')
  })

  test('a device is asked with a row of the data, without its label, and answers in words', async () => {
    const asked: { instances: unknown[] }[] = []
    mounted = await page([device()], {
      registry: { list: async () => ({ models: [model(modelVersion({ version: 2 }))] }) },
      dataset: {
        rows: async () => ({
          columns: [
            { name: 'height', type: 'float' as const },
            { name: 'damage', type: 'text' as const },
          ],
          rows: [[120, 'no']],
          offset: 0,
          total: 99,
        }),
      },
      publishing: {
        predict: async input => {
          asked.push(input)
          return {
            predictions: [{ class: 'no', probability: 0.9, probabilities: { no: 0.9, yes: 0.1 } }],
            milliseconds: 3.2,
          }
        },
      },
    })
    await press('Ask')
    await flushPromises()
    expect(JSON.parse(document.querySelector('textarea')?.value ?? '')).toEqual({ height: 120 })
    inDialog('Ask').click()
    await flushPromises()
    expect(asked[0]?.instances).toEqual([{ height: 120 }])
    expect(document.querySelector('[data-answer]')?.textContent).toBe('no')
    expect(shownText()).toContain('90.0%')
    expect(shownText()).toContain('3.2 ms there and back; the row says no')
    await type('Instance', '{"height": ')
    expect(shownText()).toContain('This is not JSON yet')
    expect(inDialog('Ask').getAttribute('aria-disabled')).toBe('true')
  })

  test('what a device answers to a wrong feature is shown with its remedy', async () => {
    mounted = await page([device()], {
      publishing: {
        predict: async () => {
          throw new FailureError({
            code: 'bad-input',
            message: 'There is no feature hight.',
            remedy: 'Use height.',
          })
        },
      },
    })
    await press('Ask')
    await type('Instance', '{"hight": 1}')
    inDialog('Ask').click()
    await flushPromises()
    expect(shownText()).toContain('There is no feature hight.')
    expect(shownText()).toContain('Use height.')
  })

  test('offering over HTTP gives an address and a token, and can be ended', async () => {
    const asked: { stop?: boolean; network?: boolean }[] = []
    mounted = await page([], {
      publishing: {
        host: async input => {
          asked.push(input)
          return input.stop
            ? { address: null, token: null }
            : { address: 'http://127.0.0.1:8520', token: 'q7Xh2' }
        },
      },
    })
    await press('Offer over HTTP')
    inDialog('Offer over HTTP').click()
    await flushPromises()
    expect(document.querySelector('[data-address]')?.textContent).toBe('http://127.0.0.1:8520')
    expect(shownText()).toContain('q7Xh2')
    expect(asked[0]).toMatchObject({ stop: false, network: false })
    inDialog('Stop offering').click()
    await flushPromises()
    expect(asked[1]?.stop).toBe(true)
    expect(document.querySelector('[data-address]')).toBeNull()
  })

  test('in a workspace that can only be looked at, devices stay as they are and say why', async () => {
    mounted = await page([device()], { workspace: { show: async () => workspace({ readOnly: true }) } })
    for (const words of [/^Publish a version/, /^Roll back to v1/, /^Measure/, /^Groups/])
      expect(button(words).getAttribute('aria-disabled')).toBe('true')
    mounted.router.push('/publishing')
    await flushPromises()
    expect(button(/^Start a device here/).getAttribute('aria-disabled')).toBe('true')
  })
})

import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Device, KeyList, RolloutStanding } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import PublishingPage from '../../../renderer/rooms/publishing/PublishingPage.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { hash, job, succeeded } from '../engine/samples.ts'
import { model, modelVersion } from '../registry/versions.ts'
import { flowOf, stream } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { device, deviceModel, deviceVersion, metrics, preview, site, siteModel, story } from './devices.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  vi.useRealTimers()
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const enrolled = (changes: Partial<Device> = {}) =>
  device({ site: 'plant-north', enrolled: true, groups: ['line 3'], code: '1234-5678', use: {}, ...changes })

const page = (part: string, devices: Device[], publishing: Answers['publishing'] = {}, over: Answers = {}) =>
  mountPage(
    PublishingPage,
    flowOf([run('run-1')], {
      registry: { list: async () => ({ models: [model(modelVersion({ version: 2 }))] }) },
      ...over,
      publishing: {
        releases: async () => ({ releases: [] }),
        watch: async () => stream({ devices }),
        sites: async () => ({ sites: [site()] }),
        preview: async () => preview(),
        records: async () => story(),
        metrics: async () => metrics(),
        refusals: async () => ({ refusals: [], security: 0 }),
        ...publishing,
      },
    }),
    { path: `/publishing${part}` },
  )
const dialog = () => document.querySelector('[role="dialog"]') as HTMLElement
const inDialog = (words: string) =>
  [...dialog().querySelectorAll<HTMLElement>('button')].find(one =>
    one.textContent?.trim().startsWith(words),
  ) as HTMLElement
const option = (words: string) =>
  [...document.querySelectorAll<HTMLElement>('[role="radio"]')].find(one =>
    one.textContent?.includes(words),
  ) as HTMLElement

describe('the fleet', () => {
  const fleet = () => [
    enrolled(),
    enrolled({ id: 'd2', name: 'pi-2', models: [deviceModel({ reports: 1, state: 'fetching' })] }),
    enrolled({ id: 'd3', name: 'pi-3', models: [deviceModel({ reports: 1, state: 'refused' })] }),
    enrolled({ id: 'd4', name: 'crane-1', health: 'offline', seen: '2026-10-01T10:00:00Z' }),
  ]
  test('counts who is on it, on the way, failed and silent, and a count shows its devices', async () => {
    mounted = await page('', fleet())
    const counts = [...document.querySelectorAll('[aria-label="How the fleet stands"] button')]
    expect(counts.map(one => one.textContent?.replace(/\s+/g, ' ').trim().slice(0, 22))).toEqual([
      expect.stringMatching(/^1 ?On the wanted/),
      expect.stringMatching(/^1 ?On the way/),
      expect.stringMatching(/^1 ?Failed/),
      expect.stringMatching(/^1 ?Not heard of/),
    ])
    ;(counts[3] as HTMLElement).click()
    await flushPromises()
    expect(shownText()).toContain('crane-1')
    expect(shownText()).not.toContain('pi-2')
    expect(counts[3]?.getAttribute('aria-pressed')).toBe('true')
  })

  test('a thousand devices are counted, and only those in view are drawn', async () => {
    mounted = await page(
      '',
      Array.from({ length: 1000 }, (_, n) => enrolled({ id: `d${n}`, name: `box-${n}` })),
    )
    expect(shownText()).toContain('1,000 of 1,000 report what is wanted')
    expect(document.querySelectorAll('[role="row"], tr').length).toBeLessThan(100)
  })

  test('who is silent and behind is told, with the stick as the way', async () => {
    mounted = await page('', [
      enrolled(),
      enrolled({ id: 'd4', name: 'crane-1', health: 'offline', models: [deviceModel({ reports: 1 })] }),
    ])
    expect(shownText()).toContain('1 device not heard of for a while does not have what is wanted there.')
    await press('Prepare a stick')
    expect(shownText()).toContain('Make a stick')
  })

  test('accuracy on the box is that of the version that answers there', async () => {
    const right = { error: null, name: null, random: null }
    mounted = await page(
      '',
      [enrolled()],
      {},
      {
        feedback: {
          accuracy: async () => ({
            task: 'binary',
            versions: [
              { ...right, version: 1, device: 'device-1', labeled: 10, right: 1 },
              { ...right, version: 2, device: null, labeled: 100, right: 50 },
              { ...right, version: 2, device: 'device-1', labeled: 40, right: 39 },
            ],
            pairs: [],
          }),
        },
      },
    )
    expect(shownText()).toContain('97.5%')
  })

  test('a device waits with its code; one click approves it, or the digits are typed', async () => {
    const asked: unknown[] = []
    const approve: Answers['publishing'] = {
      deviceApprove: async input => {
        asked.push(input)
        return enrolled()
      },
    }
    mounted = await page('', [device({ site: 'plant-north', enrolled: false, code: '4821-0093' })], approve)
    expect(document.querySelector('[data-code]')?.textContent).toBe('4821-0093')
    await press('The codes match')
    expect(asked).toEqual([{ code: '4821-0093', site: 'plant-north' }])
    expect(button(/^Approve by code/).getAttribute('aria-disabled')).toBe('true')
    await type('Code', '48210093')
    await press(/^Approve by code/)
    expect(asked).toHaveLength(2)
  })

  test('a device without a network is approved by its request on a stick', async () => {
    const asked: unknown[] = []
    mounted = await page('', [enrolled()], {
      deviceApprove: async input => {
        asked.push(input)
        return enrolled()
      },
    })
    await press('Approve a device')
    await type('Code', '48210093')
    await type('Request', '/media/stick/enrol-1.req')
    await type('Groups', 'yard, cranes')
    expect(dialog().textContent).toContain('device approve 4821-0093')
    inDialog('Approve device').click()
    await flushPromises()
    expect(asked).toEqual([
      { code: '4821-0093', group: ['yard', 'cranes'], request: '/media/stick/enrol-1.req' },
    ])
    expect(dialog()).toBeNull()
  })

  test('a code that nobody shows is refused in one sentence, and stays to be mended', async () => {
    mounted = await page('', [device({ enrolled: false, code: '4821-0093' })], {
      deviceApprove: async () => {
        throw new FailureError({
          code: 'not-found',
          message: 'No device shows 1111-1111.',
          remedy: 'Compare the digits.',
        })
      },
    })
    await type('Code', '11111111')
    await press(/^Approve by code/)
    expect(shownText()).toContain('No device shows 1111-1111.')
  })
})

describe('one device', () => {
  const held = (role: 'primary' | 'previous', version: number) => deviceVersion({ role, version })
  test('a click toggles between Junior and Senior, without a question', async () => {
    const asked: unknown[] = []
    mounted = await page(
      '/device-1',
      [enrolled({ models: [deviceModel({ versions: [held('primary', 2), held('previous', 1)] })] })],
      {
        deviceUse: async input => {
          asked.push(input)
          return enrolled()
        },
      },
    )
    option('Senior, v1').click()
    await flushPromises()
    expect(asked).toEqual([{ id: 'device-1', model: 'strikes', version: 1 }])
    expect(dialog()).toBeNull()
  })

  test('who is not approved cannot be told a version, and it says why', async () => {
    mounted = await page('/device-1', [device({ enrolled: false, models: [deviceModel()] })])
    expect(option('Senior, v1').hasAttribute('disabled')).toBe(true)
  })

  test('what is in quarantine says why, and is not offered', async () => {
    const failure = {
      code: 'does-not-fit' as const,
      message: '3 of 16 golden rows came out otherwise on this box.',
      remedy: 'Publish a float32 form.',
    }
    const versions = [deviceVersion(), deviceVersion({ version: 3, role: 'quarantined', failure })]
    mounted = await page('/device-1', [enrolled({ models: [deviceModel({ versions, previous: null })] })])
    expect(shownText()).toContain('3 of 16 golden rows')
    expect(shownText()).toContain('v3 stays in quarantine here')
    expect(() => button('Use v3')).toThrow()
  })

  test('a clock that lags behind what was signed is not trusted, in words', async () => {
    mounted = await page('/device-1', [enrolled({ clock: { says: '1970-01-01T00:00:00Z', trusted: false } })])
    expect(shownText()).toContain('behind what was signed, so not trusted')
  })

  test('which model decided is answered from the log with its doubts', async () => {
    const asked: unknown[] = []
    mounted = await page('/device-1', [enrolled()], {
      decided: async input => {
        asked.push(input)
        return {
          device: 'device-1',
          name: 'this computer',
          site: 'plant-north',
          model: 'strikes',
          since: '2026-05-03T10:30:00Z',
          until: '2026-05-03T10:30:00Z',
          stretches: [
            {
              version: 1,
              state: 'serving' as const,
              beside: null,
              manifest: null,
              since: '2026-05-01T08:00:00Z',
              until: null,
              records: { since: null, until: null },
              why: 'as published',
              clockTrusted: true,
              rows: { '1': 4120 },
              doubts: ['Records 41 to 57 are missing.'],
            },
          ],
          certain: false,
          words: 'v1 of strikes decided.',
        }
      },
    })
    expect(button(/^Ask the log/).getAttribute('aria-disabled')).toBe('true')
    await type('On', '2026-05-03')
    await type('At, or all day', '10:30')
    await press('Ask the log')
    expect(asked).toEqual([{ device: 'device-1', model: 'strikes', at: '2026-05-03T10:30' }])
    expect(shownText()).toContain('v1 of strikes decided.')
    expect(shownText()).toContain('In doubt')
    expect(shownText()).toContain('Records 41 to 57 are missing.')
  })

  test('a gap in the log is named', async () => {
    mounted = await page('/device-1', [enrolled()], {
      records: async () =>
        story({
          newest: 90,
          gaps: [{ after: 40, before: 58, why: 'missing', since: null, until: null }],
        }),
    })
    expect(shownText()).toContain('Records 41 to 57 are missing; they may still come.')
  })

  test('forgetting asks first and says what it means', async () => {
    const asked: unknown[] = []
    mounted = await page('/device-1', [enrolled()], {
      deviceForget: async input => {
        asked.push(input)
        return { forgotten: 'device-1' }
      },
    })
    button('More about this device').dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }),
    )
    await flushPromises()
    const entry = [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].find(one =>
      one.textContent?.includes('Forget this device'),
    )
    entry?.click()
    await flushPromises()
    expect(dialog().textContent).toContain('This cannot be taken back.')
    expect(dialog().textContent).toContain('edgewright publishing device forget device-1')
    inDialog('Forget it').click()
    await flushPromises()
    expect(asked).toEqual([{ id: 'device-1' }])
  })
})

describe('publishing with a preview', () => {
  test('says who gets what and in how many bytes before the button, for the groups and the share chosen', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const asked: unknown[] = []
    mounted = await page('', [enrolled()], {
      preview: async input => {
        asked.push(input)
        return preview({
          unit: input.canary ? 'device' : 'everyone',
          share: (input.canary ?? 100) / 100,
          bytes: 312_000,
          wholeBytes: 1_000_000,
          devices: [
            {
              ...{ id: 'device-1', name: 'this computer', enrolled: true, groups: [] },
              ...{ has: 1, gets: 2, beside: null, variant: 'float32' as const, how: 'patch' as const },
              ...{ bytes: 312_000, wholeBytes: 1_000_000, reason: null, seen: '2026-11-21T10:16:00Z' },
            },
            {
              ...{ id: 'd2', name: 'pi-small', enrolled: true, groups: [] },
              ...{ has: 1, gets: 2, beside: null, variant: null, how: 'refused' as const },
              ...{ bytes: 0, wholeBytes: 0, seen: null },
              reason: 'float32 needs 80.0 MB of memory, and 64.0 MB are allowed.',
            },
          ],
        })
      },
    })
    await press('Publish a version')
    await vi.advanceTimersByTimeAsync(300)
    await flushPromises()
    expect(dialog().textContent).toContain(
      'This update travels as 312 kB instead of 1.00 MB, to 1 of 2 devices.',
    )
    expect(dialog().textContent).toContain('float32 needs 80.0 MB of memory, and 64.0 MB are allowed.')
    expect(asked.at(-1)).toMatchObject({ model: 'strikes', version: 2, to: 'plant-north' })
    ;[...dialog().querySelectorAll<HTMLElement>('[role="switch"]')][0]?.click()
    await vi.advanceTimersByTimeAsync(300)
    await flushPromises()
    expect(asked.at(-1)).toMatchObject({ canary: 20 })
    expect(dialog().textContent).toContain('It begins with 20% of the devices')
    expect(dialog().textContent).toContain('--canary 20')
  })

  test('what blocks is shown, and the button stays shut', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    mounted = await page('', [], {
      preview: async () => preview({ blocked: 'The variant was not measured against its limits.' }),
    })
    await press('Publish a version')
    await vi.advanceTimersByTimeAsync(300)
    await flushPromises()
    expect(dialog().textContent).toContain('The variant was not measured against its limits.')
    expect(inDialog('Publish v2').getAttribute('aria-disabled')).toBe('true')
  })
})

describe('a rollout', () => {
  const rollout = {
    id: 'r1',
    version: 3,
    unit: 'device' as const,
    share: 0.2,
    members: ['device-1', 'd2'],
    groups: [],
    shadow: false,
    state: 'running' as const,
    startedAt: '2026-11-21T09:00:00Z',
  }
  const standing = (): RolloutStanding => ({
    site: 'plant-north',
    model: 'strikes',
    stable: 2,
    rollout,
    devices: { wanted: 2, running: 1, failed: 1, silent: 0 },
    advice: {
      outcome: 'roll-back',
      reason: 'v3 failed its check on 1 of 2 devices.',
      guardrails: [
        {
          name: 'golden-mismatches',
          candidate: 1,
          stable: null,
          limit: 0,
          held: false,
          words: 'One device differs.',
        },
      ],
      paired: {
        labeled: 112,
        candidateRight: 71,
        stableRight: 41,
        share: { low: 0.52, high: 0.74 },
        confidence: 0.95,
      },
    },
  })
  const failed = deviceVersion({
    version: 3,
    role: 'quarantined',
    failure: { code: 'does-not-fit' as const, message: 'Other answers than here.', remedy: '' },
  })
  const open = (publishing: Answers['publishing'] = {}) =>
    page(
      '?part=rollouts',
      [
        enrolled({ models: [deviceModel({ reports: 3 })] }),
        enrolled({ id: 'd2', name: 'pi-2', models: [deviceModel({ versions: [failed] })] }),
      ],
      {
        sites: async () => ({ sites: [site({ models: [siteModel({ rollout })] })] }),
        rollout: async () => standing(),
        ...publishing,
      },
    )

  test('says how far it is, what broke and what the figures say', async () => {
    mounted = await open()
    expect(shownText()).toContain('1 of 2 run it, 1 failed')
    expect(shownText()).toContain('The figures say: roll back')
    expect(shownText()).toContain('v3 failed its check on 1 of 2 devices.')
    expect(shownText()).toContain('Other answers than here.')
    expect(shownText()).toContain('the new one had 71 right and the one before 41')
  })

  test('one that was held by itself says why, once, and why its devices failed', async () => {
    const halted = {
      ...rollout,
      state: 'paused' as const,
      halted: { at: '2026-11-21T10:00:00Z', failures: 1, reason: 'v3 failed its check on 1 of 2 devices.' },
    }
    mounted = await open({
      sites: async () => ({ sites: [site({ models: [siteModel({ rollout: halted })] })] }),
      rollout: async () => ({ ...standing(), rollout: halted }),
    })
    expect(shownText()).toMatch(/Held by itself at .*: devices failed with v3/)
    expect(shownText().match(/v3 failed its check on 1 of 2 devices\./g)).toHaveLength(1)
    expect(shownText()).toContain('The figures say: roll back.')
    expect(shownText()).toContain('1 device: Other answers than here.')
    expect(button(/^Let it go on/)).toBeTruthy()
  })

  for (const [press1, act, verb, says] of [
    ['Promote v3', 'Promote v3', 'promote', 'They keep v2'],
    ['Hold', 'Hold it', 'hold', 'No further device begins with v3'],
    ['Roll back', 'Roll back to v2', 'rollback', 'go back to v2 at their next turn'],
  ] as const)
    test(`${verb} says what happens and how it is taken back, then does it`, async () => {
      const asked: unknown[] = []
      mounted = await open({
        [verb]: async (input: unknown) => {
          asked.push(input)
          return siteModel()
        },
      })
      await press(press1)
      expect(dialog().textContent).toContain(says)
      expect(dialog().textContent).toContain('To take it back:')
      expect(dialog().textContent).toContain(`edgewright publishing ${verb} strikes`)
      expect(asked).toEqual([])
      inDialog(act).click()
      await flushPromises()
      expect(asked).toMatchObject([{ model: 'strikes', site: 'plant-north' }])
      expect(dialog()).toBeNull()
    })
})

describe('sticks', () => {
  test('a stick is made for a site, and what was made stays listed with its date', async () => {
    const asked: unknown[] = []
    const begun = job({ room: 'publishing', verb: 'pack' })
    mounted = await page('?part=sticks', [enrolled()], {
      pack: async input => {
        asked.push(input)
        return begun
      },
    })
    await press('Make the stick')
    expect(asked).toEqual([{ site: 'plant-north' }])
    await mounted.push(
      succeeded(begun, {
        site: 'plant-north',
        files: ['/w/SITE-plant-north-2026-11-22.edgepack'],
        bytes: 2_500_000,
        blobs: 9,
        models: [{ model: 'strikes', version: 2, wanted: true }],
        devices: 3,
        expires: '2099-02-20T00:00:00Z',
        at: '2026-11-22T00:00:00Z',
      }),
    )
    expect(shownText()).toContain('SITE-plant-north-2026-11-22.edgepack')
    expect(shownText()).toContain('strikes v2')
    expect(shownText()).toContain('2.50 MB')
    expect(shownText()).toContain('Feb 20, 2099')
  })

  test('what came back is counted, with receipts, and what was refused says why', async () => {
    const begun = job({ room: 'publishing', verb: 'receive' })
    mounted = await page('?part=sticks', [enrolled()], {
      receive: async () => begun,
      refusals: async () => ({
        security: 1,
        refusals: [
          {
            ...{ id: hash('1'), at: '2026-11-22T00:00:00Z', file: '/s/x.edgeback', device: null, site: null },
            ...{ security: true, times: 1 },
            failure: { code: 'tampered', message: 'Its signature is not of this device.', remedy: '' },
          },
        ],
      }),
    })
    await type('Stick or file', '/media/stick')
    await press('Read it back')
    await mounted.push(
      succeeded(begun, {
        batches: [
          {
            ...{
              file: '/s/device-1-7.edgeback',
              device: 'device-1',
              name: 'this computer',
              site: 'plant-north',
            },
            ...{ sequence: 7, records: 220, newRecords: 212, samples: 14, newSamples: 14, refused: null },
          },
        ],
        newRecords: 212,
        newSamples: 14,
        whole: true,
        receipts: [
          { site: 'plant-north', device: 'device-1', name: 'this computer', received: 220, signed: true },
        ],
      }),
    )
    await flushPromises()
    expect(shownText()).toContain('212 records and 14 samples are new.')
    expect(shownText()).toContain('receipt up to record 220')
    expect(shownText()).toContain('Its signature is not of this device.')
  })
})

test('a device that asks on a stick is approved from there, with its request', async () => {
  const asked: unknown[] = []
  const begun = job({ room: 'publishing', verb: 'receive' })
  mounted = await page('?part=sticks', [enrolled()], {
    receive: async () => begun,
    deviceApprove: async input => {
      asked.push(input)
      return enrolled({ id: 'd9' })
    },
  })
  await type('Stick or file', '/media/stick')
  await press('Read it back')
  await mounted.push(
    succeeded(begun, {
      ...{ batches: [], newRecords: 0, newSamples: 0, whole: true, receipts: [] },
      requests: [
        {
          ...{ file: '/media/stick/enrol-d9.req', device: 'd9', name: 'crane-03', code: '2182-5331' },
          ...{ site: 'plant-north', approved: false },
        },
      ],
    }),
  )
  await flushPromises()
  expect(shownText()).toContain('crane-03')
  expect(document.querySelector('[data-code]')?.textContent).toBe('2182-5331')
  await press('The codes match')
  expect(asked).toEqual([{ code: '2182-5331', request: '/media/stick/enrol-d9.req', site: 'plant-north' }])
})

describe('keys', () => {
  const key = (name: string, role: string, where: 'here' | 'away' = 'here') => ({
    ...{ name, role, fingerprint: hash('4'), here: where === 'here', where, exported: null, at: null },
  })
  const keys = (backup: 'here' | 'away'): KeyList => ({
    fingerprint: hash('9'),
    keys: [
      key('this computer', 'root'),
      key('backup', 'root', backup),
      key('second person', 'root', 'away'),
      key('timestamp', 'timestamp'),
    ],
    roles: [
      {
        ...{ site: 'plant-north', lane: 'online' as const, role: 'timestamp', version: 4 },
        ...{ expires: '2020-01-01T00:00:00Z', threshold: 1, keys: [hash('4')] },
      },
    ],
    advice: [],
  })
  test('two root keys on one computer are warned of, with the remedy as a button', async () => {
    const asked: unknown[] = []
    mounted = await page('?part=keys', [], {
      keysList: async () => keys('here'),
      keysExport: async input => {
        asked.push(input)
        return { key: key('backup', 'root', 'away'), file: '/w/backup.key.age' }
      },
    })
    expect(shownText()).toContain('2 of 3 root keys lie on this computer')
    expect(shownText()).toContain('ended Jan 1, 2020')
    await press('Move “backup” away')
    await type('Passphrase', 'correct horse')
    expect(inDialog('Move it away').getAttribute('aria-disabled')).toBe('true')
    await type('Once more', 'correct horse')
    expect(dialog().textContent).not.toContain('--passphrase')
    inDialog('Move it away').click()
    await flushPromises()
    expect(asked).toMatchObject([{ name: 'backup', remove: true, passphrase: 'correct horse' }])
    expect(dialog()).toBeNull()
  })

  test('no warning while the others are away; replacing a key is said to be final', async () => {
    const asked: unknown[] = []
    mounted = await page('?part=keys', [], {
      keysList: async () => keys('away'),
      keysRotate: async input => {
        asked.push(input)
        return { roles: [], key: key('this computer', 'root') }
      },
    })
    expect(shownText()).not.toContain('of 3 root keys lie')
    await press('Replace')
    expect(dialog().textContent).toContain('This cannot be taken back.')
    inDialog('Replace it').click()
    await flushPromises()
    expect(asked).toEqual([{ role: 'this computer' }])
  })

  test('the drill tells its story', async () => {
    mounted = await page('?part=keys', [], {
      keysList: async () => keys('away'),
      keysDrill: async ({ lost }) => ({
        ...{ site: 'plant-north', lost: lost ?? '', passed: true, signedBy: ['backup', 'second person'] },
        root: { before: 1, after: 2 },
        steps: ['The two others signed root 2.', 'A device that knew root 1 followed.'],
      }),
    })
    await press('Rehearse it')
    expect(shownText()).toContain('devices follow from root 1 to 2')
    expect(shownText()).toContain('A device that knew root 1 followed.')
  })
})

describe('a site', () => {
  test('only what was changed is told', async () => {
    const asked: unknown[] = []
    mounted = await page('?part=site', [], {
      site: async input => {
        asked.push(input)
        return site()
      },
    })
    expect(() => button('Save settings')).toThrow()
    await type('Hours', '22:00-06:00, nonsense')
    expect(shownText()).toContain('"nonsense" is not')
    expect(button(/^Save settings/).getAttribute('aria-disabled')).toBe('true')
    await type('Hours', '22:00-06:00')
    await type('Look every', '30')
    expect(shownText()).toContain('--poll-seconds 1800')
    await press('Save settings')
    expect(asked).toEqual([{ site: 'plant-north', pollSeconds: 1800, window: ['22:00-06:00'] }])
  })

  test('calling a version back says what devices do; the one that everyone runs is kept from it', async () => {
    const asked: unknown[] = []
    mounted = await page('?part=site', [], {
      site: async input => {
        asked.push(input)
        return site()
      },
    })
    const rows = [...document.querySelectorAll('[aria-label="What may run here"] tbody tr')]
    const back = (row: Element | undefined) =>
      [...(row?.querySelectorAll<HTMLElement>('button') ?? [])].find(one =>
        one.textContent?.trim().startsWith('Call back'),
      ) as HTMLElement
    expect(back(rows[0]).textContent).toContain('Everyone runs it')
    back(rows[1]).click()
    await flushPromises()
    expect(dialog().textContent).toContain('No device ever runs its files again.')
    inDialog('Call v1 back').click()
    await flushPromises()
    expect(asked).toEqual([{ site: 'plant-north', model: 'strikes', revoke: 1 }])
  })

  test('the first site is made in two fields', async () => {
    const asked: unknown[] = []
    mounted = await page('?part=site', [], {
      sites: async () => ({ sites: [] }),
      init: async input => {
        asked.push(input)
        return site()
      },
    })
    expect(shownText()).toContain('No site yet')
    await press('Make a site')
    await type('Name', 'Plant North')
    expect(inDialog('Make the site').getAttribute('aria-disabled')).toBe('true')
    await type('Name', 'plant-north')
    inDialog('Make the site').click()
    await flushPromises()
    expect(asked).toMatchObject([{ site: 'plant-north' }])
  })
})

import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Model } from '#contract'
import { FailureError } from '../../../renderer/engine/index.ts'
import { compareVersions } from '../../../renderer/rooms/registry/compareVersions.ts'
import RegistryPage from '../../../renderer/rooms/registry/RegistryPage.vue'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { hash, workspace } from '../engine/samples.ts'
import { flowOf } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { blockedGate, model, modelVersion } from './versions.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const two = () =>
  model(
    modelVersion({ gate: blockedGate as never }),
    modelVersion({
      id: hash('6'),
      version: 2,
      run: 'run-2' as never,
      aliases: ['candidate'],
      metrics: { accuracy: 0.9, logLoss: 0.3 },
    }),
  )
const page = (models: () => Model[], over: Parameters<typeof flowOf>[1] = {}) =>
  mountPage(
    RegistryPage,
    flowOf([run('run-1'), run('run-2', {}, { layers: [8] })], {
      ...over,
      registry: { list: async () => ({ models: models() }), ...over.registry },
    }),
  )
async function openMenu(label: string) {
  const trigger = button(label)
  trigger.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0, ctrlKey: false }))
  trigger.click()
  await flushPromises()
}

describe('compare versions', () => {
  test('figures, gate and plan side by side, what differs first', () => {
    const rows = compareVersions(two().versions, [run('run-1'), run('run-2', {}, { layers: [8] })])
    const keys = rows.filter(row => row.differs).map(row => row.key)
    expect(keys).toEqual(['accuracy', 'logLoss', 'gate', 'aliases', 'run', 'layers'])
    expect(rows.find(row => row.key === 'accuracy')?.values).toEqual(['81.0%', '90.0%'])
    expect(rows.find(row => row.key === 'gate')?.values[0]).toContain('where 85.0% is wanted')
  })
  test('where a run is gone, the rest is still compared', () => {
    const rows = compareVersions(two().versions, [])
    expect(rows.some(row => row.key === 'layers')).toBe(false)
    expect(rows.some(row => row.key === 'accuracy')).toBe(true)
  })
})

describe('registry page', () => {
  test('before the first version it leads to training', async () => {
    mounted = await page(() => [])
    expect(shownText()).toContain('No version yet')
  })

  test('the newest version stands at the side, with what it is and what made it', async () => {
    mounted = await page(() => [two()])
    expect(shownText()).toContain('strikes v2')
    expect(shownText()).toContain('1 model, 2 versions of strikes')
    expect(shownText()).toContain('What made it')
    expect(document.querySelector('a[href="/training/run-2"]')).toBeTruthy()
  })

  test('an alias is set from the menu of a row and the list is read again', async () => {
    const asked: unknown[] = []
    let now = two()
    mounted = await page(() => [now], {
      registry: {
        alias: async input => {
          asked.push(input)
          now = model(
            now.versions[0] as never,
            { ...now.versions[1], aliases: ['candidate', 'production'] } as never,
          )
          return now
        },
      },
    })
    await openMenu('v2, aliases')
    await press('Set as production')
    expect(asked).toMatchObject([{ model: 'strikes', alias: 'production', version: 2 }])
    await flushPromises()
    expect(document.querySelector('tbody')?.textContent).toContain('production')
  })

  test('what the gate blocks is neither published nor called production, and says why', async () => {
    mounted = await page(() => [model(modelVersion({ gate: blockedGate as never }))])
    expect(button(/^Publish v1/).getAttribute('aria-disabled')).toBe('true')
    expect(button(/^Publish v1/).textContent).toContain('accuracy 81.0% where 85.0% is wanted')
    await openMenu('v1, aliases')
    const item = [...document.querySelectorAll('[role="menuitem"]')].find(one =>
      one.textContent?.includes('Set as production'),
    )
    expect(item?.getAttribute('aria-disabled')).toBe('true')
    expect(item?.textContent).toContain('where 85.0% is wanted')
  })

  test('an alias that the engine refuses is said to be refused', async () => {
    mounted = await page(() => [two()], {
      registry: {
        alias: async () => {
          throw new FailureError({
            code: 'gate-blocked',
            message: 'The gate is not passed.',
            remedy: 'Wait.',
          })
        },
      },
    })
    await openMenu('v2, aliases')
    await press('Remove candidate')
    expect(shownText()).toContain('The gate is not passed.')
  })

  test('notes are kept when they are saved, and can be taken back before', async () => {
    const saved: unknown[] = []
    let notes = 'first'
    const now = () => model(modelVersion({ notes }))
    mounted = await page(() => [now()], {
      registry: {
        note: async input => {
          saved.push(input.notes)
          notes = input.notes
          return now().versions[0] as never
        },
      },
    })
    await type('Notes', 'second')
    await press('Take back')
    expect(document.querySelector('textarea')?.value).toBe('first')
    await type('Notes', 'third')
    await press('Save notes')
    await flushPromises()
    expect(saved).toEqual(['third'])
    expect(shownText()).not.toContain('Not saved yet')
  })

  test('two versions checked are compared', async () => {
    mounted = await page(() => [two()])
    const boxes = document.querySelectorAll<HTMLElement>('tbody [role="checkbox"]')
    boxes[1]?.click()
    await flushPromises()
    expect(shownText()).toContain('Compare v2 and v1')
    expect(document.querySelectorAll('tr[data-differs]').length).toBeGreaterThan(3)
  })

  test('publishing goes over with the version in the address', async () => {
    mounted = await page(() => [two()])
    await press('Publish v2')
    await flushPromises()
    expect(mounted.router.currentRoute.value.query).toEqual({ publish: 'strikes', version: '2' })
  })

  test('in a workspace that can only be looked at, aliases and notes stay', async () => {
    mounted = await page(() => [two()], { workspace: { show: async () => workspace({ readOnly: true }) } })
    await openMenu('v2, aliases')
    for (const item of document.querySelectorAll('[role="menuitem"]'))
      expect(item.getAttribute('aria-disabled')).toBe('true')
  })
})

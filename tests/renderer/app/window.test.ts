import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Job } from '#contract'
import App from '../../../renderer/app/App.vue'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { useJobs } from '../../../renderer/engine/index.ts'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import {
  AT,
  anomaly,
  job,
  schema,
  statistics,
  succeeded,
  validation,
  version,
  workspace,
} from '../engine/samples.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted.wrapper.unmount()
  document.body.innerHTML = ''
})

const ADULT: Answers = {
  dataset: {
    list: async () => ({ datasets: [{ name: 'Adult income', versions: 1, latest: version() }] }),
    samples: async () => ({ samples: [] }),
  },
  statistics: { show: async () => ({ statistics: statistics() }) },
  validation: { show: async () => ({ schema: schema(), validation: validation() }) },
}
const open = async (answers: Answers = ADULT, jobs: Job[] = []) => {
  mounted = await mountPage(App, answers, { jobs })
  return mounted
}
const key = async (key: string, more: KeyboardEventInit = {}) => {
  window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }))
  await flushPromises()
}
/** What a screen reader says of an element. */
const readOut = (element: Element | undefined): string => {
  const copy = element?.cloneNode(true) as Element
  for (const hidden of copy.querySelectorAll('[aria-hidden=true]')) hidden.remove()
  return copy.textContent?.replace(/\s+/g, ' ').trim().replace(' ,', ',') ?? ''
}
const toasts = (): string[] =>
  [...document.querySelectorAll('[data-reka-collection-item], li.pop')].map(one => one.textContent ?? '')
const railLink = (title: string) =>
  [...document.querySelectorAll<HTMLElement>('nav a')].find(one => one.textContent?.includes(title))

describe('the rail', () => {
  test('lists the rooms in the order data flows, each with its newest fact', async () => {
    await open()
    const titles = [...document.querySelectorAll('nav a')].map(readOut)
    expect(titles).toEqual([
      'Home',
      'Data, v1',
      'Statistics, 2 features',
      'Validation, 1 anomaly blocks',
      'Transform',
      'Training',
      'Evaluation',
      'Optimization',
      'Registry',
      'Publishing',
      'Feedback',
      'Targets',
      'Settings',
    ])
    expect(railLink('Home')?.getAttribute('aria-current')).toBe('page')
  })

  test('shows how far work in a room is', async () => {
    await open()
    await mounted.push(job())
    expect(railLink('Statistics')?.textContent).toContain('35%')
  })

  test('an accepted anomaly and a missing check change the fact', async () => {
    await open({
      ...ADULT,
      validation: {
        show: async () => ({
          schema: schema(),
          validation: validation({
            verdict: 'good',
            anomalies: [anomaly({ accepted: { reason: 'known', at: AT } })],
          }),
        }),
      },
    })
    expect(readOut(railLink('Validation'))).toBe('Validation, ok')
  })
})

describe('the jobs tray', () => {
  test('opens with J and shows progress, cancel and the words of the step', async () => {
    const cancelled: string[] = []
    const running = job()
    await open(
      {
        ...ADULT,
        jobs: {
          cancel: async ({ id }) => {
            cancelled.push(id)
            return {
              ...running,
              status: { state: 'cancelled', kept: 'Nothing is kept; the data is not touched.' },
            }
          },
        },
      },
      [running],
    )
    expect(document.querySelector('#jobs')).toBeNull()
    await key('j')
    const bar = document.querySelector('#jobs [role=progressbar]')
    expect(bar?.getAttribute('aria-valuenow')).toBe('35')
    expect(shownText()).toContain('35%, 350 of 1,000 rows')
    await press('Cancel')
    expect(cancelled).toEqual([running.id])
    expect(document.querySelector('#jobs')?.textContent).toContain(
      'Nothing is kept; the data is not touched.',
    )
    await key('j')
    expect(document.querySelector('#jobs')).toBeNull()
  })

  test('says why a job failed and runs it again', async () => {
    const failed = job({
      title: 'Import data: broken.csv',
      room: 'dataset',
      verb: 'import',
      status: {
        state: 'failed',
        failure: { code: 'ragged-rows', message: 'Line 4 has 3 fields.', remedy: 'Mend the line.' },
      },
    })
    const again: string[] = []
    await open(
      {
        ...ADULT,
        jobs: {
          again: async ({ id }) => {
            again.push(id)
            return job({ title: 'Import data: broken.csv', status: { state: 'queued' } })
          },
        },
      },
      [failed],
    )
    await key('j')
    const tray = document.querySelector<HTMLElement>('#jobs')
    expect(tray?.textContent).toContain('Line 4 has 3 fields. Mend the line.')
    const run = [...(tray?.querySelectorAll('button') ?? [])].find(one =>
      one.textContent?.includes('Run again'),
    )
    run?.click()
    await flushPromises()
    expect(again).toEqual([failed.id])
    expect(tray?.textContent).toContain('waits for a free place')
  })

  test('shows the log of a job', async () => {
    const running = job()
    await open(
      {
        ...ADULT,
        jobs: {
          logs: async ({ after }) => ({
            lines: [
              { sequence: 1, at: AT, level: 'info' as const, text: 'reading 2 columns' },
              { sequence: 2, at: AT, level: 'warning' as const, text: 'a wide column' },
            ].filter(line => line.sequence > (after ?? 0)),
          }),
        },
      },
      [running],
    )
    await key('j')
    await press('Log')
    expect(document.querySelector('[role=dialog]')?.textContent).toContain('reading 2 columns')
    // more said, nothing twice
    await mounted.push({ ...running, status: { state: 'running', progress: { done: 0.9, step: 'nearly' } } })
    const said = document.querySelector('[role=dialog]')?.textContent ?? ''
    expect(said.split('a wide column')).toHaveLength(2)
  })

  test('the end of a job is announced, and an old end is not', async () => {
    const old = succeeded(job({ title: 'An old one' }), {})
    await open(ADULT, [old])
    const running = job({ title: 'Compute statistics: Adult income' })
    await mounted.push(running)
    await mounted.push(succeeded(running, statistics()))
    expect(document.querySelector('[role=status].sr-only')?.textContent).toBe(
      'Compute statistics: Adult income: Done in 0.9 s',
    )
    expect(toasts().join()).not.toContain('Done in')
  })

  test('a success is shown where it took long or its page was left, a failure always', async () => {
    await open()
    const long = job({ title: 'A long one', room: 'statistics' })
    await mounted.push(long)
    await mounted.push({ ...succeeded(long, statistics()), endedAt: '2099-01-01T00:00:00.000Z' })
    expect(toasts().join()).toContain('A long one')
    const failing = job({ title: 'A failing one', room: 'dataset', verb: 'import' })
    await mounted.push(failing)
    await mounted.push({
      ...failing,
      status: {
        state: 'failed',
        failure: { code: 'unreadable-file', message: 'It could not be read.', remedy: 'Try another.' },
      },
    })
    expect(toasts().join()).toContain('It could not be read.')
  })

  test('the trials of a search make no heap of words, and the same words twice are one toast', async () => {
    await open()
    const trial = job({ title: 'Trial 5 of 5', room: 'training', verb: 'trial' })
    await mounted.push(trial)
    await mounted.push({ ...trial, status: { state: 'cancelled', kept: 'Epoch 1 is kept.' } })
    expect(toasts().join()).not.toContain('Trial 5 of 5')
    const failure = { code: 'unreadable-file' as const, message: 'It broke off.', remedy: 'Try another.' }
    for (let i = 0; i < 2; i++) {
      const failing = job({ title: 'The same one', room: 'dataset', verb: 'import' })
      await mounted.push(failing)
      await mounted.push({ ...failing, status: { state: 'failed', failure } })
    }
    expect(toasts().filter(text => text.includes('The same one'))).toHaveLength(1)
  })

  test('a failure that its own page shows is said elsewhere only where the page is left', async () => {
    await open()
    const failure = { code: 'gate-blocked' as const, message: 'It is stopped.', remedy: 'Mend the data.' }
    const fail = async (title: string) => {
      const failing = job({ title, room: 'training' })
      useJobs().said.add(failing.id)
      await mounted.push(failing)
      await mounted.push({ ...failing, status: { state: 'failed', failure } })
    }
    await fail('Away')
    expect(toasts().join()).toContain('Away')
    await mounted.router.push('/training')
    await fail('In view')
    expect(toasts().join()).not.toContain('In view')
  })
})

describe('what stands in the way of everything', () => {
  test('a lost engine is said, and unsaid when it is back', async () => {
    await open()
    mounted.connection.cut()
    await flushPromises()
    expect(shownText()).toContain('The engine does not answer')
    mounted.connection.heal()
    await flushPromises()
    expect(shownText()).not.toContain('The engine does not answer')
  })

  test('a workspace that another window has is said, and closed buttons say why', async () => {
    await open({ ...ADULT, workspace: { show: async () => workspace({ readOnly: true }) } }, [
      job({ status: { state: 'interrupted', progress: { done: 0.3, step: 'x' } } }),
    ])
    expect(shownText()).toContain('This workspace is open in another window')
    await key('j')
    const again = button(/^Run again/)
    expect(again.getAttribute('aria-disabled')).toBe('true')
    expect(again.textContent).toContain('can only be looked at here')
  })
})

describe('keys', () => {
  test('Ctrl and a digit go to a room, Ctrl 0 home', async () => {
    await open()
    await key('2', { code: 'Digit2', ctrlKey: true })
    expect(mounted.router.currentRoute.value.path).toBe('/statistics')
    await key('0', { code: 'Digit0', ctrlKey: true })
    expect(mounted.router.currentRoute.value.path).toBe('/')
  })

  test('Ctrl K finds pages, data and commands; Esc closes', async () => {
    await open()
    await key('k', { ctrlKey: true })
    const input = document.querySelector<HTMLInputElement>('[role=dialog] input')
    expect(input).not.toBeNull()
    const groups = document.querySelector('[role=dialog]')?.textContent ?? ''
    for (const word of [
      'Go to',
      'Datasets',
      'Adult income',
      'Compute statistics of Adult income',
      'Copy as command',
    ])
      expect(groups).toContain(word)
    expect(groups).toContain("edgewright statistics compute 'Adult income'")
    await key('k', { ctrlKey: true })
    expect(document.querySelector('[role=dialog]')).toBeNull()
  })

  test('letters typed into a field are letters', async () => {
    await open()
    const input = document.createElement('input')
    document.body.append(input)
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }))
    await flushPromises()
    expect(document.querySelector('#jobs')).toBeNull()
  })

  test('F6 walks the regions in the order they are read', async () => {
    await open()
    const regions: (string | undefined)[] = []
    for (let i = 0; i < 4; i++) {
      await key('F6')
      regions.push(document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset.region)
    }
    expect(regions).toEqual(['find', 'rail', 'jobs', 'find'])
  })
})

import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Job, TargetSpec } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import TargetsPage from '../../../renderer/rooms/targets/TargetsPage.vue'
import { useToast } from '../../../renderer/ui/index.ts'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { job } from '../engine/samples.ts'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
})

const spec = (over: Partial<TargetSpec> = {}): TargetSpec => ({
  name: 'box',
  kind: 'docker-ssh',
  address: 'ssh://me@box',
  key: '~/.ssh/id',
  cert: null,
  atOnce: 2,
  paused: false,
  ...over,
})

/** An engine that keeps targets as the real one does, and tells what was asked of it. */
function engineWith(first: TargetSpec[], over: Answers['training'] = {}) {
  let specs = first
  const asked: string[] = []
  const put = (name: string, change: Partial<TargetSpec>): TargetSpec => {
    specs = specs.map(one => (one.name === name ? { ...one, ...change } : one))
    return specs.find(one => one.name === name) as TargetSpec
  }
  const training: Answers['training'] = {
    queue: async () => ({
      targets: [
        {
          name: 'local',
          kind: 'local',
          title: 'This computer',
          atOnce: 1,
          paused: false,
          running: [],
          waiting: [],
        },
        ...specs.map(({ name, kind, atOnce, paused }) => ({
          ...{ name, kind, atOnce, paused },
          title: name,
          running: [],
          waiting: [],
        })),
      ],
    }),
    targetList: async () => ({ targets: specs }),
    choices: async () => ({
      trainers: [],
      backends: [],
      targets: [{ name: 'local', title: 'This computer', ready: true, why: 'WebAssembly.' }],
    }),
    targetAdd: async input => {
      asked.push(`add ${JSON.stringify(input)}`)
      const { name, kind, address = null, key = null, cert = null, atOnce } = input as TargetSpec
      const added = { name, kind, address, key, cert, atOnce, paused: false }
      specs = [...specs, added]
      return added
    },
    targetRemove: async ({ name }) => {
      const gone = specs.find(one => one.name === name) as TargetSpec
      specs = specs.filter(one => one !== gone)
      return gone
    },
    targetPause: async ({ name }) => put(name, { paused: true }),
    targetResume: async ({ name }) => put(name, { paused: false }),
    targetSet: async ({ name, atOnce }) => put(name, { atOnce }),
    targetCheck: async ({ name }) => ({
      name,
      kind: 'docker-ssh',
      ok: false,
      checks: [
        { name: 'reachable', state: 'ok', says: 'Docker 28 answers.', remedy: null },
        { name: 'gpu', state: 'failed', says: 'No GPU is seen.', remedy: 'Install the NVIDIA toolkit.' },
      ],
    }),
    ...over,
  }
  return { answers: { training } as Answers, asked, specs: () => specs }
}

/** Presses a button in the row of a target. */
async function pressOf(target: string, words: string) {
  const row = [...document.querySelectorAll('tbody tr')].find(one => one.textContent?.includes(target))
  const found = [...(row?.querySelectorAll('button') ?? [])].find(one => one.textContent?.trim() === words)
  if (!found) throw new Error(`${target} has no button ${words}`)
  found.click()
  await flushPromises()
}

describe('the page of targets', () => {
  test('without any, it says what they are for and adds one, which is checked at once', async () => {
    const { answers, asked } = engineWith([])
    mounted = await mountPage(TargetsPage, answers)
    expect(shownText()).toContain('Only this computer so far')
    await press('Add a target')
    await press('Add the target')
    expect(shownText()).toContain('Give it a name')
    expect(asked).toEqual([])
    await type('Name', 'here')
    await press('Add the target')
    expect(asked).toEqual(['add {"name":"here","kind":"docker","atOnce":1}'])
    expect(shownText()).toContain('Docker 28 answers.')
    expect(shownText()).toContain('1 check failed')
    expect(document.querySelector('[role="dialog"]')).toBeNull()
  })

  test('a refusal of the engine stays in the form', async () => {
    const { answers } = engineWith([], {
      targetAdd: async () => {
        throw new FailureError({
          code: 'bad-input',
          message: 'The key is not there.',
          remedy: 'Give another.',
        })
      },
    })
    mounted = await mountPage(TargetsPage, answers)
    await press('Add a target')
    await type('Name', 'here')
    await press('Add the target')
    expect(document.querySelector('[role="dialog"]')?.textContent).toContain('The key is not there.')
  })

  test('a check shows each line with its remedy, and what could not be asked says why', async () => {
    const { answers } = engineWith([spec()])
    mounted = await mountPage(TargetsPage, answers)
    expect(shownText()).toContain('Not checked yet')
    await press('Check')
    expect(shownText()).toContain('No GPU is seen.')
    expect(shownText()).toContain('Install the NVIDIA toolkit.')
    expect(button('Check again')).toBeTruthy()
  })

  test('pausing, taking more at once and removing do what they say, and removing can be taken back', async () => {
    const engine = engineWith([spec({ paused: false })])
    mounted = await mountPage(TargetsPage, engine.answers)
    await pressOf('box', 'Pause')
    expect(engine.specs()[0]?.paused).toBe(true)
    expect(shownText()).toContain('Paused')
    await type('At once', '5')
    expect(engine.specs()[0]?.atOnce).toBe(5)
    button('More about box').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
    await flushPromises()
    await press('Remove the target')
    expect(engine.specs()).toEqual([])
    expect(shownText()).toContain('Only this computer so far')
    useToast().toasts.value.at(-1)?.action?.run()
    await flushPromises()
    expect(engine.specs()).toEqual([spec({ atOnce: 5, paused: true })])
    await pressOf('box', 'Resume')
    expect(engine.specs()[0]?.paused).toBe(false)
  })

  test('what waits is moved by its priority', async () => {
    const queued = (number: number): Job =>
      job({
        id: `job-${number}` as never,
        title: `Train ${number}`,
        lane: 'box',
        status: { state: 'queued' },
        startedAt: null,
      })
    const set: string[] = []
    const { answers } = engineWith([spec()])
    mounted = await mountPage(
      TargetsPage,
      {
        ...answers,
        jobs: {
          prioritize: async ({ id, priority }) => {
            set.push(`${id} ${priority}`)
            return { ...queued(Number(id.slice(4))), priority }
          },
        },
      },
      { jobs: [queued(2), queued(1)] },
    )
    expect(shownText()).toContain('0 running, 2 waiting')
    const later = [...document.querySelectorAll<HTMLElement>('button[aria-label="Begin sooner"]')][1]
    later?.click()
    await flushPromises()
    expect(set).toEqual(['job-2 1'])
    expect(shownText().indexOf('Train 2')).toBeLessThan(shownText().indexOf('Train 1'))
  })

  test('targets that cannot be read are said to be so', async () => {
    const { answers } = engineWith([], {
      queue: async () => {
        throw new FailureError({ code: 'internal', message: 'It cannot be read.', remedy: 'Try again.' })
      },
    })
    mounted = await mountPage(TargetsPage, answers)
    expect(shownText()).toContain('It cannot be read.')
    expect(button('Try again')).toBeTruthy()
  })
})

import { flushPromises } from '@vue/test-utils'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import {
  engineLost,
  FailureError,
  useCall,
  useJobs,
  useWatch,
  useWork,
} from '../../../renderer/engine/index.ts'
import { type Mounted, mountPage } from './mountPage.ts'
import { job, statistics, succeeded, version } from './samples.ts'

let mounted: Mounted | undefined
afterEach(() => mounted?.wrapper.unmount())

/** Runs a composable inside a mounted component. */
async function inside<T>(
  setup: () => T,
  answers: Parameters<typeof mountPage>[1],
  options?: Parameters<typeof mountPage>[2],
): Promise<T> {
  let made: T | undefined
  mounted = await mountPage(
    defineComponent(() => {
      made = setup()
      return () => h('div')
    }),
    answers,
    options,
  )
  return made as T
}

const shown = (number: number) => ({ version: version({ number }), versions: [version({ number })] })

describe('useCall', () => {
  test('asks again when the input changes and keeps only the newest answer', async () => {
    const answers: ((n: number) => void)[] = []
    const name = ref<string | null>(null)
    const view = await inside(
      () =>
        useCall(
          e => e.dataset.show,
          () => (name.value ? { name: name.value } : null),
        ),
      {
        dataset: {
          list: async () => ({ datasets: [] }),
          show: () => new Promise(resolve => answers.push(n => resolve(shown(n)))),
        },
      },
    )
    expect(view.state).toBe('idle')
    name.value = 'a'
    await flushPromises()
    expect(view.state).toBe('loading')
    name.value = 'b'
    await flushPromises()
    answers[1]?.(2)
    await flushPromises()
    answers[0]?.(1)
    await flushPromises()
    expect(view.value?.version.number).toBe(2)
    expect(view.state).toBe('ready')
  })

  test('waits for a lost engine without a failure of its own, and asks again when it is back', async () => {
    let asked = 0
    let cut = () => {}
    const view = await inside(
      () =>
        useCall(
          e => e.dataset.show,
          () => ({ name: 'a' }),
        ),
      {
        dataset: {
          show: () => {
            asked++
            if (asked > 1) return Promise.resolve(shown(2))
            return new Promise((_, reject) => {
              cut = () => reject(new FailureError(engineLost))
            })
          },
        },
      },
    )
    mounted?.connection.cut()
    cut()
    await flushPromises()
    expect(view).toMatchObject({ state: 'loading', failure: null })
    mounted?.connection.heal()
    await flushPromises()
    expect(view).toMatchObject({ state: 'ready', failure: null })
    expect(asked).toBe(2)
  })

  test('aborts when the page is left', async () => {
    let signal: AbortSignal | undefined
    await inside(
      () =>
        useCall(
          e => e.dataset.show,
          () => ({ name: 'a' }),
        ),
      {
        dataset: {
          show: (_, options) => {
            signal = options?.signal
            return new Promise(() => {})
          },
        },
      },
    )
    expect(signal?.aborted).toBe(false)
    mounted?.wrapper.unmount()
    expect(signal?.aborted).toBe(true)
  })

  test('says a failure and recovers by asking again', async () => {
    let fails = true
    const view = await inside(
      () =>
        useCall(
          e => e.dataset.show,
          () => ({ name: 'a' }),
        ),
      {
        dataset: {
          show: async () => {
            if (fails)
              throw new FailureError({ code: 'not-found', message: 'It is not there.', remedy: 'Look.' })
            return shown(1)
          },
        },
      },
    )
    expect(view.failure).toMatchObject({ code: 'not-found' })
    fails = false
    await view.reload()
    expect(view.failure).toBeNull()
    expect(view.value?.version.number).toBe(1)
  })

  test('asks again after the jobs it names, and when the engine is back', async () => {
    let asked = 0
    await inside(
      () =>
        useCall(
          e => e.statistics.show,
          () => ({ data: 'a' }),
          { after: ['statistics.compute'] },
        ),
      { statistics: { show: async () => ({ statistics: asked++ ? statistics() : null }) } },
    )
    expect(asked).toBe(1)
    await mounted?.push(succeeded(job({ room: 'validation', verb: 'check' }), {}))
    expect(asked).toBe(1)
    await mounted?.push(succeeded(job(), statistics()))
    expect(asked).toBe(2)
    mounted?.connection.cut()
    mounted?.connection.heal()
    await flushPromises()
    expect(asked).toBe(3)
  })

  test('an answer against the contract does not reach the page', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    const view = await inside(
      () =>
        useCall(
          e => e.dataset.show,
          () => ({ name: 'a' }),
        ),
      { dataset: { show: async () => ({ version: { rows: 'many' } }) as never } },
    )
    expect(view.state).toBe('failed')
    expect(view.failure?.code).toBe('internal')
    expect(String(told.mock.calls[0]?.[0])).toContain('dataset.show answered against the contract')
    told.mockRestore()
  })
})

describe('useWork', () => {
  test('follows its job from the start to the end', async () => {
    const begun = job({ status: { state: 'queued' } })
    const view = await inside(() => useWork(e => e.statistics.compute), {
      statistics: { compute: async () => begun },
    })
    expect(view.state).toBe('idle')
    const ended = view.start({ data: 'a' })
    expect(view.state).toBe('starting')
    await flushPromises()
    expect(view.state).toBe('queued')
    await mounted?.push({ ...begun, status: { state: 'running', progress: { done: 0.5, step: 'half' } } })
    expect(view.progress).toEqual({ done: 0.5, step: 'half' })
    await mounted?.push(succeeded(begun, statistics()))
    expect((await ended)?.status.state).toBe('succeeded')
    expect(view.busy).toBe(false)
  })

  test('says why it could not start, and why the job failed', async () => {
    const failure = { code: 'empty-data' as const, message: 'There are no rows.', remedy: 'Import rows.' }
    let refuse = true
    const begun = job()
    const view = await inside(() => useWork(e => e.statistics.compute), {
      statistics: {
        compute: async () => {
          if (refuse) throw new FailureError(failure)
          return begun
        },
      },
    })
    expect(await view.start({ data: 'a' })).toBeNull()
    expect(view.failure).toEqual(failure)
    refuse = false
    const ended = view.start({ data: 'a' })
    await flushPromises()
    expect(view.failure).toBeNull()
    await mounted?.push({ ...begun, status: { state: 'failed', failure } })
    await ended
    expect(view.failure).toEqual(failure)
  })
})

describe('useJobs', () => {
  test('a job that ended before the window opened is not announced, one that ends while it looks away is', async () => {
    const old = succeeded(job(), {})
    const running = job()
    const list = [running, old]
    const ends: string[] = []
    const jobs = await inside(
      () => {
        const jobs = useJobs()
        jobs.onEnd(job => ends.push(job.id))
        return jobs
      },
      { jobs: { list: async () => ({ jobs: list }) } },
    )
    expect(jobs.list).toHaveLength(2)
    expect(ends).toEqual([])
    list[0] = succeeded(running, {})
    mounted?.connection.cut()
    mounted?.connection.heal()
    await flushPromises()
    expect(ends).toEqual([running.id])
    expect(jobs.open).toEqual([])
  })
})

describe('useWatch', () => {
  test('keeps the newest event and stops with the page', async () => {
    let stopped = false
    const view = await inside(
      () =>
        useWatch(
          e => e.publishing.watch,
          () => ({}),
        ),
      {
        publishing: {
          watch: async (_, options) =>
            (async function* () {
              yield { devices: [] }
              await new Promise<void>(resolve =>
                options?.signal?.addEventListener('abort', () => {
                  stopped = true
                  resolve()
                }),
              )
            })(),
        },
      },
    )
    expect(view.value).toEqual({ devices: [] })
    mounted?.wrapper.unmount()
    expect(stopped).toBe(true)
  })
})

import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { ChartPanel, histogram, readPalette } from '../../../renderer/charts/index.ts'
import { paced } from '../../../renderer/charts/pace.ts'

// jsdom has no canvas; ECharts then measures text by its own table
HTMLCanvasElement.prototype.getContext = () => null

const bins = [
  { from: 0, to: 10, train: 1234 },
  { from: 10, to: 20, train: 5 },
]
let host: HTMLElement
beforeEach(() => {
  host = document.createElement('div')
  document.body.append(host)
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
})
afterEach(() => {
  document.body.innerHTML = ''
  vi.unstubAllGlobals()
  vi.useRealTimers()
})
// the last hook registered runs first: parts go before their host
enableAutoUnmount(afterEach)
const panel = (props: Record<string, unknown> = {}) =>
  mount(ChartPanel, {
    props: { title: 'Ages', draw: p => histogram({ label: 'age', bins }, p), ...props },
    attachTo: host,
  })

describe('a chart in its panel', () => {
  test('says what it shows and has its legend in words', async () => {
    const wrapper = panel()
    await flushPromises()
    expect(wrapper.get('[role=group]').attributes('aria-label')).toContain('Histogram of age in 2 bins')
    expect(wrapper.get('ul').text()).toContain('Train')
  })

  test('arrow keys move the ruler and read the values out, Enter opens the rows', async () => {
    const wrapper = panel()
    await flushPromises()
    const chart = wrapper.get('[role=group]')
    await chart.trigger('keydown', { key: 'ArrowRight' })
    expect(wrapper.get('[role=status]').text()).toBe('From 0, To 10, Train 1,234')
    await chart.trigger('keydown', { key: 'ArrowRight' })
    await chart.trigger('keydown', { key: 'ArrowRight' })
    expect(wrapper.get('[role=status]').text()).toBe('From 10, To 20, Train 5')
    await chart.trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('open')?.[0]).toEqual([{ index: 1, row: [10, 20, 5], value: undefined }])
    await chart.trigger('keydown', { key: 'Escape' })
    expect(wrapper.get('[role=status]').text()).toBe('')
  })

  test('can be read as a table', async () => {
    const wrapper = panel()
    await flushPromises()
    await wrapper.get('button[aria-label="Ages, more"]').trigger('click')
    await flushPromises()
    const items = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
    expect(items.map(one => one.textContent?.trim())).toEqual([
      'Show as table',
      'Save as PNG',
      'Save as SVG',
      'Save as CSV',
      'Copy as CSV',
    ])
    items[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
    await flushPromises()
    expect(wrapper.findAll('tbody tr').map(row => row.findAll('td').map(one => one.text()))).toEqual([
      ['0', '10', '1,234'],
      ['10', '20', '5'],
    ])
  })

  test('has its states: empty, loading, failed', async () => {
    const wrapper = panel({ draw: () => null, emptyTitle: 'No run yet' })
    expect(wrapper.text()).toContain('No run yet')
    await wrapper.setProps({ loading: true })
    expect(wrapper.find('[aria-busy=true]').exists()).toBe(true)
    await wrapper.setProps({ failure: { code: 'x', message: 'Could not read this run' } })
    expect(wrapper.get('[role=alert]').text()).toContain('Could not read this run')
    await wrapper.get('[role=alert] button').trigger('click')
    expect(wrapper.emitted('retry')).toHaveLength(1)
  })

  test('is drawn anew in the colors of the other theme', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const root = document.documentElement
    root.style.setProperty('--color-train-fill', '#5a87d2')
    const seen: string[] = []
    panel({
      draw: (palette: { trainFill: string }) => {
        seen.push(palette.trainFill)
        return null
      },
    })
    root.style.setProperty('--color-train-fill', '#5680c8')
    root.dataset.theme = 'dark'
    await nextTick()
    await flushPromises()
    vi.advanceTimersByTime(300)
    expect(seen.at(0)).toBe('#5a87d2')
    expect(seen.at(-1)).toBe('#5680c8')
    expect(readPalette().trainFill).toBe('#5680c8')
    delete root.dataset.theme
    root.removeAttribute('style')
  })
})

describe('live values', () => {
  test('are redrawn at most four times a second, and the last one is never lost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const scope = effectScope()
    const source = ref(0)
    let drawn = 0
    const Live = {
      setup() {
        const slow = paced(() => source.value)
        return () => {
          drawn++
          return String(slow.value)
        }
      },
    }
    const wrapper = scope.run(() => mount(Live))
    for (let i = 1; i <= 100; i++) {
      source.value = i
      await nextTick()
      vi.advanceTimersByTime(10)
    }
    // one second of a hundred values: the first, and one each 250 ms
    expect(drawn).toBeLessThanOrEqual(6)
    vi.advanceTimersByTime(250)
    await nextTick()
    expect(wrapper?.text()).toBe('100')
  })
})

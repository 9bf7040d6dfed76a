import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { type Column, VirtualTable } from '../../../renderer/ui/index.ts'

const ROWS = 3_000_000
const columns: Column[] = Array.from({ length: 1000 }, (_, at) => ({ key: `f${at}`, label: `feature ${at}` }))
let host: HTMLElement
let asked: number[]
const load = async (offset: number, limit: number) => {
  asked.push(offset)
  return Array.from({ length: Math.min(limit, ROWS - offset) }, (_, row) =>
    columns.map((_, at) => (offset + row) * 10 + at),
  )
}
beforeEach(() => {
  asked = []
  host = document.createElement('div')
  document.body.append(host)
})
afterEach(() => host.remove())
// the last hook registered runs first: parts go before their host
enableAutoUnmount(afterEach)
const table = (props: Record<string, unknown> = {}) =>
  mount(VirtualTable, {
    props: { label: 'Rows', rows: ROWS, columns, loadPage: load, ...props },
    attachTo: host,
  })

describe('a table of 3,000,000 rows and 1,000 columns', () => {
  test('draws only what is in view and says how much there is', async () => {
    const wrapper = table()
    await flushPromises()
    const grid = wrapper.get('[role=grid]')
    expect(grid.attributes('aria-rowcount')).toBe('3000001')
    expect(grid.attributes('aria-colcount')).toBe('1000')
    expect(wrapper.findAll('[role=gridcell]').length).toBeLessThan(300)
    expect(wrapper.findAll('[role=columnheader]').length).toBeLessThan(12)
    expect(asked).toEqual([0])
    expect(wrapper.findAll('[role=row]')[1]?.attributes('aria-rowindex')).toBe('2')
  })

  test('the track stays below what Chromium lays out', () => {
    const track = table().find('[aria-hidden=true].pointer-events-none').element as HTMLElement
    expect(Number.parseInt(track.style.height, 10)).toBeLessThan(33_500_000)
  })

  test('jumps to any row, reads only its page, and shows the right values', async () => {
    const wrapper = table()
    await flushPromises()
    ;(wrapper.vm as unknown as { jumpTo(row: number): void }).jumpTo(1_234_567)
    await flushPromises()
    expect(wrapper.emitted('update:active')?.at(-1)).toEqual([1_234_567])
    expect(asked.at(-1)).toBe(1_234_400)
    expect(asked.length).toBeLessThanOrEqual(3)
    const row = wrapper.get('#row-1234567')
    expect(row.attributes('aria-rowindex')).toBe('1234569')
    expect(row.get('[role=gridcell]').text()).toBe('12.3 M')
    expect(row.get('[role=rowheader]').text()).toBe('1,234,568')
  })

  test('the keyboard goes by row, by page and to both ends', async () => {
    const wrapper = table()
    await flushPromises()
    const grid = wrapper.get('[role=grid]')
    const press = async (key: string, more = {}) => {
      await grid.trigger('keydown', { key, ...more })
      await wrapper.setProps({ active: wrapper.emitted('update:active')?.at(-1)?.[0] as number })
      await flushPromises()
      return grid.attributes('aria-activedescendant')
    }
    expect(await press('ArrowDown')).toBe('row-0')
    expect(await press('ArrowDown')).toBe('row-1')
    expect(await press('End')).toBe('row-2999999')
    expect(await press('PageUp')).toMatch(/^row-29999[89]\d$/)
    expect(await press('Home', { ctrlKey: true })).toBe('row-0')
    expect(await press('PageDown')).toMatch(/^row-1\d$/)
    await grid.trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('open')?.[0]?.[0]).toBeGreaterThan(0)
  })

  test('one head is in the tab order; arrows go to the others, also to those that were not drawn', async () => {
    const wrapper = table({ sortable: true })
    await flushPromises()
    const inOrder = () =>
      wrapper.findAll('[role=columnheader] button').filter(head => head.attributes('tabindex') === '0')
    expect(inOrder().map(head => head.text())).toEqual(['feature 0'])
    const [first] = inOrder()
    if (first) (first.element as HTMLElement).focus()
    const press = async (key: string) => {
      document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
      )
      await nextTick()
      // jsdom does not say that it scrolled
      await wrapper.get('[role=grid]').trigger('scroll')
      await new Promise(requestAnimationFrame)
      await flushPromises()
      return document.activeElement?.textContent
    }
    expect(await press('ArrowLeft')).toBe('feature 0')
    expect(await press('ArrowRight')).toBe('feature 1')
    expect(await press('End')).toBe('feature 999')
    expect(inOrder().map(head => head.text())).toEqual(['feature 999'])
    ;(document.activeElement as HTMLElement).click()
    expect(wrapper.emitted('update:sort')?.[0]).toEqual([{ key: 'f999', dir: 'asc' }])
    expect(await press('Home')).toBe('feature 0')
  })

  test('heads that do not sort are no stops', async () => {
    const wrapper = table()
    await flushPromises()
    expect(wrapper.findAll('[role=columnheader] [tabindex]')).toEqual([])
  })

  test('a page that cannot be read is told with its rows and can be read again', async () => {
    let broken = true
    const wrapper = table({
      loadPage: async (offset: number, limit: number) => {
        if (broken) throw new Error('The disk went away.')
        return load(offset, limit)
      },
    })
    await flushPromises()
    expect(wrapper.get('[role=alert]').text()).toContain('Rows 1 to 200 could not be read')
    expect(wrapper.get('[role=alert]').text()).toContain('The disk went away.')
    broken = false
    await wrapper.get('[role=alert] button').trigger('click')
    await flushPromises()
    expect(wrapper.find('[role=alert]').exists()).toBe(false)
    expect(wrapper.findAll('[role=gridcell]').length).toBeGreaterThan(0)
  })

  test('a new version reads anew; no rows are said', async () => {
    const wrapper = table({ version: 1 })
    await flushPromises()
    await wrapper.setProps({ version: 2 })
    await flushPromises()
    expect(asked).toEqual([0, 0])
    await wrapper.setProps({ rows: 0 })
    expect(wrapper.text()).toContain('No rows')
  })
})

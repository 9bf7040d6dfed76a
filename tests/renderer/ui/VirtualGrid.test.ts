import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { h } from 'vue'
import { VirtualGrid } from '../../../renderer/ui/index.ts'

const ITEMS = 1_000_000
let host: HTMLElement
let asked: number[]
beforeEach(() => {
  asked = []
  host = document.createElement('div')
  document.body.append(host)
})
afterEach(() => host.remove())
enableAutoUnmount(afterEach)

const load = async (offset: number, limit: number) => {
  asked.push(offset)
  return Array.from({ length: Math.min(limit, ITEMS - offset) }, (_, i) => `tile ${offset + i}`)
}
const grid = (props: Record<string, unknown> = {}) =>
  mount(VirtualGrid, {
    props: {
      label: 'Tiles',
      items: ITEMS,
      loadPage: load,
      name: (item: unknown) => String(item),
      ...props,
    },
    slots: { default: ({ item }: { item: unknown }) => h('span', String(item ?? '…')) },
    attachTo: host,
  })

test('a million tiles keep their places while their pages are on the way', async () => {
  const wrapper = grid()
  expect(wrapper.findAll('[role=option]')[0]?.text()).toBe('…')
  const before = wrapper.findAll('[role=option]').map(tile => tile.attributes('style'))
  await flushPromises()
  const tiles = wrapper.findAll('[role=option]')
  expect(tiles[0]?.text()).toBe('tile 0')
  expect(tiles.map(tile => tile.attributes('style'))).toEqual(before)
  expect(tiles.length).toBeLessThan(60)
  const track = wrapper.find('[aria-hidden=true].pointer-events-none').element as HTMLElement
  expect(Number.parseInt(track.style.height, 10)).toBeLessThan(33_500_000)
})

test('the keyboard walks tiles and lines, goes to the end, and opens', async () => {
  const wrapper = grid()
  await flushPromises()
  const box = wrapper.get('[role=listbox]')
  const key = async (name: string) => {
    await box.trigger('keydown', { key: name })
    await wrapper.setProps({ active: wrapper.emitted('update:active')?.at(-1)?.[0] as number })
    await flushPromises()
    return box.attributes('aria-activedescendant')
  }
  expect(await key('ArrowRight')).toBe('tile-0')
  // 800 px hold five tiles of at least 140 px
  expect(await key('ArrowDown')).toBe('tile-5')
  expect(await key('ArrowLeft')).toBe('tile-4')
  expect(await key('End')).toBe('tile-999999')
  expect(wrapper.get('#tile-999999').text()).toBe('tile 999999')
  expect(asked.length).toBeLessThanOrEqual(4)
  await box.trigger('keydown', { key: 'Enter' })
  expect(wrapper.emitted('open')?.[0]).toEqual([999_999, 'tile 999999'])
})

test('tiles that cannot be read say so and are read again', async () => {
  let broken = true
  const wrapper = grid({
    loadPage: async (offset: number, limit: number) => {
      if (broken) throw new Error('The disk went away.')
      return load(offset, limit)
    },
  })
  await flushPromises()
  expect(wrapper.get('[role=alert]').text()).toContain('1 to 60 could not be read. The disk went away.')
  broken = false
  await wrapper.get('[role=alert] button').trigger('click')
  await flushPromises()
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
  expect(wrapper.get('#tile-0').text()).toBe('tile 0')
})

import { enableAutoUnmount, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DefineComponent, h, nextTick } from 'vue'
import { cellValue, sorted, textOf } from '../../../renderer/ui/cells.ts'
import { type Column, DataTable } from '../../../renderer/ui/index.ts'

interface Run {
  id: number
  name: string
  eval: number | null
  errors: number
}
const runs: Run[] = [
  { id: 41, name: 'Run 41', eval: 0.983, errors: 0 },
  { id: 9, name: 'Run 9', eval: null, errors: 12 },
  { id: 38, name: 'Run, 38', eval: 0.981, errors: 3 },
]
const columns: Column<Run>[] = [
  { key: 'name', label: 'Run', tone: 'name' },
  { key: 'eval', label: 'Eval', format: (v: number) => `${(v * 100).toFixed(1)}%`, missing: 'no labels' },
  { key: 'errors', label: 'Errors', unit: 'rows' },
]
let host: HTMLElement
beforeEach(() => {
  host = document.createElement('div')
  document.body.append(host)
})
afterEach(() => host.remove())
// the last hook registered runs first: parts go before their host
enableAutoUnmount(afterEach)
// a generic component has no one type of props, so it is mounted as a plain one
const table = (props: Record<string, unknown> = {}, slots: Record<string, () => unknown> = {}) =>
  mount(DataTable as unknown as DefineComponent<Record<string, unknown>>, {
    props: { label: 'Runs', rows: runs, columns, rowKey: 'id', ...props },
    slots,
    attachTo: host,
  })
const names = (wrapper: ReturnType<typeof table>) =>
  wrapper.findAll('tbody tr').map(row => row.find('td').text())

describe('a table', () => {
  test('has headers with units, figures right, words for what is missing', () => {
    const wrapper = table()
    expect(wrapper.find('table').attributes('aria-label')).toBe('Runs')
    expect(wrapper.findAll('th').map(one => one.text())).toEqual(['Run', 'Eval', 'Errors, rows'])
    const cells = wrapper.findAll('tbody tr').map(row => row.findAll('td').map(one => one.text()))
    expect(cells[1]).toEqual(['Run 9', 'no labels', '12'])
    expect(wrapper.findAll('tbody td')[2]?.classes()).toContain('text-right')
    expect(wrapper.findAll('tbody td')[0]?.classes()).toContain('text-left')
  })

  test('mutes zero and what is missing', () => {
    const cells = table().findAll('tbody td')
    expect(cells[2]?.classes()).toContain('text-muted')
    expect(cells[4]?.classes()).toContain('text-muted')
    expect(cells[5]?.classes()).not.toContain('text-muted')
  })

  test('a header sorts up, down, then as it came; missing stands last both ways', async () => {
    const wrapper = table()
    const press = async () => {
      await wrapper.findAll('th button')[1]?.trigger('click')
      await wrapper.setProps({ sort: wrapper.emitted('update:sort')?.at(-1)?.[0] })
    }
    await press()
    expect(names(wrapper)).toEqual(['Run, 38', 'Run 41', 'Run 9'])
    expect(wrapper.findAll('th')[1]?.attributes('aria-sort')).toBe('ascending')
    await press()
    expect(names(wrapper)).toEqual(['Run 41', 'Run, 38', 'Run 9'])
    await press()
    expect(names(wrapper)).toEqual(['Run 41', 'Run 9', 'Run, 38'])
  })

  test('names with numbers sort as people count', () => {
    expect(sorted(runs, columns, { key: 'name', dir: 'asc' }).map(run => run.id)).toEqual([9, 41, 38])
  })

  test('copies what is shown in its order, values unrounded', async () => {
    const wrapper = table({ sort: { key: 'errors', dir: 'desc' } })
    expect((wrapper.vm as unknown as { csv(): string }).csv()).toBe(
      'Run,Eval,"Errors, rows"\r\nRun 9,,12\r\n"Run, 38",0.981,3\r\nRun 41,0.983,0\r\n',
    )
  })

  test('rows can be lists in column order', () => {
    const column: Column<unknown> = { key: 'b', label: 'B' }
    expect(cellValue([1, 2, 3], column, 1)).toBe(2)
    expect(textOf(null, [], column)).toBe('none')
    expect(textOf(12345n, [], column)).toBe('12,345')
  })
})

describe('the keyboard', () => {
  test('one row is in the tab order; arrows walk, Home and End jump', async () => {
    const wrapper = table({ select: 'one', opens: true })
    const rows = () => wrapper.findAll<HTMLElement>('tbody tr')
    expect(rows().map(row => row.attributes('tabindex'))).toEqual(['0', '-1', '-1'])
    rows()[0]?.element.focus()
    await rows()[0]?.trigger('keydown', { key: 'ArrowDown' })
    await nextTick()
    expect(document.activeElement).toBe(rows()[1]?.element)
    await rows()[1]?.trigger('keydown', { key: 'End' })
    await nextTick()
    expect(document.activeElement).toBe(rows()[2]?.element)
    await rows()[2]?.trigger('keydown', { key: 'ArrowDown' })
    await nextTick()
    expect(document.activeElement).toBe(rows()[2]?.element)
  })

  test('Enter opens, Space selects, many are toggled', async () => {
    const wrapper = table({ select: 'many', opens: true })
    const rows = wrapper.findAll<HTMLElement>('tbody tr')
    await rows[0]?.trigger('keydown', { key: ' ' })
    expect(wrapper.emitted('update:selected')?.at(-1)).toEqual([[41]])
    await wrapper.setProps({ selected: [41] })
    expect(rows[0]?.attributes('aria-selected')).toBe('true')
    await rows[1]?.trigger('keydown', { key: ' ' })
    expect(wrapper.emitted('update:selected')?.at(-1)).toEqual([[41, 9]])
    await wrapper.setProps({ selected: [41, 9] })
    await rows[0]?.trigger('keydown', { key: ' ' })
    expect(wrapper.emitted('update:selected')?.at(-1)).toEqual([[9]])
    await rows[2]?.trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('open')?.[0]).toEqual([runs[2]])
  })

  test('keys and clicks inside a button of a row are the button’s', async () => {
    const wrapper = table(
      { select: 'one', opens: true },
      { actions: () => h('button', { class: 'inner' }, 'Show') },
    )
    await wrapper.find('button.inner').trigger('keydown', { key: 'Enter' })
    await wrapper.find('button.inner').trigger('click')
    expect(wrapper.emitted('open')).toBeUndefined()
    expect(wrapper.emitted('update:selected')).toBeUndefined()
  })

  test('a closed row cannot be chosen', async () => {
    const wrapper = table({
      select: 'one',
      closedReason: (run: Run) => (run.id === 41 ? 'still runs' : null),
    })
    await wrapper.findAll('tbody tr')[0]?.trigger('click')
    expect(wrapper.emitted('update:selected')).toBeUndefined()
    await wrapper.findAll('tbody tr')[1]?.trigger('click')
    expect(wrapper.emitted('update:selected')?.[0]).toEqual([[9]])
  })
})

describe('long and empty tables', () => {
  test('of 5,000 rows only those in view are drawn, in a table that keeps its height', () => {
    const many = Array.from({ length: 5000 }, (_, id) => ({
      id,
      name: `Run ${id}`,
      eval: id / 5000,
      errors: 0,
    }))
    const wrapper = table({ rows: many })
    const drawn = wrapper.findAll('tbody tr[data-index]')
    expect(drawn.length).toBeLessThan(60)
    expect(wrapper.find('table').attributes('aria-rowcount')).toBe('5001')
    const spacer = Number.parseInt(
      wrapper.findAll('tbody tr').at(-1)?.find<HTMLElement>('td').element.style.height ?? '',
      10,
    )
    expect(spacer + drawn.length * 30).toBe(150_000)
  })

  test('nothing to show is said, loading is gray blocks', async () => {
    const wrapper = table({ rows: [] }, { empty: () => 'No run yet' })
    expect(wrapper.text()).toContain('No run yet')
    await wrapper.setProps({ loading: true })
    expect(wrapper.text()).not.toContain('No run yet')
    expect(wrapper.find('table').attributes('aria-busy')).toBe('true')
  })

  test('the row that is chosen elsewhere is brought into view', async () => {
    const seen: string[] = []
    const before = HTMLElement.prototype.scrollIntoView
    HTMLElement.prototype.scrollIntoView = function (this: HTMLElement) {
      seen.push(this.querySelector('td')?.textContent?.trim() ?? '')
    }
    try {
      const wrapper = table({ select: 'one', selected: [38] })
      await nextTick()
      await nextTick()
      expect(seen).toEqual(['Run, 38'])
      await wrapper.setProps({ selected: [9] })
      await nextTick()
      expect(seen).toEqual(['Run, 38', 'Run 9'])
    } finally {
      HTMLElement.prototype.scrollIntoView = before
    }
  })
})

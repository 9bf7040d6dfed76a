import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { h, nextTick } from 'vue'
import {
  Banner,
  Button,
  CheckField,
  CommandPalette,
  CopyButton,
  Dialog,
  DropZone,
  FailureNote,
  IconButton,
  LoadingBlocks,
  Menu,
  NumberField,
  Panel,
  Popover,
  ProgressBar,
  SegmentedControl,
  SelectField,
  Status,
  type StatusKind,
  SwitchField,
  Tag,
  TextField,
  Tooltip,
  vTip,
} from '../../../renderer/ui/index.ts'

// jsdom lays nothing out, so it has nothing to scroll
Element.prototype.scrollIntoView ??= () => {}

let host: HTMLElement
beforeEach(() => {
  host = document.createElement('div')
  document.body.append(host)
})
afterEach(() => {
  document.body.innerHTML = ''
  vi.useRealTimers()
})
// the last hook registered runs first: parts go before their host
enableAutoUnmount(afterEach)
const icon = { render: () => h('svg') }

describe('Popover', () => {
  test('is named by its label, not by its button', async () => {
    mount(Popover, {
      props: { label: 'Options of the check', open: true },
      slots: { button: () => h('button', 'Options'), default: 'a form' },
      attachTo: host,
    })
    await flushPromises()
    const sheet = document.querySelector('[role=dialog]')
    expect(sheet?.getAttribute('aria-label')).toBe('Options of the check')
    expect(sheet?.hasAttribute('aria-labelledby')).toBe(false)
    expect(sheet?.textContent).toContain('a form')
  })
})

describe('Button', () => {
  test('a closed one keeps the focus, says why, and does nothing', async () => {
    const wrapper = mount(Button, {
      props: { closedReason: 'Training opens when nothing blocks' },
      slots: { default: 'Train' },
      attachTo: host,
    })
    const button = wrapper.get('button')
    expect(button.attributes('disabled')).toBeUndefined()
    expect(button.attributes('aria-disabled')).toBe('true')
    const why = document.getElementById(button.attributes('aria-describedby') ?? '')
    expect(why?.textContent).toBe('Training opens when nothing blocks')
    button.element.focus()
    expect(document.activeElement).toBe(button.element)
    await button.trigger('click')
    expect(wrapper.emitted('click')).toBeUndefined()
    await wrapper.setProps({ closedReason: null })
    await button.trigger('click')
    expect(wrapper.emitted('click')).toHaveLength(1)
    // opening it must not take the focus away
    expect(document.activeElement).toBe(button.element)
  })

  test('a closed submit button does not submit', async () => {
    const submit = vi.fn((event: Event) => event.preventDefault())
    const wrapper = mount(
      () =>
        h(
          'form',
          { onSubmit: submit },
          h(Button, { type: 'submit', closedReason: 'No data yet' }, () => 'Train'),
        ),
      { attachTo: host },
    )
    wrapper.get('button').element.click()
    expect(submit).not.toHaveBeenCalled()
  })

  test('a busy one says so and takes no second press', async () => {
    const wrapper = mount(Button, { props: { loading: true }, slots: { default: 'Starting' } })
    await wrapper.get('button').trigger('click')
    expect(wrapper.emitted('click')).toBeUndefined()
    expect(wrapper.get('button').attributes('aria-busy')).toBe('true')
  })

  test('an icon alone has a name', () => {
    const button = mount(IconButton, { props: { icon, label: 'Find', pressed: true } }).get('button')
    expect(button.attributes('aria-label')).toBe('Find')
    expect(button.attributes('aria-pressed')).toBe('true')
  })
})

describe('states', () => {
  const kinds: StatusKind[] = [
    'good',
    'warn',
    'bad',
    'running',
    'waiting',
    'interrupted',
    'offline',
    'none',
    'info',
    'differs',
  ]
  test('every state has its own shape and its own word', () => {
    const drawn = kinds.map(kind => mount(Status, { props: { kind } }))
    expect(new Set(drawn.map(one => one.get('svg').element.innerHTML)).size).toBe(kinds.length)
    expect(new Set(drawn.map(one => one.text())).size).toBe(kinds.length)
    for (const one of drawn) expect(one.get('svg').attributes('aria-hidden')).toBe('true')
  })
  test('a tag carries its mark, a plain label does not', () => {
    expect(
      mount(Tag, { props: { kind: 'bad', text: 'Blocked' } })
        .find('[data-status=bad]')
        .exists(),
    ).toBe(true)
    expect(
      mount(Tag, { props: { text: 'int8' } })
        .find('svg')
        .exists(),
    ).toBe(false)
  })
  test('bad news is announced at once, other news politely', () => {
    expect(mount(Banner, { props: { kind: 'bad', title: 'x' } }).attributes('role')).toBe('alert')
    expect(mount(Banner, { props: { kind: 'info', title: 'x' } }).attributes('role')).toBe('status')
  })
  test('a failure shows its sentence, its remedy, what was kept, and the way on', async () => {
    const failure = { code: 'run.cut', message: 'This run could not be read', remedy: 'Read it again.' }
    const wrapper = mount(FailureNote, { props: { failure, kept: 'Epoch 9 of 30 is kept.', retry: true } })
    for (const words of ['This run could not be read', 'Read it again.', 'Epoch 9 of 30 is kept.'])
      expect(wrapper.text()).toContain(words)
    expect(wrapper.text()).not.toContain('run.cut')
    await wrapper.get('button').trigger('click')
    expect(wrapper.emitted('retry')).toHaveLength(1)
  })
  test('loading shows nothing for 300 ms', async () => {
    vi.useFakeTimers()
    const wrapper = mount(LoadingBlocks, { props: { label: 'Reading 412,000 points' } })
    expect(wrapper.findAll('i')).toHaveLength(0)
    vi.advanceTimersByTime(299)
    await nextTick()
    expect(wrapper.findAll('i')).toHaveLength(0)
    vi.advanceTimersByTime(1)
    await nextTick()
    expect(wrapper.findAll('i')).toHaveLength(3)
  })
  test('progress says its share', () => {
    const bar = mount(ProgressBar, { props: { value: 0.6, label: 'Train run 41' } })
    expect(bar.attributes('aria-valuenow')).toBe('60')
    expect(mount(ProgressBar, { props: { label: 'Waits' } }).attributes('aria-valuenow')).toBeUndefined()
    expect(mount(ProgressBar, { props: { value: 7, label: 'Over' } }).attributes('aria-valuenow')).toBe('100')
  })
  test('a panel is named by its title', () => {
    const panel = mount(Panel, { props: { title: 'Runs', count: '5 of 41' } })
    expect(panel.get(`#${panel.attributes('aria-labelledby')}`).text()).toBe('Runs')
  })
})

describe('Dialog', () => {
  const ask = (props: Record<string, unknown> = {}, slots = {}) =>
    mount(Dialog, {
      props: {
        open: true,
        title: 'Roll back pi-line-3 to v12?',
        text: 'v13 stays on the box.',
        safeLabel: 'Keep v13',
        actLabel: 'Roll back to v12',
        ...props,
      },
      slots,
      attachTo: host,
    })
  test('opens on the safe button, which changes nothing', async () => {
    const wrapper = ask()
    await flushPromises()
    const dialog = document.querySelector('[role=dialog]')
    expect(document.activeElement?.textContent).toContain('Keep v13')
    const title = document.getElementById(dialog?.getAttribute('aria-labelledby') ?? '')
    expect(title?.textContent).toBe('Roll back pi-line-3 to v12?')
    ;(document.activeElement as HTMLElement).click()
    await flushPromises()
    expect(wrapper.emitted('act')).toBeUndefined()
    expect(wrapper.emitted('update:open')?.at(-1)).toEqual([false])
  })
  test('a form opens on its first field', async () => {
    ask({ focus: 'first' }, { default: () => h('input', { id: 'first' }) })
    await flushPromises()
    expect(document.activeElement?.id).toBe('first')
  })
  test('acting leaves the closing to the page', async () => {
    const wrapper = ask()
    await flushPromises()
    ;[...document.querySelectorAll('button')].find(one => one.textContent?.includes('Roll back'))?.click()
    expect(wrapper.emitted('act')).toHaveLength(1)
    expect(wrapper.emitted('update:open')).toBeUndefined()
  })
})

describe('fields', () => {
  test('label, hint and error are tied to the control', async () => {
    const wrapper = mount(TextField, { props: { label: 'Name', hint: 'At most 40 letters' }, attachTo: host })
    const input = wrapper.get('input')
    expect(wrapper.get('label').attributes('for')).toBe(input.attributes('id'))
    const note = () => document.getElementById(input.attributes('aria-describedby') ?? '')?.textContent
    expect(note()).toContain('At most 40 letters')
    await wrapper.setProps({ error: 'A project has this name' })
    expect(note()).toContain('A project has this name')
    expect(input.attributes('aria-invalid')).toBe('true')
    await input.setValue('Line 3')
    expect(wrapper.emitted('update:modelValue')?.[0]).toEqual(['Line 3'])
  })
  test('a closed field says why in its place', () => {
    const input = mount(TextField, { props: { label: 'Worker', closedReason: 'Only with Ray or ssh' } }).get(
      'input',
    )
    expect(input.attributes('placeholder')).toBe('Only with Ray or ssh')
    expect(input.attributes('disabled')).toBeDefined()
  })
  test('a number field lets only numbers inside the limits through', async () => {
    const wrapper = mount(NumberField, {
      props: { label: 'Image size', modelValue: 96, multipleOf: 32, min: 32 },
    })
    await wrapper.get('input').setValue('95')
    expect(wrapper.emitted('update:modelValue')).toBeUndefined()
    expect(wrapper.text()).toContain('Use a multiple of 32, 96 is nearest')
    expect(wrapper.emitted('valid')?.at(-1)).toEqual([false])
    await wrapper.get('input').setValue('128')
    expect(wrapper.emitted('update:modelValue')?.at(-1)).toEqual([128])
    await wrapper.get('input').trigger('keydown', { key: 'ArrowUp' })
    expect(wrapper.emitted('update:modelValue')?.at(-1)).toEqual([160])
  })
  test('an optional number may be empty', async () => {
    const wrapper = mount(NumberField, { props: { label: 'Stop after', modelValue: 3, optional: true } })
    await wrapper.get('input').setValue('')
    expect(wrapper.emitted('update:modelValue')?.at(-1)).toEqual([null])
  })
  test('checks and switches have roles and labels', async () => {
    const check = mount(CheckField, { props: { label: 'Only what differs' }, attachTo: host })
    expect(check.get('[role=checkbox]').attributes('aria-checked')).toBe('false')
    await check.get('[role=checkbox]').trigger('click')
    expect(check.emitted('update:modelValue')?.[0]).toEqual([true])
    const flip = mount(SwitchField, { props: { label: 'Promote by itself' }, attachTo: host })
    await flip.get('[role=switch]').trigger('click')
    expect(flip.emitted('update:modelValue')?.[0]).toEqual([true])
    expect(flip.get('label').attributes('for')).toBe(flip.get('[role=switch]').attributes('id'))
  })
  test('a segmented control is a radio group; any value can stand in it', async () => {
    const wrapper = mount(SegmentedControl, {
      props: {
        label: 'Show',
        modelValue: null,
        options: [
          { value: null, label: 'All' },
          { value: false, label: 'None' },
        ],
      },
      attachTo: host,
    })
    const radios = wrapper.findAll('[role=radio]')
    expect(wrapper.get('[role=radiogroup]').attributes('aria-label')).toBe('Show')
    expect(radios.map(one => one.attributes('aria-checked'))).toEqual(['true', 'false'])
    await radios[1]?.trigger('click')
    expect(wrapper.emitted('update:modelValue')?.[0]).toEqual([false])
  })
  test('a select shows the label of its value', () => {
    const wrapper = mount(SelectField, {
      props: {
        label: 'Run on',
        modelValue: 2,
        options: [
          { value: 1, label: 'This computer' },
          { value: 2, label: 'gpu-box' },
        ],
      },
    })
    expect(wrapper.get('[role=combobox]').text()).toContain('gpu-box')
    expect(wrapper.get('[role=combobox]').attributes('aria-label')).toBe('Run on')
  })
})

describe('what floats', () => {
  test('a tip shows with the keyboard at once, after a rest with the pointer, and Esc takes it away', async () => {
    vi.useFakeTimers()
    const wrapper = mount(Tooltip, {
      props: { text: 'Show 1,836 rows' },
      slots: { default: () => h('button', 'workclass') },
      attachTo: host,
    })
    const shown = () => document.getElementById('tip')?.hidden === false
    await wrapper.get('button').trigger('pointerenter')
    expect(shown()).toBe(false)
    vi.advanceTimersByTime(500)
    expect(shown()).toBe(true)
    expect(document.getElementById('tip')?.textContent).toBe('Show 1,836 rows')
    expect(wrapper.get('button').attributes('aria-describedby')).toBe('tip')
    await wrapper.get('button').trigger('keydown', { key: 'Escape' })
    expect(shown()).toBe(false)
    expect(wrapper.get('button').attributes('aria-describedby')).toBeUndefined()
  })
  test('a tip goes when its owner goes', async () => {
    vi.useFakeTimers()
    const wrapper = mount(
      { directives: { tip: vTip }, template: '<i v-tip="\'here\'" />' },
      { attachTo: host },
    )
    await wrapper.get('i').trigger('pointerenter')
    vi.advanceTimersByTime(500)
    wrapper.unmount()
    expect(document.getElementById('tip')?.hidden).toBe(true)
  })
  test('a menu runs its item by keyboard', async () => {
    const run = vi.fn()
    mount(Menu, {
      props: {
        label: 'More',
        open: true,
        items: [
          { label: 'Rename', run },
          { label: 'Delete', run: () => {}, closedReason: 'v4 needs it' },
        ],
      },
      attachTo: host,
    })
    await flushPromises()
    const items = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
    expect(items.map(one => one.getAttribute('aria-disabled'))).toEqual([null, 'true'])
    expect(items[1]?.textContent).toContain('v4 needs it')
    items[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
    await flushPromises()
    expect(run).toHaveBeenCalledTimes(1)
  })
  test('the palette finds by letters and runs on Enter', async () => {
    const run = vi.fn()
    const wrapper = mount(CommandPalette, {
      props: {
        open: true,
        items: [
          { id: 'a', title: 'Train', run: () => {} },
          { id: 'b', title: 'Open Statistics', group: 'Go to', run },
        ],
      },
      attachTo: host,
    })
    await flushPromises()
    const input = document.querySelector<HTMLInputElement>('[role=dialog] input')
    if (!input) throw new Error('no input')
    input.value = 'stat'
    input.dispatchEvent(new Event('input', { bubbles: true }))
    await flushPromises()
    expect([...document.querySelectorAll('[role=option]')].map(one => one.textContent?.trim())).toEqual([
      'Open Statistics',
    ])
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
    await flushPromises()
    expect(run).toHaveBeenCalledTimes(1)
    expect(wrapper.emitted('update:open')?.at(-1)).toEqual([false])
  })
})

describe('copying and dropping', () => {
  test('copying says that it did', async () => {
    const written: string[] = []
    vi.stubGlobal('navigator', {
      ...navigator,
      clipboard: { writeText: async (text: string) => void written.push(text) },
    })
    const wrapper = mount(CopyButton, {
      props: { text: async () => 'edgewright train' },
      slots: { default: 'Copy as command' },
    })
    await wrapper.get('button').trigger('click')
    await flushPromises()
    vi.unstubAllGlobals()
    expect(written).toEqual(['edgewright train'])
    expect(wrapper.get('[role=status]').text()).toBe('Copied')
  })
  test('dropped files come out with the paths the shell knows', async () => {
    const wrapper = mount(DropZone, {
      props: { title: 'Drop data here', pathOf: (file: File) => `/data/${file.name}` },
    })
    const file = new File(['a,b'], 'adult.csv')
    await wrapper.trigger('drop', { dataTransfer: { files: [file], items: [] } })
    await flushPromises()
    expect(wrapper.emitted('drop')?.[0]).toEqual([
      { files: [{ file, name: 'adult.csv', path: '/data/adult.csv' }] },
    ])
  })
  test('in a browser a dropped folder is walked, page by page', async () => {
    const file = (name: string) => ({
      isFile: true,
      fullPath: `/bolts/${name}`,
      file: (done: (f: File) => void) => done(new File(['x'], name)),
    })
    let answers = [[file('a.png')], [file('b.png')], []]
    const folder = {
      isFile: false,
      fullPath: '/bolts',
      createReader: () => ({
        readEntries: (done: (e: unknown[]) => void) => {
          const [next = [], ...rest] = answers
          answers = rest
          done(next)
        },
      }),
    }
    const wrapper = mount(DropZone, { props: { title: 'Drop data here' } })
    await wrapper.trigger('drop', {
      dataTransfer: { files: [new File([], 'bolts')], items: [{ webkitGetAsEntry: () => folder }] },
    })
    await flushPromises()
    const dropped = wrapper.emitted<[{ files: { name: string }[] }]>('drop')?.[0]?.[0]
    expect(dropped?.files.map(one => one.name)).toEqual(['bolts/a.png', 'bolts/b.png'])
  })
})

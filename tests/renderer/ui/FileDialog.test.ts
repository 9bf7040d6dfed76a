import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { endingTrouble } from '../../../renderer/ui/files.ts'
import { FileDialog, fileIn, fileName } from '../../../renderer/ui/index.ts'

test('a name becomes one that a file may have', () => {
  expect(fileName('Größe (mm) / 2')).toBe('Größe-mm-2')
  expect(fileName('../../etc/passwd')).toBe('..-..-etc-passwd')
})

test('a file goes into the folder if there is one', () => {
  expect(fileIn('/data/', 'a.html')).toBe('/data/a.html')
  expect(fileIn(undefined, 'a.html')).toBe('a.html')
})

test.each([
  ['/data/a.HTML', ['.html'], null],
  ['  ', ['.html'], 'Say where the file goes.'],
  ['a.txt', ['.html'], 'Let the file end in .html.'],
  ['a', ['.pbtxt', '.pb', '.json'], 'Let the file end in .pbtxt, .pb or .json.'],
  ['a', [], null],
])('the path %j with the endings %j: %j', (path, endings, words) =>
  expect(endingTrouble(path, endings)).toBe(words),
)

describe('the dialog', () => {
  afterEach(() => {
    document.body.innerHTML = ''
  })
  const open = (more: Record<string, unknown> = {}) =>
    mount(FileDialog, {
      props: {
        title: 'Write a report',
        text: 'In one file.',
        actLabel: 'Write report',
        endings: ['.html'],
        path: 'a.html',
        ...more,
      },
      attachTo: document.body,
    })
  const act = () =>
    [...document.querySelectorAll('button')].find(one => one.textContent?.includes('Write report'))
  const enter = async () => {
    document
      .querySelector('input')
      ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
    await nextTick()
  }

  test('writes by its button and by Enter, but no path that it would refuse', async () => {
    const dialog = open()
    await nextTick()
    act()?.click()
    await enter()
    expect(dialog.emitted('write')).toHaveLength(2)
    await dialog.setProps({ path: 'a.exe' })
    await enter()
    act()?.click()
    expect(dialog.emitted('write')).toHaveLength(2)
    expect(document.body.textContent).toContain('Let the file end in .html.')
    dialog.unmount()
  })

  test('shows how far it is with a way to stop, then what failed and what was kept', async () => {
    const dialog = open({ busy: true, progress: { done: 0.5, step: 'drawing' } })
    await nextTick()
    expect(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('50')
    await enter()
    expect(dialog.emitted('write')).toBeUndefined()
    await dialog.setProps({
      busy: false,
      failure: { code: 'not-found', message: 'The folder is not there.' },
    })
    expect(document.querySelector('[role=alert]')?.textContent).toMatch(
      /folder is not there.*No file was written/,
    )
    dialog.unmount()
  })
})

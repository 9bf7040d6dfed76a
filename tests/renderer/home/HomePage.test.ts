import { afterEach, expect, test } from 'vitest'
import { FailureError } from '../../../renderer/engine/index.ts'
import HomePage from '../../../renderer/rooms/home/HomePage.vue'
import { button, type Mounted, mountPage, press, shownText } from '../engine/mountPage.ts'
import { job, schema, validation, version, workspace } from '../engine/samples.ts'

let mounted: Mounted
afterEach(() => {
  mounted.wrapper.unmount()
  document.body.innerHTML = ''
})

test('an empty workspace offers a file and a sample', async () => {
  mounted = await mountPage(HomePage)
  expect(document.querySelector('h1')?.textContent).toBe('Plant lab')
  expect(shownText()).toContain('Workspace, 0 datasets, 184 MB on this computer')
  expect(shownText()).toContain('Drop data here to start a flow')
  expect(shownText()).not.toContain('No device runs a model yet.')
  expect(button('Choose file')).toBeTruthy()
  expect(button(/^Other samples/).getAttribute('aria-disabled')).toBe('true')
})

test('takes the first sample with one press, and goes to its rows', async () => {
  const inputs: unknown[] = []
  mounted = await mountPage(HomePage, {
    dataset: {
      list: async () => ({ datasets: [] }),
      samples: async () => ({
        samples: [
          {
            name: 'weather',
            title: 'Weather stations',
            about: 'Days.',
            license: 'Public domain',
            file: '/samples/weather.csv',
            label: 'weather',
            leaveOut: [],
          },
        ] as never,
      }),
      import: async input => {
        inputs.push(input)
        return job({ status: { state: 'succeeded', result: version() } })
      },
    },
  })
  expect(button(/^Other samples/).getAttribute('aria-disabled')).toBe('true')
  await press('Try the sample Weather stations')
  expect(inputs).toMatchObject([{ file: '/samples/weather.csv', name: 'weather' }])
  expect(mounted.router.currentRoute.value.path).toBe('/data')
})

test('shows each flow, what needs attention, and leads there', async () => {
  mounted = await mountPage(HomePage, {
    dataset: {
      list: async () => ({ datasets: [{ name: 'Adult income', versions: 1, latest: version() }] }),
      samples: async () => ({ samples: [] }),
    },
    validation: { show: async () => ({ schema: schema(), validation: validation() }) },
  })
  expect(shownText()).toContain('1,000 rows')
  expect(shownText()).toContain('No device runs a model yet.')
  const strip = document.querySelector('[role=img][aria-label^="Data: done"]')
  expect(strip?.getAttribute('aria-label')).toContain('Validation: blocked')
  await press('Review')
  expect(mounted.router.currentRoute.value.path).toBe('/validation')
})

test('says what could not be read, and reads again', async () => {
  let fails = true
  mounted = await mountPage(HomePage, {
    dataset: {
      list: async () => {
        if (fails)
          throw new FailureError({
            code: 'no-permission',
            message: 'The folder cannot be read.',
            remedy: 'Allow it.',
          })
        return { datasets: [] }
      },
      samples: async () => ({ samples: [] }),
    },
  })
  expect(shownText()).toContain('The folder cannot be read.')
  fails = false
  await press('Try again')
  expect(shownText()).toContain('Drop data here to start a flow')
})

test('a read-only workspace closes the ways in and says why', async () => {
  mounted = await mountPage(
    HomePage,
    { workspace: { show: async () => workspace({ readOnly: true }) } },
    {
      jobs: [
        job({
          title: 'Import data: x.csv',
          status: {
            state: 'failed',
            failure: { code: 'disk-full', message: 'The disk is full.', remedy: 'Free some.' },
          },
        }),
      ],
    },
  )
  for (const words of [/^Import data/, /^Choose file/, /^Run again/])
    expect(button(words).getAttribute('aria-disabled')).toBe('true')
})

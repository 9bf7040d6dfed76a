import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DeviceLatency, Run } from '#contract'
import DropCover from '../../../renderer/app/DropCover.vue'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { FailureError } from '../../../renderer/engine/index.ts'
import OptimizationPage from '../../../renderer/rooms/optimization/OptimizationPage.vue'
import { useOpenModel } from '../../../renderer/rooms/optimization/openStore.ts'
import { useOptimization } from '../../../renderer/rooms/optimization/optimizationStore.ts'
import { useBringIn } from '../../../renderer/rooms/training/index.ts'
import { button, type Mounted, mountPage, press, shownText, type } from '../engine/mountPage.ts'
import { hash, job, succeeded, workspace } from '../engine/samples.ts'
import { device } from '../publishing/devices.ts'
import { flowOf, stream } from '../training/flow.ts'
import { run } from '../training/runs.ts'
import { answersOf, inspection, int8, latency, proof, transformed, variant } from './variants.ts'

// The whole page with its charts and dialogs is mounted anew each time, which a busy machine takes seconds for.
vi.setConfig({ testTimeout: 30_000 })

let mounted: Mounted
beforeEach(() => {
  localStorage.clear()
  HTMLCanvasElement.prototype.getContext = (() => null) as never
})
afterEach(() => {
  mounted?.wrapper.unmount()
  document.body.innerHTML = ''
  delete window.edgewright
})

const page = async (
  over: Parameters<typeof answersOf>[1] = {},
  variants = [variant(), int8()],
  runs = [run('run-1')],
  publishing: Answers['publishing'] = {},
) =>
  mountPage(
    OptimizationPage,
    flowOf(runs, {
      optimization: answersOf(variants, over),
      publishing: { measured: async () => ({ latencies: [] }), ...publishing },
    }),
  )
/** Notes what was asked for, and answers. */
const told = <T>(list: unknown[], input: unknown, answer: T): T => {
  list.push(input)
  return answer
}
const dialogButton = (words: string) =>
  [...document.querySelectorAll<HTMLElement>('[role="dialog"] button')].findLast(one =>
    one.textContent?.trim().startsWith(words),
  ) as HTMLElement
const cells = (row: string) => {
  const found = [...document.querySelectorAll('[aria-label="Variants"] tbody tr')].find(one =>
    one.textContent?.replace(/\s+/g, ' ').trim().startsWith(row),
  )
  return [...(found?.querySelectorAll('td') ?? [])].map(cell => cell.textContent?.replace(/\s+/g, ' ').trim())
}
const chips = () =>
  [...document.querySelectorAll('ol[aria-label^="Passes"] li')].map(one =>
    one.textContent?.replace(/\s+/g, ' ').trim(),
  )
const tab = async (words: RegExp) => {
  const found = [...document.querySelectorAll<HTMLElement>('[role="tab"]')].find(one =>
    words.test(one.textContent?.trim() ?? ''),
  )
  found?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, button: 0 }))
  await flushPromises()
}

describe('optimization page', () => {
  test('without a model it leads to training or to a file', async () => {
    mounted = await mountPage(OptimizationPage, flowOf([], { optimization: answersOf([]) }))
    expect(shownText()).toContain('Nothing to optimize yet')
    await press('Open a model')
    expect(useOpenModel().open).toBe(true)
  })

  test('variants stand side by side with their figures', async () => {
    mounted = await page()
    expect(cells('as trained')).toEqual([
      'as trained',
      '90.0 1.0×',
      '90.0%',
      '90.0%',
      '–',
      '–',
      '–',
      '–',
      'Reference',
      '',
    ])
    expect(cells('float32')).toEqual([
      'float32 GraphDef',
      '81.0 1.1×',
      '90.0% 0.0',
      '–',
      '–',
      '–',
      '–',
      '–',
      'not proven',
      '',
    ])
    expect(cells('int8')).toEqual([
      'int8 TFLite',
      '25.0 3.6×',
      '89.7% −0.3',
      '86.0% −4.0',
      '5',
      '0.41',
      '0.62',
      '2.0',
      'no limit',
      '',
    ])
  })

  test('a conversion is asked for with what was chosen, shows its progress and then its proof', async () => {
    const asked: unknown[] = []
    let made = false
    const begun = job({ room: 'optimization', verb: 'convert', input: { model: 'run-1' } })
    mounted = await page(
      {
        list: async () => ({ variants: made ? [int8()] : [] }),
        convert: async input => {
          asked.push(input)
          return begun
        },
      },
      [],
    )
    await press('Convert')
    await type('At most', '64')
    await type('Write to', '/tmp/wear.tflite')
    expect(shownText()).toContain(
      'edgewright optimization convert run-1 --quantize int8 --calibration-rows 64 --out /tmp/wear.tflite',
    )
    dialogButton('Convert').click()
    await flushPromises()
    expect(asked).toMatchObject([
      { model: 'run-1', to: 'tflite', quantize: 'int8', calibrationRows: 64, out: '/tmp/wear.tflite' },
    ])
    expect(shownText()).toContain('350 of 1,000 rows')
    made = true
    await mounted.push(succeeded(begun, int8()))
    await flushPromises()
    expect(shownText()).toContain('LiteRT.js 2.5.3')
    expect(shownText()).toContain('5 rows of 1,000')
  })

  test('one press makes a form that is not there yet', async () => {
    const asked: unknown[] = []
    mounted = await page(
      { convert: async input => told(asked, input, job({ room: 'optimization', verb: 'convert' })) },
      [],
    )
    await press('TFLite float16')
    expect(asked).toMatchObject([{ model: 'run-1', to: 'tflite', quantize: 'float16' }])
  })

  test('a failure keeps the model and says so', async () => {
    mounted = await page(
      {
        convert: async () => {
          throw new FailureError({
            code: 'unsupported-graph',
            message: 'The layer lambda cannot be converted.',
            remedy: 'Leave it out.',
          })
        },
      },
      [],
    )
    await press('GraphDef float32')
    expect(shownText()).toContain('The layer lambda cannot be converted.')
    expect(shownText()).toContain('The model stays as it was.')
  })

  test('in a workspace that can only be looked at, nothing is made', async () => {
    mounted = await mountPage(
      OptimizationPage,
      flowOf([run('run-1')], {
        optimization: answersOf([]),
        workspace: { show: async () => workspace({ readOnly: true }) },
      }),
    )
    expect(button(/^Convert/).getAttribute('aria-disabled')).toBe('true')
    expect(button(/^TFLite int8/).getAttribute('aria-disabled')).toBe('true')
  })
})

describe('figures of devices', () => {
  const crane = device({ id: 'device-2', name: 'crane-02', address: 'http://crane-02:8501' })
  const onCrane = { id: 'device-2', name: 'crane-02', address: 'http://crane-02:8501' }
  const watched = async () =>
    stream({ devices: [device(), crane, device({ id: 'device-3', address: null })] })
  const heads = () =>
    [...document.querySelectorAll('[aria-label="Variants"] th[data-column]')].map(one =>
      one.textContent?.trim(),
    )
  /** Opens what can be done with a variant. */
  const open = async (words: string) => {
    button(`${words}, what to do`).dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }),
    )
    await flushPromises()
  }

  test('each device that measured has a column with its newest figures, and no other has', async () => {
    const asked: unknown[] = []
    const latencies: DeviceLatency[] = [
      latency({ id: 'job-9' as never, median: 3.7 }),
      latency({ id: 'job-8' as never, median: 4.9 }, onCrane),
      latency({ id: 'job-7' as never, median: 5.2 }),
      latency(
        { id: 'job-6' as never, variant: hash('7') as never },
        { ...onCrane, id: null, address: 'http://x' },
      ),
    ]
    mounted = await page({}, undefined, undefined, {
      watch: watched,
      measured: async input => told(asked, input, { latencies }),
    })
    expect(asked).toEqual([{ run: 'run-1' }])
    expect(heads().filter(head => /crane|computer/.test(head ?? ''))).toEqual(['crane-02', 'this computer'])
    expect(cells('int8').slice(5, 8)).toEqual(['0.41', '4.9', '3.7'])
    expect(cells('float32').slice(6, 8)).toEqual(['–', '–'])
    const cell = [...document.querySelectorAll('[aria-label="Variants"] td span')].find(
      one => one.textContent === '4.9',
    )
    vi.useFakeTimers()
    cell?.dispatchEvent(new Event('pointerenter'))
    vi.advanceTimersByTime(1000)
    vi.useRealTimers()
    const tip = document.getElementById('tip')?.textContent
    for (const words of ['p95 6.9 ms, 200 runs', '91.0 MB at most', 'LiteRT.js 2.5.3', 'Cortex-A72'])
      expect(tip).toContain(words)
  })

  test('a variant is sent to a device that can be reached, and its figure stands in a new column', async () => {
    const asked: unknown[] = []
    const latencies: DeviceLatency[] = []
    const begun = job({ room: 'publishing', verb: 'measure' })
    mounted = await page({}, undefined, undefined, {
      watch: watched,
      measured: async () => ({ latencies: [...latencies] }),
      measure: async input => told(asked, input, begun),
    })
    expect(heads()).not.toContain('crane-02')
    await open('TFLite int8')
    const items = [...document.querySelectorAll('[role="menuitem"]')].map(one => one.textContent?.trim())
    expect(items.filter(item => item?.startsWith('Measure'))).toEqual([
      'Measure on this computer',
      'Measure on crane-02',
    ])
    await press('Measure on crane-02')
    expect(asked).toEqual([{ model: 'run-1', variant: hash('8'), device: 'device-2' }])
    expect(document.querySelector('[aria-label="Measuring on crane-02"]')).not.toBeNull()
    latencies.push(latency({ median: 12.3 }, onCrane))
    await mounted.push(succeeded(begun, latencies[0]))
    await flushPromises()
    expect(heads()).toContain('crane-02')
    expect(cells('int8')[6]).toBe('12.3')
  })

  test('a device that does not allow it says so, and the variant of a file is sent by its path', async () => {
    const asked: unknown[] = []
    mounted = await page({}, [int8({ run: null, source: '/m/net.pb', compared: null })], [], {
      watch: watched,
      measured: async input => told(asked, input, { latencies: [] }),
      measure: async input => {
        asked.push(input)
        throw new FailureError({
          code: 'no-permission',
          message: 'crane-02 says: Measuring is not allowed on this device.',
          remedy: 'Its technician allows it by starting the agent with --measure.',
        })
      },
    })
    await open('TFLite int8')
    await press('Measure on crane-02')
    expect(asked).toEqual([{}, { model: '/m/net.pb', variant: hash('8'), device: 'device-2' }])
    expect(shownText()).toContain('Measuring is not allowed on this device.')
    expect(shownText()).toContain('--measure')
  })

  test('without a device it says where one is started; figures that cannot be read are told', async () => {
    mounted = await page({}, undefined, undefined, {
      measured: async () => {
        throw new FailureError({ code: 'unreadable-file', message: 'The figures are gone.', remedy: '' })
      },
    })
    expect(shownText()).toContain('The figures are gone.')
    await open('TFLite int8')
    expect(shownText()).toContain('No device reports here; start one in Publishing.')
  })
})

describe('passes of the page', () => {
  test('their result is written to a file that is asked for, as text where it ends so', async () => {
    const asked: unknown[] = []
    mounted = await page({
      transform: async input => told(asked, input, job({ room: 'optimization', verb: 'transform' })),
    })
    await press('Take the recommended ones')
    button('More for passes').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
    await flushPromises()
    await press('Write the result to a file')
    await type('File', ' ')
    expect(dialogButton('Run and write').getAttribute('aria-disabled')).toBe('true')
    await type('File', '/m/out.pbtxt ')
    expect(shownText()).toContain('--out_graph /m/out.pbtxt --output_as_text')
    dialogButton('Run and write').click()
    await flushPromises()
    expect(asked).toMatchObject([{ in_graph: 'run-1', out_graph: '/m/out.pbtxt', output_as_text: true }])
    expect(document.querySelector('[role="dialog"]')).toBeNull()
  })

  test('the recommended ones run, and each says what it did', async () => {
    const asked: unknown[] = []
    const begun = job({ room: 'optimization', verb: 'transform', input: {} })
    mounted = await page({ transform: async input => told(asked, input, begun) })
    await press('Take the recommended ones')
    expect(chips()).toEqual([
      'strip_unused_nodesnot run yet',
      'fold_constants(ignore_errors=true)not run yet',
    ])
    await press('Run')
    expect(asked).toMatchObject([
      { in_graph: 'run-1', transforms: 'strip_unused_nodes fold_constants(ignore_errors=true)' },
    ])
    await mounted.push(succeeded(begun, transformed()))
    expect(chips()[0]).toBe('freezenodes4131kB82.081.0same outputs90.0%')
    expect(chips()[2]).toBe('fold_constants(ignore_errors=true)nodes2820kB82.081.0within 0.021390.0%')
    expect(shownText()).toContain('3 applied, 20 nodes')
    // the result is what is drawn now
    expect(useOptimization().graph).toBe(hash('9'))
    const chip = button('strip_unused_nodes')
    chip.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', altKey: true, bubbles: true }))
    await flushPromises()
    expect(chips().map(text => /^[a-z_]+?(?=nodes\d|not run|\()/.exec(text ?? '')?.[0])).toEqual([
      'freeze',
      'fold_constants',
      'strip_unused_nodes',
    ])
    expect(chips()[1]).toContain('not run yet')
    expect(shownText()).toContain('changed since they ran')
    await press('Undo')
    expect(chips()[1]).toContain('same outputs')
    await press('Remove fold_constants')
    expect(chips()).toHaveLength(2)
  })

  test('a pass is added with its arguments, and a text that is none is not taken', async () => {
    mounted = await page()
    const { recipe } = useOptimization()
    recipe.add({ name: 'rename_op', args: [] })
    await flushPromises()
    button('rename_op').click()
    await flushPromises()
    expect(dialogButton('Change it').getAttribute('aria-disabled')).toBe('true')
    await type('old_op_name', 'Add')
    await type('new_op_name', '"Add V2"')
    dialogButton('Change it').click()
    await flushPromises()
    expect(recipe.text.value).toBe('rename_op(old_op_name=Add, new_op_name="Add V2")')
    recipe.add({ name: 'no_such_pass', args: [] })
    await flushPromises()
    expect(shownText()).toContain('There is no such pass.')
    expect(button(/^Run\s*One of the passes/).getAttribute('aria-disabled')).toBe('true')
  })
})

describe('the proof', () => {
  const opened = vi.fn()
  beforeEach(() => opened.mockReset())

  test('the rows that differ open in the dataset, by their numbers in the version', async () => {
    const trained: Run = { ...run('run-1'), where: [{ column: 'sky', is: 'equals', values: ['clear'] }] }
    mounted = await mountPage(
      OptimizationPage,
      flowOf([trained], {
        optimization: answersOf([int8()]),
        dataset: {
          rows: async input => {
            opened(input)
            const { offset = 0 } = input
            // Every other row of the version is of this split.
            const numbers = Array.from({ length: 1000 }, (_, at) => (offset + at) * 2)
            return { columns: [], rows: numbers.map(() => []), offset, numbers, total: 2000 }
          },
        },
      }),
    )
    await tab(/^Rows/)
    expect(shownText()).toContain('5 rows of 1,000, the test split of run-1; the first 2')
    await press('Show 2 rows')
    expect(opened.mock.calls.map(([input]) => [input.offset, input.split, input.where])).toEqual([
      [0, 'test', trained.where],
      [1000, 'test', trained.where],
    ])
    expect(mounted.router.currentRoute.value.fullPath).toBe(`/data/${trained.version}?only=14,3000`)
  })

  test('layers stand by their noise, and one can be kept float in the next conversion', async () => {
    mounted = await page()
    await tab(/^Noise/)
    const rows = [...document.querySelectorAll('[aria-label="Noise by layer"] tbody tr')].map(one =>
      one.textContent?.replace(/\s+/g, ' ').trim(),
    )
    expect(rows).toEqual(['bLOGISTIC12.3Keep float', 'aFULLY_CONNECTED31.5Keep float', 'cRESHAPEexact'])
    await press('Keep float')
    await press('Convert')
    expect(shownText()).toContain('--keep-float b')
  })

  test('limits are set, and decide at once', async () => {
    const asked: unknown[] = []
    let kept: { points: number; classPoints: number } | null = null
    mounted = await page({
      tolerance: async ({ model, tolerance }) => {
        asked.push(tolerance)
        if (tolerance !== undefined) kept = tolerance
        return { model, tolerance: kept }
      },
    })
    await press('Set limits')
    await type('Each class', '3.5')
    await press('Save limits')
    expect(asked).toContainEqual({ points: 1, classPoints: 3.5 })
    expect(cells('int8').at(-2)).toBe('Fails a class')
    expect(shownText()).toContain('The class "worn" loses 4.0 points where 3.5 points are allowed.')
    await press('Find layers to keep float')
    expect(shownText()).toContain('--tolerance 1 --class-tolerance 3.5')
  })

  test('a variant without rows says how to prove it', async () => {
    mounted = await page({}, [int8({ proof: null, compared: null })])
    expect(shownText()).toContain('It was not proven')
    await press('Convert with rows')
    expect(shownText()).toContain('Left empty, the run brings its own.')
  })

  test('values that are no classes are told by how far they move', async () => {
    mounted = await page({}, [int8({ proof: proof({ disagreements: null, perClass: [] }) })])
    await tab(/^Rows/)
    expect(shownText()).toContain('The outputs are values, not classes')
  })
})

describe('a model file', () => {
  const blocked = inspection({
    model: '/m/net.pb',
    format: 'graphdef',
    title: 'Frozen graph',
    signatures: [
      { name: 'serving_default', inputs: [], outputs: [] },
      {
        name: 'other',
        inputs: [{ name: 'x2', key: null, dtype: 'float32', shape: null }],
        outputs: [{ name: 'y2', key: null, dtype: 'float32', shape: [1] }],
      },
    ],
    unsupported: [
      { op: 'Where', count: 2, nodes: ['a/Where', 'b/Where'], layers: ['a', 'b'], blocks: ['tflite', 'run'] },
    ],
    notes: ['One metric was left out.'],
  })

  test('is shown with what stands in the way of what', async () => {
    mounted = await page({ inspect: async () => blocked }, [])
    useOptimization().open('/m/net.pb')
    await flushPromises()
    expect(shownText()).toContain('net.pb, no variant yet')
    expect(shownText()).toContain('Where in a, b blocks a TensorFlow Lite file and running it here')
    expect(shownText()).toContain('One metric was left out.')
    await press('Inputs, outputs and operations')
    expect(shownText()).toContain('[?, 64]')
  })

  test('can be brought in as a run, as a run cannot', async () => {
    mounted = await page({ inspect: async () => blocked }, [])
    useOptimization().open('/m/net.pb')
    await flushPromises()
    await press('Bring in as a run')
    expect([useBringIn().open, useBringIn().path]).toEqual([true, '/m/net.pb'])
    useOptimization().open('run-7')
    await flushPromises()
    expect(shownText()).not.toContain('Bring in as a run')
  })

  test('another signature is what passes and conversions are asked for', async () => {
    const asked: unknown[] = []
    mounted = await page(
      {
        inspect: async () => blocked,
        transform: async input => told(asked, input, job({ room: 'optimization', verb: 'transform' })),
      },
      [],
    )
    const store = useOptimization()
    store.open('/m/net.pb')
    await flushPromises()
    store.signature = 'other'
    await flushPromises()
    await press('Take the recommended ones')
    await press('Run')
    expect(asked).toMatchObject([{ in_graph: '/m/net.pb', inputs: ['x2'], outputs: ['y2'] }])
    await press('Convert')
    expect(shownText()).toContain('--signature other')
    // Whole numbers need rows, and a file brings none.
    expect(dialogButton('Convert').getAttribute('aria-disabled')).toBe('true')
  })

  test('what was made of it comes back with it', async () => {
    mounted = await page({}, [int8({ run: null, source: '/m/net.pb', compared: null })], [])
    expect(shownText()).toContain('net.pb, 1 variant')
    expect(cells('as opened')[1]).toBe('90.0 1.0×')
  })

  test('one that cannot be read says why', async () => {
    mounted = await page(
      {
        inspect: async () => {
          throw new FailureError({
            code: 'unreadable-file',
            message: 'The file ends too early.',
            remedy: 'Copy it again.',
          })
        },
      },
      [],
    )
    useOptimization().open('/m/cut.tflite')
    await flushPromises()
    expect(shownText()).toContain('The file ends too early.')
    expect(shownText()).toContain('The model could not be read')
  })
})

describe('a drop on the window', () => {
  const drop = async (name: string, path: string) => {
    window.edgewright = { pathForFile: () => path }
    const event = new Event('drop', { cancelable: true })
    Object.assign(event, { dataTransfer: { types: ['Files'], files: [new File(['x'], name)], items: [] } })
    window.dispatchEvent(event)
    await flushPromises()
  }
  const cover = (inspect: NonNullable<ReturnType<typeof answersOf>>['inspect']) =>
    mountPage(DropCover, flowOf([], { optimization: answersOf([], { inspect }) }))

  test('of a model opens it here', async () => {
    mounted = await cover(async ({ model }) => inspection({ model }))
    await drop('net.tflite', '/m/net.tflite')
    expect(useOptimization().model).toBe('/m/net.tflite')
    expect(mounted.router.currentRoute.value.path).toBe('/optimization')
  })
  test('of a folder opens it where it is a model, and imports it where it is none', async () => {
    let known = true
    mounted = await cover(async ({ model }) => {
      if (known) return inspection({ model })
      throw new FailureError({ code: 'unsupported', message: 'No format matches.', remedy: '' })
    })
    await drop('saved', '/m/saved')
    expect(useOptimization().model).toBe('/m/saved')
    known = false
    await drop('pictures', '/m/pictures')
    expect(useOptimization().model).toBe('/m/saved')
    expect(useOpenModel().open).toBe(false)
  })
  test('of a broken model says what is wrong in the dialog', async () => {
    mounted = await cover(async () => {
      throw new FailureError({ code: 'unreadable-file', message: 'It ends too early.', remedy: '' })
    })
    await drop('cut.h5', '/m/cut.h5')
    expect(useOpenModel().open).toBe(true)
    expect(useOpenModel().failure?.message).toBe('It ends too early.')
    expect(useOptimization().model).toBeNull()
  })
})

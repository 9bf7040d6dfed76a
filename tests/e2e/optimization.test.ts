import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildWindow } from '../../main/build.ts'
import { temporaryFolder } from '../contract/house.ts'
import {
  describeWith,
  findChromium,
  findElectron,
  launchElectron,
  openDisplay,
  quietFlags,
  root,
} from './runtime.ts'
import { bearingsCsv } from './table.ts'
import { inOneWalk, openWindow, type Window } from './window.ts'

const ROWS = 3000

describeWith(findChromium(), 'a model is made smaller, in the window', executablePath => {
  inOneWalk()
  let window: Window

  beforeAll(async () => {
    window = await openWindow(executablePath, 'Bearing lab')
    writeFileSync(join(window.folder, 'bearings.csv'), bearingsCsv(ROWS))
  })
  afterAll(() => window?.close())

  const region = (name: string | RegExp) => window.main.getByRole('region', { name })
  const table = () => window.main.getByRole('grid', { name: 'Variants' })
  const row = (name: RegExp) => table().getByRole('row', { name })
  const words = (text: string | null) => (text ?? '').replace(/\s+/g, ' ').trim()
  const graphFact = async () =>
    Number(/(\d[\d,]*) nodes/.exec(words(await region('Graph').textContent()))?.[1]?.replaceAll(',', ''))

  test('nothing is there yet; then a model is trained on how bearings wear', async () => {
    const { page, main, go, picture, importPath } = window
    await go('Optimization')
    await main.getByText('Nothing to optimize yet').waitFor()
    await picture('optimization-empty')
    await importPath(join(window.folder, 'bearings.csv'))
    await page.getByText('3,000 of bearings v1').waitFor()
    await go('Training')
    await main.getByRole('button', { name: 'Train', exact: true }).first().click()
    const dialog = page.getByRole('dialog', { name: 'New run' })
    await dialog.getByRole('combobox', { name: 'Label' }).click()
    await page.getByRole('option', { name: /^worn/ }).click()
    await dialog.getByRole('contentinfo').getByRole('button', { name: 'Train', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Run 1' }).waitFor()
    await main.getByText(/^Registered as .* v1/).waitFor()
  })

  test('it is opened with its graph; forms are made by one press and stand side by side', async () => {
    const { main, go, picture, settled } = window
    await go('Optimization')
    await region('Graph')
      .getByText(/\d+ nodes/)
      .first()
      .waitFor()
    await main.getByText('Parameters').waitFor()
    expect(await graphFact()).toBeGreaterThan(5)
    await picture('optimization-model')
    await main.getByRole('button', { name: 'GraphDef float32' }).click()
    await row(/^float32 GraphDef/).waitFor()
    await settled()
    expect(words(await row(/^float32 GraphDef/).textContent())).toContain('no limit')
  })

  test('converting to TFLite int8 writes a file, and its proof is shown', async () => {
    const { page, main, picture, settled } = window
    const out = join(window.folder, 'wear.tflite')
    await main.getByRole('button', { name: 'Convert', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Convert' })
    await dialog.getByRole('textbox', { name: 'Write to' }).fill(out)
    const command = dialog.getByRole('region', { name: 'The same as a command' })
    await expect
      .poll(() => command.textContent())
      .toContain(`edgewright optimization convert run-1 --quantize int8 --out ${out}`)
    await picture('optimization-convert')
    await dialog.getByRole('button', { name: 'Convert', exact: true }).click()
    await row(/^int8 TFLite/).waitFor()
    await settled()
    const file = readFileSync(out)
    expect(file.subarray(4, 8).toString()).toBe('TFL3')
    expect(words(await row(/^int8 TFLite/).textContent())).toContain((file.length / 1000).toFixed(1))
    const proof = region(/^TFLite int8/)
    await proof.getByText(/^LiteRT\.js /).waitFor()
    await proof
      .getByText(/the test split of run-1/)
      .first()
      .waitFor()
    await picture('optimization-int8')
  })

  test('the proof opens its classes, its rows and its layers', async () => {
    const { page, main, picture, go } = window
    const proof = region(/^TFLite int8/)
    await proof.getByRole('tab', { name: /^Classes/ }).click()
    const classes = proof.getByRole('table', { name: 'Right answers by class' })
    await classes.getByText('yes').first().waitFor()
    await classes.getByText('no').first().waitFor()
    await proof.getByRole('tab', { name: /^Noise by layer/ }).click()
    const layers = proof.getByRole('grid', { name: 'Noise by layer' })
    const noise = (await layers.locator('tbody tr td:nth-of-type(3)').allTextContents())
      .map(words)
      .filter(text => text !== 'exact')
      .map(text => Number(text.replace('−', '-')))
    expect(noise.length).toBeGreaterThan(2)
    expect(noise).toEqual([...noise].sort((a, b) => a - b))
    await layers.locator('tbody tr').first().click()
    await region('Graph').getByText('Signal to noise').waitFor()
    await picture('optimization-noise')

    const differ = Number(
      words(
        await row(/^int8 TFLite/)
          .locator('td:nth-of-type(5)')
          .textContent(),
      ),
    )
    await proof.getByRole('tab', { name: /^Rows/ }).click()
    if (differ === 0) await proof.getByText('Every row is answered as before').waitFor()
    else {
      const listed = proof.getByRole('grid', { name: 'Rows that are answered otherwise' })
      expect(await listed.locator('tbody tr').count()).toBe(differ)
      const label = words(await listed.locator('tbody tr').first().locator('td').nth(3).textContent())
      await picture('optimization-rows')
      await proof.getByRole('button', { name: /^Show \d+ rows?$/ }).click()
      await page.getByText(`${differ} of 3,000 rows`).waitFor()
      expect(words(await main.getByRole('grid').last().textContent())).toContain(label)
      await go('Optimization')
    }
  })

  test('a device times a variant, and its figure stands beside those from here', async () => {
    const { page, main, go, picture, settled } = window
    await go('Publishing')
    await main.getByRole('button', { name: 'Start a device here' }).first().click()
    const start = page.getByRole('dialog', { name: 'Start a device here' })
    await start.getByRole('textbox', { name: 'Name' }).fill('crane-02')
    await start.getByRole('button', { name: 'Start device' }).click()
    await start.waitFor({ state: 'detached' })
    await main.getByRole('region', { name: 'crane-02' }).waitFor()
    await go('Optimization')
    const head = table().getByRole('columnheader', { name: 'crane-02' })
    await row(/^int8 TFLite/).waitFor()
    expect(await head.count()).toBe(0)
    await main.getByRole('button', { name: 'TFLite int8, what to do' }).click()
    await page.getByRole('menuitem', { name: 'Measure on crane-02' }).click()
    await head.waitFor()
    await settled()
    const cell = row(/^int8 TFLite/).locator('td:nth-of-type(7)')
    expect(Number(words(await cell.textContent()))).toBeGreaterThan(0)
    await cell.locator('span').hover()
    await page
      .getByRole('tooltip')
      .getByText(/p95 .* ms, \d+ runs/)
      .waitFor()
    await page.mouse.move(0, 0)
    await picture('optimization-device')
  })

  test('the recommended passes run, and each says what it did', async () => {
    const { main, picture, settled } = window
    const passes = region('Passes')
    await main.getByRole('button', { name: 'Take the recommended ones', exact: true }).click()
    const list = passes.getByRole('list', { name: /^Passes/ })
    const chips = list.getByRole('listitem')
    const before = await chips.count()
    expect(before).toBeGreaterThan(5)
    await passes.getByRole('button', { name: 'Run', exact: true }).click()
    await passes.getByText(/applied, \d+ nodes/).waitFor()
    await settled()
    // freezing came first by itself
    expect(await chips.count()).toBe(before + 1)
    expect(await list.getByText('same outputs').count()).toBe(before + 1)
    const steps = (await chips.allInnerTexts()).map(text => /nodes\s*(\d+)\s*(\d+)/.exec(words(text)))
    const counts = steps.map(found => [Number(found?.[1]), Number(found?.[2])])
    for (let at = 1; at < counts.length; at++) expect(counts[at]?.[0]).toBe(counts[at - 1]?.[1])
    const nodes = Number(/applied, (\d+) nodes/.exec(words(await passes.textContent()))?.[1])
    expect(nodes).toBe(counts.at(-1)?.[1])
    await expect.poll(graphFact).toBe(nodes)
    await picture('optimization-passes')

    const first = chips.nth(1).getByRole('button').first()
    const name = await first.textContent()
    await first.focus()
    await window.page.keyboard.press('Alt+ArrowRight')
    await expect.poll(() => chips.nth(2).getByRole('button').first().textContent()).toBe(name)
    await passes.getByText('changed since they ran').waitFor()
    await passes.getByRole('button', { name: 'Undo' }).click()
    await passes.getByText(/applied, \d+ nodes/).waitFor()
    await chips.nth(before).getByRole('button').first().focus()
    await window.page.keyboard.press('Delete')
    expect(await chips.count()).toBe(before)
    await passes.getByRole('button', { name: 'Undo' }).click()
    expect(await chips.count()).toBe(before + 1)
  })

  test('the graph takes the whole page, and two are held side by side', async () => {
    const { page, main, picture } = window
    await region('Graph').getByRole('button', { name: 'Take the whole page' }).click()
    await picture('optimization-graph')
    await main.getByRole('button', { name: 'Compare two' }).click()
    const beside = region('Beside it')
    await expect.poll(() => beside.textContent()).toMatch(/changed|only here|the same as the other/)
    await picture('optimization-compare')
    await region('Graph')
      .getByRole('textbox', { name: 'Find a node' })
      .or(region('Graph').getByRole('searchbox'))
      .fill('dense')
    await region('Graph')
      .getByText(/\d+ matches/)
      .waitFor()
    await page.keyboard.press('Enter')
    await region('Graph').getByText('Operation').waitFor()
    await picture('optimization-found')
    await region('Graph').getByRole('button', { name: 'Back to the page' }).click()
    await table().waitFor()
  })

  test('a tolerance decides which variants may ship', async () => {
    const { page, picture } = window
    const gate = region('Tolerance gate')
    const limit = async (points: string) => {
      await gate.getByRole('button', { name: /^(Set|Edit) limits$/ }).click()
      const form = page.getByRole('dialog', { name: 'How much may be lost' })
      await form.getByRole('spinbutton', { name: 'Overall' }).fill(points)
      await form.getByRole('spinbutton', { name: 'Each class' }).fill(points)
      await form.getByRole('button', { name: 'Save limits' }).click()
      await form.waitFor({ state: 'detached' })
    }
    await limit('100')
    await expect.poll(() => row(/^int8 TFLite/).textContent()).toContain('Passes')
    await gate.getByText(/^It loses /).waitFor()
    await picture('optimization-tolerance')
    await limit('0')
    const losses = await gate.getByRole('row', { name: /int8/ }).locator('td').allTextContents()
    const lost = losses.slice(0, 2).some(text => Number.parseFloat(words(text).replace('−', '-')) > 0)
    await expect.poll(() => row(/^int8 TFLite/).textContent()).toMatch(lost ? /Fails/ : /Passes/)
    await picture('optimization-refused')
  })

  test('a file that was written is opened again by its path, with nothing of the run', async () => {
    const { page, main, picture, settled } = window
    await main.getByRole('button', { name: 'Open a model' }).click()
    const dialog = page.getByRole('dialog', { name: 'Open a model' })
    await dialog.getByRole('textbox', { name: 'From' }).fill(join(window.folder, 'bearings.csv'))
    await dialog.getByRole('button', { name: 'Open it' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByRole('textbox', { name: 'From' }).fill(join(window.folder, 'wear.tflite'))
    await dialog.getByRole('button', { name: 'Open it' }).click()
    await dialog.waitFor({ state: 'detached' })
    await main.getByText(/^TensorFlow Lite model, /).waitFor()
    await main.getByRole('button', { name: 'Inputs, outputs and operations' }).click()
    await main.getByText('FULLY_CONNECTED').or(main.getByText('MatMul')).first().waitFor()
    await settled()
    await picture('optimization-file')
  })

  test('a model that is dropped on any page opens here', async () => {
    const { page, main } = window
    await page.getByRole('navigation').getByRole('link', { name: /^Home/ }).click()
    const bytes = [...readFileSync(join(window.folder, 'wear.tflite'))]
    const files = await page.evaluateHandle(content => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([new Uint8Array(content)], 'dropped.tflite'))
      return transfer
    }, bytes)
    await page.dispatchEvent('body', 'drop', { dataTransfer: files })
    await page.getByRole('heading', { level: 1, name: 'Optimization' }).waitFor()
    await main
      .getByText(/dropped\.tflite/)
      .first()
      .waitFor()
    await main.getByText(/^TensorFlow Lite model, /).waitFor()
  })

  test('a graph of 8,400 nodes is drawn, opened whole, and moved without a long frame', async () => {
    const { page, main, picture } = window
    const blocks = Array.from({ length: 400 }, (_, block) =>
      Array.from({ length: 21 }, (_, at) => {
        const before =
          at > 0 ? `b${block}/s${(at - 1) % 3}/n${at - 1}` : block > 0 ? `b${block - 1}/s2/n20` : null
        const name = `b${block}/s${at % 3}/n${at}`
        return before
          ? `node { name: "${name}" op: "Relu" input: "${before}" attr { key: "T" value { type: DT_FLOAT } } }`
          : `node { name: "${name}" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: -1 } dim { size: 8 } } } } }`
      }).join('\n'),
    )
    writeFileSync(join(window.folder, 'big.pbtxt'), `${blocks.join('\n')}\n`)
    await main.getByRole('button', { name: 'Open a model' }).click()
    const dialog = page.getByRole('dialog', { name: 'Open a model' })
    await dialog.getByRole('textbox', { name: 'From' }).fill(join(window.folder, 'big.pbtxt'))
    await dialog.getByRole('button', { name: 'Open it' }).click()
    await dialog.waitFor({ state: 'detached' })
    const drawing = page.getByRole('application', { name: /^Graph, 8,400 nodes/ })
    await drawing.waitFor()
    await region('Graph').getByRole('button', { name: 'Take the whole page' }).click()
    await region('Graph').getByRole('button', { name: 'More for this graph' }).click()
    const begun = performance.now()
    await page.getByRole('menuitem', { name: 'Open all scopes' }).click()
    await region('Graph').getByText('Laying out 8,400 nodes').waitFor({ state: 'detached' })
    const took = performance.now() - begun
    await region('Graph').getByRole('button', { name: 'See all of it' }).click()
    await picture('optimization-8400')
    await drawing.focus()
    await page.keyboard.press('+')
    const longest = await page.evaluate(async () => {
      const place = document.querySelector('[role="application"]') as HTMLElement
      let [last, most] = [performance.now(), 0]
      for (let at = 0; at < 60; at++) {
        place.dispatchEvent(new WheelEvent('wheel', { deltaY: 40, bubbles: true, cancelable: true }))
        await new Promise(done => requestAnimationFrame(done))
        const now = performance.now()
        most = Math.max(most, now - last)
        last = now
      }
      return most
    })
    console.info(
      `8,400 nodes: laid out whole in ${took.toFixed(0)} ms, longest frame ${longest.toFixed(0)} ms`,
    )
    expect(took).toBeLessThan(20_000)
    expect(longest).toBeLessThan(500)
    await region('Graph').getByRole('button', { name: 'Back to the page' }).click()
  })

  test('nothing is in the way of a person, and no page complained', () => {
    expect(window.inTheWay).toEqual([])
    expect(window.complaints).toEqual([])
  })
})

/** Two nodes, as TensorFlow writes them as text. */
const PBTXT = `
node { name: "x" op: "Placeholder"
  attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: -1 } dim { size: 2 } } } } }
node { name: "block/y" op: "Relu" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
`

describeWith(findElectron(), 'a model file in Electron', path => {
  inOneWalk()
  const folder = temporaryFolder()
  const refused: string[] = []
  let display: Awaited<ReturnType<typeof openDisplay>>
  let app: ElectronApplication | undefined

  beforeAll(async () => {
    writeFileSync(join(folder.path, 'two.pbtxt'), PBTXT)
    await buildWindow()
    display = await openDisplay()
  })
  afterAll(async () => {
    await app?.close()
    display?.close()
    folder.remove()
  })

  test('is chosen by the system, and its graph is laid out by a worker that the policy lets in', async () => {
    app = await launchElectron(path, [root, ...quietFlags(), '--workspace', join(folder.path, 'Models')], {
      ...(process.env as Record<string, string>),
      ...(display.display ? { DISPLAY: display.display } : {}),
      EDGEWRIGHT_HOME: join(folder.path, 'home'),
      EDGEWRIGHT_ENGINE_NODE: process.execPath,
    })
    const page = await app.firstWindow()
    page.on('console', message => {
      if (/Content Security Policy/.test(message.text())) refused.push(message.text())
    })
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor({ timeout: 60_000 })
    await app.evaluate(
      ({ dialog }, chosen) => {
        dialog.showOpenDialog = (async () => ({
          canceled: false,
          filePaths: [chosen],
        })) as typeof dialog.showOpenDialog
      },
      join(folder.path, 'two.pbtxt'),
    )
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /^Optimization/ })
      .click()
    await page.getByRole('main').getByRole('button', { name: 'Open a model' }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Choose a file' }).click()
    await page.getByRole('application', { name: /^Graph, 2 nodes/ }).waitFor()
    expect(page.workers()).toHaveLength(1)
    expect(refused).toEqual([])
  })
})

import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildWindow } from '../../main/build.ts'
import type { Bridge } from '../../preload/bridge.ts'
import { temporaryFolder } from '../contract/house.ts'
import {
  describeWith,
  findElectron,
  launchElectron,
  openDisplay,
  pictures,
  quietFlags,
  root,
} from './runtime.ts'

declare const window: Window & { edgewright: Bridge }

/*
 * The window in a real Electron. Playwright drives it, as Spectron once did (retired in 2022 with Electron 17).
 */
describeWith(findElectron(), 'the workbench in Electron', path => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'Birds')
  const csv = join(folder.path, 'height of birds.csv')
  const refused: string[] = []
  let display: Awaited<ReturnType<typeof openDisplay>>
  let app: ElectronApplication
  let page: Page

  const words = () => [root, ...quietFlags(), '--workspace', workspace]
  const environment = () => ({
    ...(process.env as Record<string, string>),
    ...(display.display ? { DISPLAY: display.display } : {}),
    EDGEWRIGHT_HOME: join(folder.path, 'home'),
    EDGEWRIGHT_ENGINE_NODE: process.execPath,
  })

  /** A window is there as soon as its page has its heading. */
  async function open(): Promise<void> {
    app = await launchElectron(path, words(), environment())
    page = await app.firstWindow()
    page.on('console', message => {
      if (/Content Security Policy/.test(message.text())) refused.push(message.text())
    })
    await page.getByRole('heading', { level: 1, name: 'Birds' }).waitFor({ timeout: 60_000 })
  }

  /** The engine's process id, as the engine itself says it through the page's own line. */
  const enginePid = async (): Promise<number> => {
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    const text = await page.locator('main').textContent()
    const pid = text?.match(/Process\D*(\d+)/i)?.[1]
    if (!pid) throw new Error(`Settings does not name the engine's process:\n${text}`)
    return Number(pid)
  }

  /** What the person would choose in the system's own dialog, which no test can press. */
  const choose = (file: string) =>
    app.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = (async () => ({
        canceled: false,
        filePaths: [chosen],
      })) as typeof dialog.showOpenDialog
    }, file)

  beforeAll(async () => {
    writeFileSync(
      csv,
      `species,height,weight\n${Array.from({ length: 300 }, (_, i) => `${['crow', 'gull', 'owl'][i % 3]},${20 + (i % 40)},${(i * 7) % 90}`).join('\n')}\n`,
    )
    await buildWindow()
    display = await openDisplay()
    await open()
  })
  afterAll(async () => {
    await app?.close()
    display?.close()
    folder.remove()
  })

  test('opens on the workspace, in its own scheme', async () => {
    expect(page.url()).toMatch(/^app:\/\/edgewright\//)
    const [window] = await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map(one => ({
        title: one.getTitle(),
        visible: one.isVisible(),
        least: one.getMinimumSize(),
      })),
    )
    expect(window).toEqual({ title: 'Birds – Edgewright', visible: true, least: [1120, 700] })
  })

  test('the page has no Node and only the bridge', async () => {
    const seen = await page.evaluate(() => ({
      require: typeof (globalThis as Record<string, unknown>).require,
      process: typeof (globalThis as Record<string, unknown>).process,
      module: typeof (globalThis as Record<string, unknown>).module,
      bridge: Object.keys(window.edgewright).sort(),
    }))
    expect(seen).toEqual({
      require: 'undefined',
      process: 'undefined',
      module: 'undefined',
      bridge: [
        'chooseFile',
        'chooseFolder',
        'connect',
        'lendGpu',
        'onEngine',
        'onMenu',
        'openPath',
        'openWorkspace',
        'pathForFile',
        'platform',
      ],
    })
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>
      }
      const { sandbox, contextIsolation, nodeIntegration, webviewTag } = contents.getLastWebPreferences()
      return { sandbox, contextIsolation, nodeIntegration, webviewTag }
    })
    expect(preferences).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    })
  })

  test('its policy is strict, and nothing outside the page is served', async () => {
    const before = refused.length
    const seen = await page.evaluate(async () => {
      const status = (address: string) => fetch(address).then(answer => answer.status)
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.head.append(script)
      const ran = (globalThis as Record<string, unknown>).ran
      script.remove()
      return {
        policy: (await fetch('/')).headers.get('content-security-policy'),
        above: await status('/..%2f..%2fpackage.json'),
        dots: await status('/%2e%2e/%2e%2e/package.json'),
        gone: await status('/assets/gone.js'),
        ran,
        outside: await fetch('https://localhost:1/').then(
          () => 'answered',
          () => 'refused',
        ),
      }
    })
    expect(seen.policy).toContain("default-src 'none'; script-src 'self';")
    expect(seen).toMatchObject({ above: 404, dots: 404, gone: 404, ran: undefined, outside: 'refused' })
    // Those were asked for.
    refused.length = before
  })

  test('asks for nothing and is given nothing, but a copy to the clipboard', async () => {
    await page.bringToFront()
    const seen = await page.evaluate(async () => ({
      notify: await Notification.requestPermission(),
      read: await navigator.clipboard.readText().catch(error => (error as Error).name),
      copy: await navigator.clipboard.writeText('copied').then(
        () => 'copied',
        error => (error as Error).message,
      ),
      media: await navigator.mediaDevices.getUserMedia({ audio: true }).then(
        () => 'given',
        error => (error as Error).name,
      ),
    }))
    expect(seen.notify).toBe('denied')
    expect(seen.read).toBe('NotAllowedError')
    expect(seen.media).not.toBe('given')
    expect(['copied', 'Document is not focused.']).toContain(seen.copy)
  })

  test('opens no other window', async () => {
    expect(await page.evaluate(() => window.open('https://example.com'))).toBeNull()
    expect(await page.evaluate(() => window.open('app://edgewright/'))).toBeNull()
    expect(app.windows()).toHaveLength(1)
  })

  test('imports a file that the person chooses, and shows its rows', async () => {
    await choose(csv)
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByRole('button', { name: 'Import data' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Import data' })
    // A list opens with styles of its own, which the policy must know.
    await dialog.getByRole('combobox', { name: 'Format' }).click()
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Import', exact: true }).click()
    await dialog.waitFor({ state: 'hidden', timeout: 60_000 })
    await page.getByRole('link', { name: 'Data' }).first().click()
    await page.getByText('300 rows').first().waitFor()
    await page.getByRole('gridcell', { name: 'gull' }).first().waitFor()
    await page.screenshot({ path: join(pictures(), 'electron-data.png') })
  })

  test('shows the figures of the data and its verdict', async () => {
    await page.getByRole('link', { name: 'Statistics' }).click()
    await page.getByRole('heading', { level: 1, name: 'Statistics' }).waitFor()
    for (const feature of ['species', 'height', 'weight'])
      await page.locator('main').getByText(feature, { exact: true }).first().waitFor()
    await page.screenshot({ path: join(pictures(), 'electron-statistics.png') })
    await page.getByRole('link', { name: 'Validation' }).click()
    await page.getByRole('heading', { level: 1, name: 'Validation' }).waitFor()
    await page.locator('main').getByText('Ready to train: nothing differs from the schema').waitFor()
    await page.screenshot({ path: join(pictures(), 'electron-validation.png') })
    await page.getByRole('tab', { name: 'Schema' }).click()
    for (const feature of ['species', 'height', 'weight'])
      await page.locator('main').getByText(feature, { exact: true }).first().waitFor()
  })

  test('knows where a file lies that was dropped or picked', async () => {
    await page.evaluate(() => {
      const input = document.createElement('input')
      input.type = 'file'
      input.id = 'picked'
      document.body.append(input)
    })
    await page.setInputFiles('#picked', csv)
    const [picked, made] = await page.evaluate(() => {
      const input = document.querySelector('#picked') as HTMLInputElement
      const file = input.files?.[0] as File
      input.remove()
      return [window.edgewright.pathForFile(file), window.edgewright.pathForFile(new File(['x'], 'x.csv'))]
    })
    expect(picked).toBe(csv)
    expect(made).toBe('')
  })

  test('an engine that is killed comes back, the window says so, and nothing is lost', async () => {
    const pid = await enginePid()
    process.kill(pid, 'SIGKILL')
    await page.getByText('The engine does not answer', { exact: true }).waitFor({ timeout: 20_000 })
    await page.screenshot({ path: join(pictures(), 'electron-engine-lost.png') })
    await page
      .getByText('The engine does not answer', { exact: true })
      .waitFor({ state: 'hidden', timeout: 30_000 })
    await expect.poll(enginePid, { timeout: 20_000 }).not.toBe(pid)
    await page.getByRole('link', { name: 'Data' }).first().click()
    await page.getByText('300 rows').first().waitFor()
  })

  test('shipped nothing that its own policy refuses', () => {
    expect(refused).toEqual([])
  })

  test('a second start shows the window that is there and ends', async () => {
    const second = spawn(path, words(), { env: environment(), stdio: 'ignore' })
    expect(await new Promise(done => second.once('exit', done))).toBe(0)
    expect(app.windows()).toHaveLength(1)
  })

  test('is there again after it was closed, with its data and its size', async () => {
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setSize(1300, 820))
    await app.close()
    await open()
    const size = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getSize())
    expect(size).toEqual([1300, 820])
    await page.getByRole('link', { name: 'Data' }).first().click()
    await page.getByText('300 rows').first().waitFor()
  })

  test('cannot be led away from its page', async () => {
    // Last, because the driver goes on waiting for a page that never comes.
    await page.evaluate(() => {
      location.href = 'https://example.com/'
    })
    await new Promise(done => setTimeout(done, 500))
    const addresses = await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map(one => one.webContents.getURL()),
    )
    expect(addresses).toEqual([expect.stringMatching(/^app:\/\/edgewright\//)])
  })
})

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildWindow } from '../../main/build.ts'
import type { Bridge } from '../../preload/bridge.ts'
import { temporaryFolder } from '../contract/house.ts'
import { describeWith, findElectron, launchElectron, openDisplay, quietFlags, root } from './runtime.ts'

declare const window: Window & { edgewright: Bridge }

describeWith(findElectron(), 'the window that lends the GPU in Electron', path => {
  test('is made on request, unseen and once, reaches the engine, and goes with the window that is seen', async () => {
    const folder = temporaryFolder()
    const display = await openDisplay()
    await buildWindow()
    const app = await launchElectron(
      path,
      [root, ...quietFlags(), '--workspace', join(folder.path, 'Birds')],
      {
        ...(process.env as Record<string, string>),
        ...(display.display ? { DISPLAY: display.display } : {}),
        EDGEWRIGHT_HOME: join(folder.path, 'home'),
        EDGEWRIGHT_ENGINE_NODE: process.execPath,
      },
    )
    try {
      const page = await app.firstWindow()
      await page.getByRole('heading', { level: 1, name: 'Birds' }).waitFor({ timeout: 60_000 })
      const made = app.waitForEvent('window')
      await page.evaluate(() => window.edgewright.lendGpu())
      await page.evaluate(() => window.edgewright.lendGpu())
      const hidden = await made
      expect(hidden.url()).toBe('app://edgewright/gpu.html')
      expect(app.windows()).toHaveLength(2)
      expect(
        await app.evaluate(({ BrowserWindow }) =>
          BrowserWindow.getAllWindows().filter(one => one.isVisible()),
        ),
      ).toHaveLength(1)
      // The shell hands it a line to the engine as it does to the page that is seen.
      await hidden.waitForLoadState()
      expect(await hidden.evaluate(() => window.edgewright.connect().then(() => 'connected'))).toBe(
        'connected',
      )
      const ended = app.waitForEvent('close')
      await page.close()
      await ended
    } finally {
      await app.close().catch(() => {})
      display.close()
      folder.remove()
    }
  })
})

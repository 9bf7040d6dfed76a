import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { temporaryFolder } from '../contract/house.ts'
import { findChromium } from '../e2e/runtime.ts'
import { printed, terminal } from '../e2e/terminal.ts'
import { type Figure, figure } from './measure.ts'

const RUNS = 5

/** From the start of the program to a window that can be used, in a fresh browser each time. */
export async function windowStart(): Promise<Figure[]> {
  const found = findChromium()
  if (!found.path) throw new Error(found.why)
  const answers: number[] = []
  const paints: number[] = []
  const interactive: number[] = []
  const folder = temporaryFolder()
  try {
    for (let run = 0; run < RUNS; run++) {
      const { start } = terminal(join(folder.path, 'home'), folder.path)
      const began = performance.now()
      const server = start('serve', '--port', '0', '--workspace', join(folder.path, 'workspace'))
      const [address] = await printed(server, /http:\/\/\S+token=\S+/)
      answers.push((performance.now() - began) / 1000)
      const browser = await chromium.launch({
        executablePath: found.path,
        args: ['--no-sandbox', '--disable-gpu'],
      })
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
      const opened = performance.now()
      await page.goto(address as string)
      await page.getByRole('heading', { level: 1 }).waitFor()
      // The page is of use when what the engine knows stands in it, not when its frame does.
      await page
        .getByRole('button', { name: /try the sample/i })
        .first()
        .waitFor()
      interactive.push((performance.now() - opened) / 1000)
      paints.push(
        await page.evaluate(
          () => (performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0) / 1000,
        ),
      )
      await browser.close()
      const gone = new Promise(done => server.once('exit', done))
      server.kill('SIGTERM')
      await gone
    }
  } finally {
    folder.remove()
  }
  return [
    figure('start to an engine that answers', 's', answers),
    figure('address to first paint', 's', paints),
    figure('address to interactive', 's', interactive, 2),
  ]
}

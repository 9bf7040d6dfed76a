import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine, Job, Run } from '#contract'
import { buildWindow, windowIsFresh } from '../../main/build.ts'
import { type Served, serveWorkbench } from '../../main/shell/serve.ts'
import { connectLocally } from '../../main/transport/index.ts'
import { temporaryFolder } from '../contract/house.ts'
import { FLOWERS, flowers } from '../engine/training/table.ts'
import { SOFTWARE_GPU } from '../engine/training/webgpu/page.ts'
import { describeWith, findChromium } from './runtime.ts'

const PLAN = { dataset: 'flowers', label: 'kind', layers: [12], batch: 64, patience: 0, learningRate: 0.02 }

describeWith(findChromium(), "training on this computer's GPU by the window", path => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'Flowers')
  let served: Served
  let engine: Engine
  let leave: () => Promise<void>
  let browser: Browser
  let page: Page

  const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
  const gpu = async () =>
    (await engine.training.choices({})).targets.find(({ name }) => name === 'webgpu') as {
      ready: boolean
      why: string
    }
  async function ended(job: Job): Promise<Job> {
    for (;;) {
      const now = await engine.jobs.show({ id: job.id })
      if (!['queued', 'running'].includes(now.status.state)) return now
      await later(100)
    }
  }
  async function runOf(job: Job): Promise<Run> {
    const { status } = await ended(job)
    if (status.state !== 'succeeded') throw new Error(JSON.stringify(status))
    return status.result as Run
  }
  const open = async (args: string[]) => {
    browser = await chromium.launch({ executablePath: path, args })
    page = await browser.newPage()
    await page.goto(served.address())
    await page.getByRole('main').waitFor()
  }
  const offered = async () => {
    while (!(await gpu()).ready) await later(100)
  }

  beforeAll(async () => {
    process.env.EDGEWRIGHT_HOME = join(folder.path, 'home')
    if (!windowIsFresh()) await buildWindow()
    served = await serveWorkbench({ workspace })
    const here = await connectLocally(workspace)
    if (!here) throw new Error('the engine does not listen')
    engine = here.engine
    leave = here.close
    const file = join(folder.path, 'flowers.csv')
    const lines = [FLOWERS.map(({ name }) => name), ...flowers(500)].map(row => row.join(','))
    writeFileSync(file, `${lines.join('\n')}\n`)
    const { status } = await ended(await engine.dataset.import({ file, name: 'flowers' }))
    expect(status).toMatchObject({ state: 'succeeded' })
  })
  afterAll(async () => {
    await browser?.close()
    await leave?.()
    await served?.close()
    delete process.env.EDGEWRIGHT_HOME
    folder.remove()
  })

  test('is not offered where no adapter answers, and says so', async () => {
    await open(['--no-sandbox', '--disable-gpu'])
    await later(1500)
    expect(await gpu()).toMatchObject({ ready: false, why: expect.stringMatching(/^No window lends a GPU/) })
    const { status } = await ended(await engine.training.start({ ...PLAN, target: 'webgpu' }))
    expect(status).toMatchObject({
      state: 'failed',
      failure: { code: 'unsupported', message: expect.stringContaining("This computer's GPU cannot train") },
    })
    await browser.close()
  })

  test('teaches there what is learned in a process of this computer', async () => {
    await open(SOFTWARE_GPU)
    await offered()
    expect((await gpu()).why).toContain('swiftshader')
    const plan = { ...PLAN, epochs: 4 }
    const run = await runOf(await engine.training.start({ ...plan, target: 'webgpu' }))
    const local = await runOf(await engine.training.start({ ...plan, target: 'local', backend: 'wasm' }))
    expect(run.backend).toMatch(/^webgpu: .*swiftshader/)
    expect(run.parameters).toBe(local.parameters)
    expect(run.artifact).not.toBeNull()
    expect(run.epochs).toHaveLength(4)
    expectNear(run, local)
  })

  test('is stopped by a person, with its checkpoint, and goes on', async () => {
    const job = await engine.training.start({ ...PLAN, target: 'webgpu', epochs: 5000 })
    const id = await taught(2)
    await engine.jobs.cancel({ id: job.id })
    expect((await ended(job)).status.state).toBe('cancelled')
    const run = await engine.training.show({ run: id })
    expect(run).toMatchObject({ state: 'cancelled' })
    expect(run.epochs.length).toBeGreaterThanOrEqual(2)
    // The GPU is free again.
    expect((await runOf(await engine.training.start({ ...PLAN, target: 'webgpu', epochs: 1 }))).state).toBe(
      'succeeded',
    )
  })

  test('of which the window is closed is interrupted, and goes on elsewhere with the same figures', async () => {
    const plan = { ...PLAN, epochs: 40, seed: 5 }
    const job = await engine.training.start({ ...plan, target: 'webgpu' })
    const id = await taught(2)
    await page.close()
    expect((await ended(job)).status).toMatchObject({ state: 'failed', failure: { code: 'interrupted' } })
    const broken = await engine.training.show({ run: id })
    expect(broken).toMatchObject({ state: 'interrupted', failure: { code: 'interrupted' } })
    const before = broken.epochs.length
    expect(before).toBeLessThan(40)
    expect((await gpu()).ready).toBe(false)

    const run = await runOf(await engine.training.resume({ run: id, target: 'local' }))
    expect(run).toMatchObject({ id, state: 'succeeded', epochs: { length: 40 }, plan: { target: 'local' } })
    expect(run.epochs.slice(0, before)).toEqual(broken.epochs)
    expectNear(run, await runOf(await engine.training.start({ ...plan, target: 'local' })))
  })

  /** The newest run, once it has learned for some epochs. */
  async function taught(epochs: number): Promise<Run['id']> {
    for (;;) {
      const [run] = (await engine.training.list({ limit: 1 })).runs
      if (run?.state === 'running' && run.epochs.length >= epochs) return run.id
      await later(50)
    }
  }

  function expectNear(found: Run, wanted: Run): void {
    found.epochs.forEach(({ loss, evalLoss }, i) => {
      expect(Math.abs(loss - (wanted.epochs[i]?.loss as number))).toBeLessThan(0.01)
      expect(Math.abs((evalLoss as number) - (wanted.epochs[i]?.evalLoss as number))).toBeLessThan(0.01)
    })
  }
})

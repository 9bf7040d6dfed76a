import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine, Job, Run } from '#contract'
import { openEventWriter, spread } from '../../main/engine/training/events/index.ts'
import { connectLocally } from '../../main/transport/index.ts'
import { FLOWERS, flowers } from '../engine/training/table.ts'
import { describeWith, findChromium } from './runtime.ts'
import { inOneWalk, openWindow, type Window } from './window.ts'

const PLAN = { dataset: 'flowers', label: 'kind', layers: [12], epochs: 4, batch: 32, learningRate: 0.02 }

/** Event files as a program leaves them that records how its weights were spread. */
async function writeEvents(folder: string): Promise<void> {
  const writer = await openEventWriter(folder, 1_700_000_000)
  for (let step = 1; step <= 40; step++) {
    const at = 1_700_000_000 + step
    writer.scalar('loss', step, at, 2 / step)
    for (const [key, wide] of [
      ['dense/kernel', 1],
      ['dense/bias', 0.2],
    ] as const) {
      const values = Array.from({ length: 500 }, (_, i) => Math.tan((i / 500 - 0.5) * 2.6) * wide + step / 40)
      writer.histogram(key, step, at, spread(values.map(value => value * (1 + step / 60))))
    }
  }
  await writer.close()
}

describeWith(findChromium(), 'training and targets, in the window', executablePath => {
  inOneWalk()
  let window: Window
  let engine: Engine
  let leave: () => Promise<void>

  async function resultOf<T>(begun: Promise<Job>): Promise<T> {
    const { id } = await begun
    for await (const { status } of await engine.jobs.watch({ id })) {
      if (status.state === 'succeeded') return status.result as T
      if (status.state === 'failed') throw new Error(JSON.stringify(status.failure))
    }
    throw new Error(`${id} did not end`)
  }

  beforeAll(async () => {
    window = await openWindow(executablePath, 'Garden')
    const here = await connectLocally(join(window.folder, 'Garden'))
    if (!here) throw new Error('the engine does not listen')
    engine = here.engine
    leave = here.close
    const rows = [FLOWERS.map(({ name }) => name), ...flowers(300)]
    const file = join(window.folder, 'flowers.csv')
    writeFileSync(file, rows.map(row => row.join(',')).join('\n'))
    await resultOf(engine.dataset.import({ file, name: 'flowers' }))
    await resultOf<Run>(engine.training.start(PLAN))
    await resultOf<Run>(engine.training.start({ ...PLAN, learningRate: 0.005 }))
    await writeEvents(join(window.folder, 'logs'))
  })
  afterAll(async () => {
    await leave?.()
    await window?.close()
  })

  test('a search is asked what its trials are judged by', async () => {
    const { page, main, picture } = window
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /^Training/ })
      .click()
    await page.getByRole('heading', { level: 1, name: 'Run 2' }).waitFor()
    await main.getByRole('button', { name: 'New run' }).click()
    const form = page.getByRole('dialog', { name: 'New run' })
    await form.getByRole('switch', { name: 'Search' }).click()
    await form.getByText('Judged by').scrollIntoViewIfNeeded()
    await picture('training-search')
    await form.getByRole('radio', { name: 'Halving' }).click()
    await form.getByLabel('Trials').fill('3')
    await form.getByLabel('None before epoch').fill('2')
    await picture('training-halving')
    await form.getByRole('contentinfo').getByRole('button', { name: 'Search', exact: true }).click()
    await form.waitFor({ state: 'detached' })
    await window.settled()
    const { searches } = await engine.training.searches({})
    expect(searches).toMatchObject([{ kind: 'halving', trials: 3, state: 'succeeded', objective: 'loss' }])
  })

  test('histograms of event files are drawn over their steps and at one of them', async () => {
    const { page, main, picture } = window
    const { runs } = await resultOf<{ runs: Run[] }>(
      engine.training.import({ path: join(window.folder, 'logs'), name: 'elsewhere' }),
    )
    await main.getByRole('button', { name: /of flowers/ }).click()
    await page.getByText('All runs of this workspace').click()
    await main.getByRole('row').filter({ hasText: 'elsewhere' }).first().click()
    await page.getByRole('heading', { level: 1, name: `Run ${(runs[0] as Run).id.slice(4)}` }).waitFor()
    await main.getByRole('radio', { name: 'Weights' }).click()
    await main.getByText('Median', { exact: true }).first().waitFor()
    await picture('training-histograms')
    await main.getByRole('radio', { name: 'At a step' }).click()
    await main.getByText('step 40').waitFor()
    await picture('training-histogram')
  })

  test('a target that is not there says so on its page, and a queue tells its jobs apart', async () => {
    const { page, main, picture } = window
    await page
      .getByRole('link', { name: /^Targets/ })
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: 'Targets' }).waitFor()
    await picture('targets')
    await main.getByRole('button', { name: /^Add/ }).first().click()
    const form = page.getByRole('dialog')
    await form.getByRole('textbox', { name: 'Name' }).fill('box')
    await form.getByRole('textbox', { name: 'Address' }).fill(`unix://${window.folder}/none.sock`)
    await picture('targets-add')
    await form.getByRole('button', { name: 'Add the target' }).last().click()
    await form.waitFor({ state: 'detached' })
    await main.getByText('box').first().click()
    for (const learningRate of [0.01, 0.03])
      await engine.training.start({ ...PLAN, target: 'box', learningRate })
    await picture('targets-queue')
  })

  test('nothing is in the way of a person, and no page complained', () => {
    expect(window.inTheWay).toEqual([])
    expect(window.complaints).toEqual([])
  })
})

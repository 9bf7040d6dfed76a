import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Device, DeviceModel, Engine, Job, Release, Run } from '#contract'
import { connectLocally } from '../../main/transport/index.ts'
import { FLOWERS, flowers } from '../engine/training/table.ts'
import { reportingBoxes, told } from './reports.ts'
import { describeWith, findChromium } from './runtime.ts'
import { openWindow, WITHIN, type Window } from './window.ts'

const PLAN = { dataset: 'flowers', label: 'kind', layers: [12], epochs: 4, batch: 32, learningRate: 0.02 }
const SITE = 'plant-north'
const DAY = 86_400_000
const ago = (millis: number) => new Date(Date.now() - millis).toISOString()

describeWith(findChromium(), 'publishing, in the window', executablePath => {
  let window: Window
  let engine: Engine
  let model: string
  let leave: () => Promise<void>
  let fleet: Awaited<ReturnType<typeof reportingBoxes>>

  async function resultOf<T>(begun: Promise<Job>): Promise<T> {
    const { id } = await begun
    for await (const { status } of await engine.jobs.watch({ id })) {
      if (status.state === 'succeeded') return status.result as T
      if (status.state === 'failed') throw new Error(JSON.stringify(status.failure))
    }
    throw new Error(`${id} did not end`)
  }
  const part = (name: string) => window.main.getByRole('tab', { name: new RegExp(`^${name}`) }).click()
  const real = async (): Promise<Device> => {
    const { devices } = await engine.publishing.deviceList({ site: SITE as never })
    return devices.find(each => each.name === 'bench') as Device
  }
  const serves = (version: number) =>
    expect
      .poll(async () => (await real())?.models.find(each => each.model === model)?.reports, {
        timeout: WITHIN,
      })
      .toBe(version)

  /** Boxes as a plant has them: healthy, behind, failed, silent for weeks. */
  function boxes() {
    const of = (changes: Partial<DeviceModel>) => [told({ model: model as never, ...changes })]
    const line = (event: string, detail: string, millis: number) => ({ at: ago(millis), event, detail })
    const traffic = (fetched: number, patched: number) => ({ fetched, patched, free: 19_200_000_000 })
    const well = (n: number) => ({
      name: `pi-line-${n}`,
      address: `http://10.0.4.${n}:8501`,
      models: of({
        ...{ predictions: 5702 - n * 131, p50: 84.2 - n, switchedAt: ago(9 * DAY) },
        versions: [
          {
            ...{ version: 1, variant: 'float32' as const, manifest: 'a'.repeat(64), bytes: 19_400 },
            ...{ role: 'primary' as const, since: ago(9 * DAY), predictions: 5702 - n * 131, errors: 0 },
            ...{ crashes: 0, p50: 84.2 - n, p95: 97.5 - n, lowConfidence: 40 + n * 9, failure: null },
          },
        ],
      }),
      traffic: traffic(38_800, 0),
      waiting: { records: 12, bytes: 4100 * n },
      audit: { seq: 210 + n, hash: 'b'.repeat(64) as never },
      timeline: [
        line('Fetched', `${model} v1, 19.4 kB`, 9 * DAY + 3000),
        line('Switched', `${model} v1 as published`, 9 * DAY),
        line('Proved itself', `${model} v1`, 9 * DAY - 60_000),
      ],
    })
    return [
      ...[1, 2, 3, 4, 5].map(well),
      { ...well(6), name: 'jetson-end-1', traffic: traffic(31_000, 12_200) },
      {
        ...well(7),
        name: 'pi-pack-1',
        models: of({
          reports: null,
          state: 'refused',
          failure: {
            code: 'does-not-fit',
            message: `${model} v1 needs 512.0 MB of memory, and 256.0 MB are allowed by the profile "small".`,
            remedy: 'Publish a smaller form, or raise the limit in the profile.',
          },
        }),
      },
      { ...well(8), name: 'gate-cam-1', models: of({ reports: null, state: 'fetching' }) },
      { ...well(9), name: 'crane-01', address: null, at: ago(9 * DAY), silent: true },
      { ...well(10), name: 'mine-cab-7', address: null, at: ago(23 * DAY), silent: true },
      { ...well(11), name: 'pi-line-6', models: [] },
    ]
  }

  beforeAll(async () => {
    window = await openWindow(executablePath, 'Bolt inspector')
    window.page.setDefaultTimeout(20_000)
    const workspace = join(window.folder, 'Bolt inspector')
    const here = await connectLocally(workspace)
    if (!here) throw new Error('the engine does not listen')
    engine = here.engine
    leave = here.close
    const rows = [FLOWERS.map(({ name }) => name), ...flowers(300)]
    const file = join(window.folder, 'flowers.csv')
    writeFileSync(file, rows.map(row => row.join(',')).join('\n'))
    await resultOf(engine.dataset.import({ file, name: 'flowers' as never }))
    const run = await resultOf<Run>(engine.training.start(PLAN))
    await resultOf<Run>(engine.training.start({ ...PLAN, learningRate: 0.03, epochs: 6 }))
    model = run.model
  }, 2 * WITHIN)
  afterAll(async () => {
    fleet?.stop()
    await leave?.()
    await window?.close()
  })

  test('each part begins with one sentence and one button, and a site is made in two fields', async () => {
    const { page, main, go, picture } = window
    await go('Publishing')
    await main.getByText('No device yet').waitFor()
    await picture('publishing-first-fleet')
    await part('Rollouts')
    await main.getByText('Nothing is published yet').first().waitFor()
    await part('Site')
    await main.getByText('No site yet').waitFor()
    await main.getByRole('button', { name: 'Make a site' }).click()
    const form = page.getByRole('dialog', { name: 'Make a site' })
    await form.getByRole('textbox', { name: 'Name' }).fill(SITE)
    await form.getByRole('button', { name: 'Make the site' }).click()
    await form.waitFor({ state: 'detached' })
    await main.getByText(`Settings of ${SITE}`).waitFor()
  })

  test('a version is published with a preview of who gets what', async () => {
    const { page, main, settled } = window
    await engine.publishing.startAgent({ name: 'bench' as never, site: SITE as never })
    await main.getByRole('button', { name: 'Publish a version' }).first().click()
    const form = page.getByRole('dialog', { name: 'Publish a version' })
    await form.getByRole('combobox', { name: 'Version' }).click()
    await page.getByRole('option', { name: /^v1/ }).click()
    await form.getByText(/This update travels/).waitFor()
    await form.getByRole('button', { name: 'Publish v1' }).click()
    await form.waitFor({ state: 'detached', timeout: WITHIN })
    await settled()
    await serves(1)
  })

  test('devices wait with their code, and one click lets them in', async () => {
    const { main, picture } = window
    const { repository } = await real()
    fleet = await reportingBoxes(repository, SITE, boxes())
    await part('Fleet')
    const [first] = fleet.boxes
    await main
      .getByText(first?.code as string)
      .first()
      .waitFor()
    await main
      .getByRole('row')
      .filter({ hasText: 'pi-line-1' })
      .getByRole('button', { name: 'The codes match' })
      .click()
    await expect
      .poll(async () => (await engine.publishing.deviceShow({ id: 'pi-line-1' })).enrolled, {
        timeout: WITHIN,
      })
      .toBe(true)
    await engine.publishing.deviceGroup({ id: 'pi-line-1', group: ['line 3'] })
    for (const { report, code } of fleet.boxes.slice(1))
      if (report.name !== 'pi-line-6')
        await engine.publishing.deviceApprove({
          code,
          site: SITE as never,
          group: /crane|mine/.test(report.name) ? ['yard'] : ['line 3'],
        })
    // Above, where devices wait, it stands until its approval is told.
    const known = main.getByRole('grid', { name: 'Devices', exact: true })
    await known.getByRole('row').filter({ hasText: 'crane-01' }).waitFor({ timeout: WITHIN })
    await picture('publishing-fleet')
    await main.getByRole('button', { name: /Not heard of/ }).click()
    await main.getByRole('row').filter({ hasText: 'mine-cab-7' }).waitFor()
    expect(await main.getByRole('row').filter({ hasText: 'pi-line-1' }).count()).toBe(0)
    await main.getByRole('button', { name: /Not heard of/ }).click()
  })

  test('a part of the devices begins, the others wait; the preview says it in bytes', async () => {
    const { page, main, picture, settled } = window
    const runs = await engine.training.list({})
    const second = runs.runs.find(run => run.plan.epochs === 6) as Run
    await resultOf(engine.optimization.convert({ model: second.id, to: 'graphdef' }))
    await engine.publishing.deviceGroup({ id: 'bench', group: ['bench'] })
    await main.getByRole('button', { name: 'Publish a version' }).first().click()
    const form = page.getByRole('dialog', { name: 'Publish a version' })
    await form.getByRole('combobox', { name: 'Version' }).click()
    await page.getByRole('option', { name: /^v2/ }).click()
    await form.getByRole('switch', { name: 'Begin with a part' }).click()
    await form.getByText(/It begins with 20%/).waitFor()
    await form.getByText(/This update travels as .+ instead of .+, to 3 of 12 devices/).waitFor()
    await picture('publishing-dialog')
    await form.getByRole('button', { name: 'Publish v2' }).click()
    await form.waitFor({ state: 'detached', timeout: WITHIN })
    await settled()
    await part('Rollouts')
    await main.getByText(/The figures say/).waitFor()
    await picture('publishing-rollout')
    await main.getByRole('button', { name: 'Promote v2' }).click()
    const ask = page.getByRole('dialog', { name: /Give v2/ })
    await picture('publishing-promote')
    await ask.getByRole('button', { name: 'Promote v2' }).click()
    await ask.waitFor({ state: 'detached' })
    await serves(2)
  })

  test('one device: its story, and a click between Junior and Senior', async () => {
    const { main, picture } = window
    await part('Fleet')
    await main.getByRole('row').filter({ hasText: 'bench' }).getByRole('button', { name: 'Open' }).click()
    // the window hears of devices once a second
    const isOn = (name: string) =>
      expect
        .poll(() => main.getByRole('radio', { name }).getAttribute('aria-checked'), { timeout: WITHIN })
        .toBe('true')
    await isOn('Junior, v2')
    await main.getByRole('radio', { name: 'Senior, v1' }).click()
    await serves(1)
    await isOn('Senior, v1')
    await main.getByRole('radio', { name: 'Junior, v2' }).click()
    await serves(2)
    await isOn('Junior, v2')
    const rows = flowers(40).map(row =>
      Object.fromEntries(
        FLOWERS.map(({ name }, at) => [name, row[at]] as const).filter(([name]) => name !== 'kind'),
      ),
    )
    for (let at = 0; at < rows.length; at += 4)
      await engine.publishing.predict({
        id: 'bench',
        model: model as never,
        instances: rows.slice(at, at + 4),
      })
    await expect
      .poll(async () => (await real()).models.find(each => each.model === model)?.predictions, {
        timeout: WITHIN,
      })
      .toBeGreaterThanOrEqual(40)
    await picture('publishing-device')
    await main.getByLabel('On', { exact: true }).fill(new Date().toISOString().slice(0, 10))
    await main.getByRole('button', { name: 'Ask the log' }).click()
    await main.locator('[data-decision], [role="alert"]').first().waitFor()
    await main.getByText('Which model decided?').scrollIntoViewIfNeeded()
    await picture('publishing-decided')
  })

  test('a stick is made, and one is read back', async () => {
    const { main, picture, settled } = window
    await part('Sticks')
    await main.getByRole('button', { name: 'Make the stick' }).click()
    await settled()
    await main
      .getByText(/SITE-plant-north-.*\.edgepack/)
      .first()
      .waitFor()
    await main.getByLabel('Stick or file').fill(join(window.folder, 'Bolt inspector', 'repository', 'return'))
    await main.getByRole('button', { name: 'Read it back' }).click()
    await settled()
    await picture('publishing-sticks')
  })

  test('keys say where they are and until when they count; the drill tells its story', async () => {
    const { page, main, picture } = window
    await part('Keys')
    await main.getByText(/root keys lie on this computer/).waitFor()
    await main.getByRole('button', { name: 'Rehearse it' }).click()
    await main.locator('[data-drill]').waitFor({ timeout: WITHIN })
    await main.getByText('Root keys', { exact: true }).scrollIntoViewIfNeeded()
    await picture('publishing-keys')
    await main.getByRole('button', { name: 'Move “backup” away' }).click()
    const form = page.getByRole('dialog')
    const file = join(window.folder, 'backup.key.age')
    await form.getByLabel('File').fill(file)
    await form.getByLabel('Passphrase').fill('correct horse battery')
    await form.getByLabel('Once more').fill('correct horse battery')
    await picture('publishing-export')
    await form.getByRole('button', { name: 'Move it away' }).click()
    await form.waitFor({ state: 'detached' })
    const { keys } = await engine.publishing.keysList({})
    expect(keys.find(key => key.name === 'backup')).toMatchObject({ where: 'away', here: false })
  })

  test('a site is set up, and a version is called back', async () => {
    const { page, main, picture } = window
    await part('Site')
    await main.getByLabel('Hours').fill('22:00-06:00')
    await main.getByText('Not saved yet').waitFor()
    await picture('publishing-site')
    await main.getByRole('button', { name: 'Save settings' }).click()
    await expect
      .poll(async () => (await engine.publishing.site({ site: SITE as never })).bandwidth.windows)
      .toEqual([{ from: '22:00', to: '06:00' }])
    await main.getByRole('row').filter({ hasText: 'v1' }).getByRole('button', { name: 'Call back' }).click()
    const ask = page.getByRole('dialog', { name: /Call v1/ })
    await ask.getByRole('button', { name: 'Call v1 back' }).click()
    await ask.waitFor({ state: 'detached' })
    await main.getByText(/Called back of/).waitFor()
    await part('Releases')
    await picture('publishing-releases')
    const { releases } = await engine.publishing.releases({})
    expect(releases.map((each: Release) => each.version).sort()).toEqual([1, 2])
  })

  test('nothing is in the way of a person, and no page complained', () => {
    expect(window.inTheWay).toEqual([])
    expect(window.complaints).toEqual([])
  })
})

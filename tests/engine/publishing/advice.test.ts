import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { DatasetVersion, Release, Run } from '#contract'
import { startAgent } from '../../../main/agent/index.ts'
import { TOKEN_FILE } from '../../../main/engine/release/index.ts'
import { folder, until } from '../../agent/tinyModel.ts'
import { openEngine } from '../engine.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const MODEL = 'bolts'
const truth = (weight: number) => (weight < 7 ? 'ok' : 'bad')
const weightAt = (i: number) => (i % 2 ? 5 : 9) + (i % 7) / 10 + i / 1e6

/** A shop with two trainings of one model: the first learned the classes the wrong way round, the second is right. */
async function shop() {
  const here = await openEngine()
  endings.push(here.close)
  const { engine, work } = here
  for (const [dataset, of] of [
    ['turned', (weight: number) => (truth(weight) === 'ok' ? 'bad' : 'ok')],
    ['right', truth],
  ] as const) {
    const file = join(folder(), `${dataset}.csv`)
    const rows = Array.from({ length: 400 }, (_, i) => `${weightAt(i)},${of(weightAt(i))}`)
    writeFileSync(file, `weight,kind\n${rows.join('\n')}\n`)
    await work<DatasetVersion>(engine.dataset.import({ file, name: dataset }))
    await work<Run>(
      engine.training.start({
        ...{ dataset, label: 'kind', name: MODEL, epochs: 8, layers: [8], backend: 'cpu' },
      }),
    )
  }
  await engine.publishing.init({ site: 'hall' })
  await engine.publishing.site({ site: 'hall', lowConfidence: 0 })
  await work<Release>(engine.publishing.publish({ model: `${MODEL}@1`, site: 'hall', variant: ['float32'] }))
  const state = folder('edgewright-device-')
  const agent = await startAgent({
    repository: join(here.workspace, 'repository'),
    state,
    ...{ port: 0, pollSeconds: 0.1, name: 'box', site: 'hall' },
  })
  endings.push(agent.close)
  await until(
    () => engine.publishing.deviceList({}),
    ({ devices }) => devices.length > 0,
  )
  await engine.publishing.deviceApprove({ code: agent.code, site: 'hall' })

  const standing = async () => (await engine.publishing.deviceShow({ id: 'box' })).models[0]
  const ask = async (count: number) => {
    const instances = Array.from({ length: count }, (_, i) => ({ weight: weightAt(i) }))
    const answer = await fetch(`${agent.address}/v1/models/${MODEL}:predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instances }),
    })
    expect(answer.status).toBe(200)
    return ((await answer.json()) as { predictions: { class: string }[] }).predictions
  }
  const advice = async () => (await engine.publishing.rollout({ model: MODEL })).advice
  /** Brings home what the box kept, and labels it as it is. */
  const label = async () => {
    const stick = folder()
    const exported = await fetch(`${agent.address}/v1/edgewright/export`, {
      method: 'POST',
      headers: { authorization: `Bearer ${readFileSync(join(state, TOKEN_FILE), 'utf8').trim()}` },
      body: JSON.stringify({ out: stick }),
    })
    expect(exported.status).toBe(200)
    await work(engine.publishing.receive({ file: [stick] }))
    const { samples } = await engine.feedback.show({ model: MODEL, state: 'open', limit: 200 })
    for (const { id, values } of samples) {
      const weight = Number(values.find(({ name }) => name === 'weight')?.value)
      await engine.feedback.label({ sample: id, label: truth(weight) })
    }
    return samples.length
  }
  /** A version computes beside the one that answers, until the box has compared so many rows. */
  const shadow = async (version: number, rows: number) => {
    await work<Release>(
      engine.publishing.publish({
        ...{ model: `${MODEL}@${version}`, site: 'hall', shadow: true, variant: ['float32'] },
      }),
    )
    await until(standing, seen => seen?.candidate?.version === version && seen.candidate.shadow, 30_000)
    expect(await advice()).toMatchObject({ outcome: 'hold' })
    for (let asked = 0; asked < rows; asked += 50) await ask(50)
    // Counts travel with the records and the report.
    return await until(standing, seen => (seen?.candidate?.compared ?? 0) >= rows, 30_000)
  }
  return { ...here, agent, standing, ask, advice, label, shadow }
}

test('a shadow on a real device: what differs is labeled, and the advice is to promote the better and to roll the worse back', async () => {
  const { engine, shadow, advice, label, standing, ask } = await shop()
  await until(standing, seen => seen?.reports === 1 && seen.state === 'serving', 30_000)

  const seen = await shadow(2, 100)
  expect(seen?.candidate).toMatchObject({ version: 2, disagreements: seen?.candidate?.compared })
  expect(seen?.versions?.find(({ version }) => version === 2)).toMatchObject({
    ...{ role: 'candidate', crashes: 0, failure: null },
    predictions: seen?.candidate?.compared,
  })
  expect(await advice()).toMatchObject({
    outcome: 'hold',
    reason: expect.stringMatching(/differ on \d+ of \d+ items and none of these is labeled yet/),
  })
  expect(await label()).toBeGreaterThan(40)
  expect(await advice()).toMatchObject({
    outcome: 'promote',
    reason: expect.stringMatching(
      /the new version was right \d+ times and the old one 0 times: it is better/,
    ),
  })
  expect(await engine.publishing.promote({ model: MODEL })).toMatchObject({ stable: 2 })
  await until(standing, now => now?.reports === 2 && now.state === 'serving', 30_000)
  expect((await ask(1))[0]?.class).toBe(truth(weightAt(0)))

  await shadow(1, 100)
  await label()
  expect(await advice()).toMatchObject({
    outcome: 'roll-back',
    reason: expect.stringMatching(/the new version was right 0 times .* it is worse/),
  })
  expect(await engine.publishing.rollback({ model: MODEL })).toMatchObject({ stable: 2, rollout: null })
  await until(standing, now => now?.reports === 2 && !now.candidate, 30_000)
}, 180_000)

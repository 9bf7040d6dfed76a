import { Agent as Connections, request } from 'node:http'
import { expect, test } from 'vitest'
import { agentHere, MODEL } from '../agentHere.ts'
import { openPublisher } from '../publishHere.ts'
import { classOf, instance } from '../tinyModel.ts'

const AT_ONCE = 64
const ANSWERS = 4000

/** Asks by HTTP, over kept connections, so many at once. */
function clients(address: string) {
  const connections = new Connections({ keepAlive: true, maxSockets: AT_ONCE })
  const target = new URL(`/v1/models/${encodeURIComponent(MODEL)}:predict`, address)
  const seen = { answers: 0, wrong: [] as string[], byVersion: new Map<number, number>() }
  const ask = (body: string) =>
    new Promise<void>(resolve => {
      const fail = (what: string) => {
        seen.wrong.push(what)
        resolve()
      }
      const sent = request(target, { method: 'POST', agent: connections }, answer => {
        let text = ''
        answer.on('data', part => {
          text += part
        })
        answer.on('end', () => {
          const version = Number(answer.headers['x-edgewright-version'])
          const said = answer.statusCode === 200 && JSON.parse(text).predictions[0].class
          // The version that is named is the one that answered.
          if (said !== classOf(version)) return fail(`${answer.statusCode} v${version} ${text}`)
          seen.answers++
          seen.byVersion.set(version, (seen.byVersion.get(version) ?? 0) + 1)
          resolve()
        })
      })
      sent.on('error', error => fail(error.message))
      sent.end(body)
    })
  return {
    seen,
    async run(going: () => boolean): Promise<void> {
      let turn = 0
      const loop = async () => {
        while (going()) {
          turn++
          await ask(JSON.stringify({ instances: [{ ...instance, weight: 9 + (turn % 40) / 10 }] }))
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, loop))
      connections.destroy()
    },
  }
}

test('no request of thousands is dropped while versions are toggled, rolled back, published and split', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const device = await agentHere(publisher.where, { pollSeconds: 0.2 })
  await device.serves(1)
  await publisher.publish({ version: 2 })
  await device.serves(2)
  const { seen, run } = clients(device.address)
  const steer = async (what: string, body: object) => {
    const began = performance.now()
    const answer = await fetch(device.url(`/v1/edgewright/${what}`), {
      method: 'POST',
      headers: { authorization: `Bearer ${device.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, ...body }),
    })
    expect(answer.status).toBe(200)
    return performance.now() - began
  }
  let going = true
  const load = run(() => going)
  const switches: number[] = []
  const back: number[] = []
  while (seen.answers < ANSWERS / 2) {
    for (const version of [1, 2]) switches.push(await steer('switch', { version }))
    back.push(await steer('rollback', {}))
  }
  const toggled = seen.answers
  await publisher.publish({ version: 3 })
  const rollout = {
    id: 'rollout-9',
    version: 2,
    unit: 'inference' as const,
    share: 0.3,
    members: [],
    groups: [],
    shadow: false,
    state: 'running' as const,
    startedAt: new Date().toISOString(),
  }
  await expect.poll(async () => (await device.model())?.reports, { timeout: 20_000 }).toBe(3)
  await publisher.change(({ models: [model] }) => {
    if (model) Object.assign(model, { rollout, decision: model.decision + 1 })
  })
  const before = seen.byVersion.get(2) ?? 0
  await expect.poll(() => (seen.byVersion.get(2) ?? 0) - before, { timeout: 20_000 }).toBeGreaterThan(100)
  await expect.poll(() => seen.answers, { timeout: 30_000 }).toBeGreaterThan(ANSWERS)
  going = false
  await load
  expect(seen.wrong).toEqual([])
  console.info(
    `${seen.answers} answers, ${AT_ONCE} at once, 0 dropped in ${switches.length} switches (at most ${Math.max(...switches).toFixed(0)} ms) and ${back.length} ways back (${Math.max(...back).toFixed(0)} ms), ${toggled} meanwhile`,
  )
  expect(switches.length).toBeGreaterThan(5)
  expect(Math.max(...switches)).toBeLessThan(1000)
  expect(Math.max(...back)).toBeLessThan(2000)
}, 90_000)

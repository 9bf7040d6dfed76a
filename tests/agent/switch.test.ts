import { readFileSync } from 'node:fs'
import { Agent as Connections, request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generateKey } from '../../main/engine/release/index.ts'
import { agentHere, MODEL } from './agentHere.ts'
import { classOf, folder, instance, publishTiny, tinyGraph, until } from './tinyModel.ts'

const { key } = generateKey()

/** Clients that ask without a pause, over connections they keep. */
function load(address: string, clients: number) {
  const connections = new Connections({ keepAlive: true, maxSockets: clients })
  const target = new URL(`/v1/models/${encodeURIComponent(MODEL)}:predict`, address)
  const body = JSON.stringify({ instances: [instance] })
  const answers: { at: number; class: string }[] = []
  const failed: string[] = []
  let going = true
  const ask = () =>
    new Promise<void>(resolve => {
      const sent = request(target, {
        method: 'POST',
        agent: connections,
        headers: { 'content-length': body.length },
      })
      sent.on('error', error => {
        failed.push(error.message)
        resolve()
      })
      sent.on('response', answer => {
        let text = ''
        answer.on('data', part => {
          text += part
        })
        answer.on('end', () => {
          const got = JSON.parse(text).predictions?.[0]?.class
          if (answer.statusCode !== 200 || !got) failed.push(`${answer.statusCode} ${text}`)
          else answers.push({ at: performance.now(), class: got })
          resolve()
        })
      })
      sent.end(body)
    })
  const loops = Array.from({ length: clients }, async () => {
    while (going) await ask()
  })
  return {
    answers,
    failed,
    async stop() {
      going = false
      await Promise.all(loops)
      connections.destroy()
    },
  }
}

test('switches through several versions under continuous load without a failed request', async () => {
  const repository = folder()
  await publishTiny(repository, key, { version: 1 })
  const device = await agentHere(repository)
  await device.serves(1)
  const clients = load(device.address, 4)
  const took: number[] = []
  for (let version = 2; version <= 6; version++) {
    await new Promise(resolve => setTimeout(resolve, 250))
    const published = performance.now()
    await publishTiny(repository, key, { version })
    await until(
      () => clients.answers.at(-1)?.class,
      last => last === classOf(version),
    )
    const first = clients.answers.find(answer => answer.at > published && answer.class === classOf(version))
    took.push((first?.at ?? Number.NaN) - published)
  }
  await clients.stop()
  expect(clients.failed).toEqual([])
  expect(clients.answers.length).toBeGreaterThan(100)
  // Once a version has answered, the one before it does not any more.
  const order = clients.answers.map(answer => answer.class).filter((each, i, all) => each !== all[i - 1])
  expect(order).toEqual([1, 2, 3, 4, 5, 6].map(classOf))
  const switches = (await device.report()).timeline
    .filter(({ event }) => event === 'Switched')
    .map(({ detail }) => Number(/(\d+) ms to switch/.exec(detail)?.[1]))
  console.info(
    `${clients.answers.length} answers, 0 failed; publish to first answer ${took.map(ms => ms.toFixed(0)).join(', ')} ms; switch ${switches.join(', ')} ms`,
  )
  expect(Math.max(...switches.slice(1))).toBeLessThan(1000)
})

test('answers with the previous version too while it is kept, and rolls back to it', async () => {
  const repository = folder()
  await publishTiny(repository, key, { version: 1 })
  const device = await agentHere(repository)
  await device.serves(1)
  await publishTiny(repository, key, { version: 2 })
  await device.serves(2)
  const ask = async (version: number) =>
    (
      (await device.predict(undefined, `/versions/${version}:predict`)).body.predictions as {
        class: string
      }[]
    )[0]?.class
  expect(await ask(1)).toBe(classOf(1))
  expect(await ask(2)).toBe(classOf(2))
  expect((await device.predict(undefined, '/versions/7:predict')).status).toBe(404)

  expect((await device.rollBack('guessed')).status).toBe(403)
  const token = readFileSync(join(device.state, 'token'), 'utf8')
  const began = performance.now()
  const { status, body } = await device.rollBack(token)
  console.info(`rolled back in ${(performance.now() - began).toFixed(0)} ms`)
  expect(status).toBe(200)
  expect(body.models[0]).toMatchObject({
    reports: 1,
    wanted: 2,
    previous: 2,
    state: 'rolled-back',
    failure: null,
  })
  expect(((await device.predict()).body.predictions as { class: string }[])[0]?.class).toBe(classOf(1))
  // It stays there, over a restart too, until something newer is published.
  await device.close()
  const again = await agentHere(repository, { state: device.state })
  await new Promise(resolve => setTimeout(resolve, 400))
  expect(await again.model()).toMatchObject({ reports: 1, state: 'rolled-back' })
  await publishTiny(repository, key, { version: 3 })
  await again.serves(3)
})

test('publishing an older version again takes devices back to it', async () => {
  const repository = folder()
  await publishTiny(repository, key, { version: 1 })
  const device = await agentHere(repository)
  await device.serves(1)
  await publishTiny(repository, key, { version: 2 })
  await device.serves(2)
  const { sequence } = await publishTiny(repository, key, { version: 1 })
  expect(sequence).toBe(3)
  await device.serves(1)
})

test('keeps two models apart', async () => {
  const repository = folder()
  await publishTiny(repository, key, { version: 1 })
  await publishTiny(repository, key, { version: 1, model: 'Other', graph: tinyGraph({ best: 2 }) })
  const device = await agentHere(repository)
  await device.serves(1)
  await until(
    () => device.model('Other'),
    model => model?.state === 'serving',
  )
  const { body } = await device.post('/v1/models/Other:predict', { instances: [instance] })
  expect((body.predictions as { class: string }[])[0]?.class).toBe('washer')
  // They share files, which are fetched at the same time.
  expect((await device.report()).timeline.filter(({ event }) => event === 'Failed')).toEqual([])
})

test('a graph that gives no numbers does not pass, is not tried again, and the old one goes on', async () => {
  const repository = folder()
  await publishTiny(repository, key, { version: 1 })
  const device = await agentHere(repository)
  await device.serves(1)
  await publishTiny(repository, key, { version: 2, graph: tinyGraph({ poison: Number.NaN }) })
  const failed = await device.refuses(1, 'failed')
  expect(failed.failure?.message).toContain('gives no number')
  await device.close()
  const again = await agentHere(repository, { state: device.state })
  await again.refuses(1, 'failed')
  const tries = (await again.report()).timeline.filter(({ event }) => event === 'Failed')
  expect(tries).toHaveLength(1)
  await publishTiny(repository, key, { version: 3 })
  await again.serves(3)
})

test('a graph whose outputs do not fit its description does not pass', async () => {
  const repository = folder()
  await publishTiny(repository, key, { version: 1 })
  const device = await agentHere(repository)
  await device.serves(1)
  await publishTiny(repository, key, { version: 2, graph: tinyGraph({ outputs: 2 }) })
  expect((await device.refuses(1, 'failed')).failure?.message).toContain(
    '2 numbers for a row where 3 are expected',
  )
  await publishTiny(repository, key, { version: 3, graph: Buffer.from('no graph at all') })
  await until(
    () => device.model(),
    model => model?.failure?.code === 'unreadable-file',
  )
  await device.refuses(1, 'failed')
})

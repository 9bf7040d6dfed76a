import { expect, test } from 'vitest'
import { agentHere, MODEL } from './agentHere.ts'
import { publishTiny } from './publishHere.ts'
import { folder, until } from './tinyModel.ts'

test('an agent is alive from its start on, and ready once its models answer', async () => {
  const repository = folder()
  const here = await agentHere(repository)
  const waiting = { alive: true, ready: false, waiting: true, silent: [], failure: null }
  expect(await here.get('/healthz')).toEqual({ status: 200, body: waiting })
  expect(await here.get('/readyz')).toEqual({ status: 503, body: waiting })

  await publishTiny(repository, { version: 1 })
  await here.serves(1)
  const ready = { ...waiting, ready: true, waiting: false }
  expect(await here.get('/readyz')).toEqual({ status: 200, body: ready })
  expect(await here.get('/healthz')).toEqual({ status: 200, body: ready })
})

test('a model that does not pass leaves the device alive and not ready', async () => {
  const repository = folder()
  await publishTiny(repository, { version: 1, scores: [0.9, 0.05, 0.05] })
  const here = await agentHere(repository)
  await until(here.model, model => model?.failure?.code === 'golden-mismatch')
  const { status, body } = await here.get('/readyz')
  expect(status).toBe(503)
  expect(body).toMatchObject({ alive: true, ready: false, waiting: false, silent: [MODEL] })
  expect((await here.get('/healthz')).status).toBe(200)
})

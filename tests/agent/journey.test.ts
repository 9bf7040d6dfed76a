import { expect, test } from 'vitest'
import { agentHere, MODEL } from './agentHere.ts'
import { openPublisher } from './publishHere.ts'

test('a device takes what is published, and the next version, and goes back by hand', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const here = await agentHere(publisher.where)
  await here.serves(1)
  await publisher.publish({ version: 2 })
  await here.serves(2)
  const { token } = here
  expect((await here.rollBack(token)).status).toBe(200)
  await here.serves(1)
  expect(await here.model(MODEL)).toMatchObject({ wanted: 2, reports: 1, state: 'rolled-back' })
}, 60_000)

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fingerprintOf } from '../../main/engine/trust/index.ts'
import { agentHere, MODEL } from './agentHere.ts'
import { openPublisher } from './publishHere.ts'
import { until } from './tinyModel.ts'

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

test('a device that was told whom to trust takes nothing from anyone else', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const root = join(publisher.where, 'tuf/everyone/1.root.json')
  const other = await agentHere(publisher.where, { root: 'ab'.repeat(32) })
  const told = await until(other.report, ({ failure }) => failure !== null)
  expect(told.failure?.code).toBe('unsigned')
  expect(told.models).toEqual([])
  const print = fingerprintOf(readFileSync(root))
  await (await agentHere(publisher.where, { root: print })).serves(1)
  await (await agentHere(publisher.where, { root })).serves(1)
}, 60_000)

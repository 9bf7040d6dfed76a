/** A publisher who may be killed at any step: `<step> <repository> <keys> <plan.json>`. */
import { readFileSync } from 'node:fs'
import { countDown, ended } from './countdown.ts'
import { openPublisher } from './publishHere.ts'

const [at, where = '', keys = '', plan = ''] = process.argv.slice(2)
const from = JSON.parse(readFileSync(plan, 'utf8'))
const publisher = await openPublisher({ where, keys, from })
countDown(Number(at))
await publisher.publish({
  version: 2,
  ballast: Buffer.alloc(9000, 'two'),
  bases: [Buffer.alloc(9000, 'one')],
})
ended()

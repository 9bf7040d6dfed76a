/**
 * A device that does what it has to do, and kills itself with SIGKILL at the n-th call of the file system.
 * `killedAt.ts <repository> <state> <n> [rollback]`; 0: at none. Writes how many calls there were.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [where = '', state = '', at = '0', order = ''] = process.argv.slice(2)

let calls = 0
let killAt = 0
for (const name of [
  'openSync',
  'writeSync',
  'fsyncSync',
  'closeSync',
  'ftruncateSync',
  'renameSync',
  'mkdirSync',
  'rmSync',
  'rmdirSync',
  'chmodSync',
] as const) {
  const original = fs[name] as (...args: unknown[]) => unknown
  Object.defineProperty(fs, name, {
    configurable: true,
    value(this: unknown, ...args: unknown[]) {
      if (++calls === killAt) process.kill(process.pid, 'SIGKILL')
      return original.apply(this, args)
    },
  })
}
syncBuiltinESMExports()

// Only now, so that what they import is what was wrapped.
const { boxHere } = await import('./boxHere.ts')
const { nodeDisk } = await import('../../main/agent/disk/index.ts')
const { switchByHand, rollBackByHand } = await import('../../main/agent/steps/switch.ts')

const model = 'Bolt inspector'
const box = await boxHere(nodeDisk, where, {
  folder: state,
  clock: { wall: Date.now, monotonic: () => performance.now() },
})
killAt = Number(at)
calls = 0
if (order === 'rollback') {
  await rollBackByHand(box.core.parts, model)
  await switchByHand(box.core.parts, model, box.version() === 1 ? 2 : 1)
} else {
  await box.look()
  box.events.answered(model, box.version() ?? 0, 5)
  await box.core.trials.tick()
  await box.core.seal()
}
process.stdout.write(JSON.stringify({ calls, version: box.version() }))
process.exit(0)

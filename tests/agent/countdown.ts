/**
 * Lets a process kill itself with SIGKILL right before its n-th call that changes something on the disk. What was
 * written before stays, as the system has it; syncing changes nothing for a kill, so that it is not counted.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const CHANGES = [
  'openSync',
  'writeSync',
  'writeFileSync',
  'ftruncateSync',
  'renameSync',
  'linkSync',
  'copyFileSync',
  'mkdirSync',
  'rmSync',
  'rmdirSync',
  'unlinkSync',
  'chmodSync',
] as const

let calls = 0
let killAt = Number.POSITIVE_INFINITY
const trail: string[] = []

const isReading = (name: string, flags: unknown): boolean =>
  name === 'openSync' && (flags === undefined || flags === 'r' || flags === fs.constants.O_RDONLY)

for (const name of CHANGES) {
  const original = fs[name] as (...args: unknown[]) => unknown
  Object.defineProperty(fs, name, {
    configurable: true,
    value(this: unknown, ...args: unknown[]) {
      if (!isReading(name, args[1])) {
        trail.push(`${name} ${args[0]}`)
        if (++calls === killAt) process.kill(process.pid, 'SIGKILL')
      }
      return original.apply(this, args)
    },
  })
}
syncBuiltinESMExports()

/** From here on calls are counted; 0: none of them kills. */
export function countDown(at: number): void {
  calls = 0
  trail.length = 0
  killAt = at || Number.POSITIVE_INFINITY
}

/** Says how many calls there were, and ends. */
export function ended(): never {
  const rest = killAt
  killAt = Number.POSITIVE_INFINITY
  process.stdout.write(JSON.stringify({ calls, ...(rest === killAt ? { trail } : {}) }))
  process.exit(0)
}

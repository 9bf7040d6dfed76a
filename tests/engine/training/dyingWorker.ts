/** The real worker, ended by the system after the second epoch of its first life; what it does before is real. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const mark = join(process.argv[2] as string, 'died')
if (!existsSync(mark)) {
  const send = process.send?.bind(process) as (message: unknown, ...rest: unknown[]) => boolean
  process.send = ((message: { kind: string; figures?: { epoch: number } }, ...rest: unknown[]) => {
    if (message.kind === 'epoch' && message.figures?.epoch === 3) {
      writeFileSync(mark, '')
      process.kill(process.pid, 'SIGKILL')
    }
    return send(message, ...rest)
  }) as typeof process.send
}
await import('../../../main/engine/training/worker.ts')

/** The process that runs models to calibrate and to prove them. It is given a work folder and knows nothing else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FailureError, failureOf } from '../kit/index.ts'
import { FILES, type Message, type Work } from './work.ts'
import { calibrate } from './worker/calibrate.ts'
import { passes } from './worker/passes.ts'
import { prove } from './worker/prove.ts'

const tell = (message: Message): void => {
  process.send?.(message)
}

async function carryOut(folder: string): Promise<Message> {
  try {
    const work = JSON.parse(readFileSync(join(folder, FILES.work), 'utf8')) as Work
    switch (work.kind) {
      case 'calibrate':
        return await calibrate(folder, work, tell)
      case 'prove':
        return await prove(folder, work, tell)
      case 'passes':
        return await passes(folder, work, tell)
    }
  } catch (error) {
    if (!(error instanceof FailureError)) console.error(error)
    return { kind: 'failed', failure: failureOf(error) }
  }
}

// An engine that is gone takes its workers along.
process.on('disconnect', () => process.exit(1))

const end = await carryOut(process.argv[2] as string)
if (process.send) process.send(end, () => process.exit(0))

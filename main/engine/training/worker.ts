/** The process that trains or predicts. It is given a work folder and knows nothing else of the workspace. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FailureError, failureOf } from '../kit/index.ts'
import { openTensor, usefulThreads } from '../tensor/index.ts'
import { FILES, type Message, type ScriptWork, type Work } from './work.ts'
import { multiplicationsOf } from './worker/multiplications.ts'
import { predict } from './worker/predict.ts'
import { train } from './worker/train.ts'

/** Without an engine that listens, the messages are lines of JSON, for whoever reads the log. */
const tell = (message: Message): void => {
  if (process.send) process.send(message)
  else console.log(JSON.stringify(message))
}

async function carryOut(folder: string): Promise<Message> {
  try {
    const work = JSON.parse(readFileSync(join(folder, FILES.work), 'utf8')) as Exclude<Work, ScriptWork>
    const opened = await openTensor({
      backend: work.backend,
      threads: usefulThreads(),
      ...(work.kind === 'train' && { multiplications: work.batch * multiplicationsOf(work.net) }),
    })
    return work.kind === 'train'
      ? await train(folder, work, opened, tell)
      : await predict(folder, work, opened, tell)
  } catch (error) {
    const failure = failureOf(error)
    if (!(error instanceof FailureError)) console.error(error)
    return { kind: 'failed', failure: failure.code === 'internal' ? unexpected(error) : failure }
  }
}

const unexpected = (error: unknown) => ({
  code: 'training-failed' as const,
  message: `The process that did the work met an error: ${error instanceof Error ? error.message : String(error)}`,
  remedy:
    'If memory was short, take a smaller batch or fewer units; else report it with the log of this job.',
})

// An engine that is gone takes its workers along; the checkpoint on disk is what is left.
process.on('disconnect', () => process.exit(1))

const end = await carryOut(process.argv[2] as string)
if (process.send) process.send(end, () => process.exit(0))
else {
  console.log(JSON.stringify(end))
  process.exitCode = end.kind === 'failed' ? 1 : 0
}

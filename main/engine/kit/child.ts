import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openLastWords } from './lastWords.ts'

/** A child that was asked to end gets this long, in milliseconds; a checkpoint is being written at most. */
const GRACE = 3000

/** How a process ended, in the system's words. */
export interface Ending {
  code: number | null
  killedBy: string | null
  /** The line that tells why, of an error that took it along; else the last line that it wrote. */
  last: string
}

/**
 * Runs a program of ours as a process of its own on this computer, until it ends: its memory is freed then, a stop is
 * certain, and a crash takes nothing else along. It is given a folder and ends by itself when this process dies.
 *
 * @param entry its file; a fragment (`#name`) names a part of a program of one file, and is told it first
 * @param told every message that it sends
 * @param line every line that it writes, for a log
 */
export async function runChild<Message>(
  entry: URL | string,
  folder: string,
  { signal, told, line }: { signal: AbortSignal; told(message: Message): void; line(text: string): void },
): Promise<Ending> {
  signal.throwIfAborted()
  const part = entry instanceof URL && entry.hash ? [entry.hash] : []
  const child = fork(entry instanceof URL ? fileURLToPath(entry) : entry, [...part, folder], {
    execPath: process.execPath,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Inside Electron the same program is a plain Node only when it is told so.
    env: process.versions.electron ? { ...process.env, ELECTRON_RUN_AS_NODE: '1' } : process.env,
  })
  const words = openLastWords()
  const read = [child.stdout, child.stderr].flatMap(stream => {
    if (stream === null) return []
    const lines = createInterface({ input: stream }).on('line', text => {
      words.hear(text, stream === child.stderr)
      line(text)
    })
    return once(lines, 'close')
  })
  child.on('message', message => told(message as Message))
  const stop = () => void endChild(child)
  signal.addEventListener('abort', stop, { once: true })
  try {
    // The channel closes after the last message was handed over, the exit may be told before.
    const [[code, killedBy]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')])
    // What it wrote may still be under way, and its last words with it.
    await Promise.race([Promise.all(read), sleep(GRACE, null, { ref: false })])
    return { code, killedBy, last: words.said() }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Asks, then makes sure. */
async function endChild(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  const sure = setTimeout(() => child.kill('SIGKILL'), GRACE)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  clearTimeout(sure)
}

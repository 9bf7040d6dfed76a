/**
 * Stands beside a person's program, in a container of its own that lends it its network: the recorder answers the
 * tracking calls that the program makes, and what the program leaves in TensorBoard event files is written to the output,
 * piece by piece as they grow: one line of JSON each, `{ kind: 'grown', path, at, base64 }`. So all of it is kept by the
 * container engine like any output, and whoever comes back later goes on behind the last piece. It says
 * `{ kind: 'beside' }` once the program may begin. On SIGTERM it looks once more and ends.
 * `beside.mjs FOLDER PORT`
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join, relative } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Between two looks, in milliseconds. */
const EVERY = 1000
const PIECE = 2 ** 18
/** Pictures and sounds may make a file huge; what is beyond comes back with the results. */
const MOST = 2 ** 26

const [folder, port] = process.argv.slice(2) as [string, string]
const told = new Map<string, number>()
const leaving = new AbortController()
process.on('SIGTERM', () => leaving.abort())

/** Lines of two programs in one output are whole only when one of them writes them. */
const say = (line: unknown): void => console.log(JSON.stringify(line))

const program = fileURLToPath(new URL('./recorder.mjs', import.meta.url))
const recorder = existsSync(program)
  ? fork(program, [port], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  : null

/** Whether something listens at the port. */
async function listens(): Promise<boolean> {
  const socket = connect(Number(port), '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function look(): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.includes('tfevents')) continue
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path)
    const size = Math.min(MOST, statSync(path).size)
    let at = told.get(name) ?? 0
    if (at >= size) continue
    const file = openSync(path, 'r')
    try {
      while (at < size) {
        const bytes = Buffer.alloc(Math.min(PIECE, size - at))
        const read = readSync(file, bytes, 0, bytes.length, at)
        if (read === 0) break
        const piece = bytes.toString('base64', 0, read)
        say({ kind: 'grown', path: name, at, base64: piece })
        at += read
      }
    } finally {
      closeSync(file)
    }
    told.set(name, at)
  }
}

while (recorder?.exitCode === null && !leaving.signal.aborted && !(await listens())) await wait(20)
say({ kind: 'beside' })
while (!leaving.signal.aborted) {
  look()
  await wait(EVERY, null, { signal: leaving.signal }).catch(() => {})
}
look()
if (recorder?.exitCode === null) {
  recorder.kill('SIGTERM')
  await Promise.race([once(recorder, 'exit'), wait(2000)])
}
process.exit(0)

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { basename, delimiter, extname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureFolder, fail } from '../../kit/index.ts'
import { isEventFile } from '../events/index.ts'
import { folderArtifacts, serveTracking } from '../mlflow/index.ts'
import type { Done, RunOptions } from '../targets/target.ts'
import { FILES, PLACES, type ScriptWork } from '../work.ts'

/** A program that was asked to end gets so long, in milliseconds: it may be saving its model. */
const GRACE = 5000
/** Between two looks at event files. */
const LOOK_EVERY = 1000
/** Last lines that a failure says. */
const LAST = 6

type Words = { program: string; args: string[]; env?: Record<string, string> }

const onPath = (name: string): boolean =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .some(folder => folder && ['', '.exe', '.cmd'].some(ending => existsSync(join(folder, name + ending))))

/** What runs a script by its ending: the first that is here. */
function runnerOf(file: string): Words {
  const first = (names: string[], args: string[], title: string, remedy: string): Words => {
    const program = names.find(name =>
      name.includes('/') || name.includes('\\') ? existsSync(name) : onPath(name),
    )
    if (program === undefined)
      throw fail(
        'unsupported',
        `${basename(file)} is run by ${title}, which is not on this computer.`,
        remedy,
      )
    return { program, args: [...args, file] }
  }
  const own = process.env.EDGEWRIGHT_PYTHON
  switch (extname(file).toLowerCase()) {
    case '.py':
      if (own && !existsSync(own) && !onPath(own))
        throw fail(
          'unsupported',
          `EDGEWRIGHT_PYTHON names ${own}, which is not there.`,
          'Let it name a Python, or unset it.',
        )
      return first(
        own ? [own] : ['python3', 'python'],
        ['-u'],
        'Python',
        'Install Python, name one in EDGEWRIGHT_PYTHON, or run the script in a container with --target and --image.',
      )
    case '.js':
    case '.mjs':
    case '.cjs':
    case '.ts':
      return { program: process.execPath, args: [file], env: { ELECTRON_RUN_AS_NODE: '1' } }
    case '.sh':
      return first(['bash', 'sh'], [], 'a shell', 'Install bash, or run it in a container.')
    case '.r':
      return first(['Rscript'], [], 'R', 'Install R, or run it in a container.')
    case '.jl':
      return first(['julia'], [], 'Julia', 'Install Julia, or run it in a container.')
    default:
      try {
        accessSync(file, constants.X_OK)
        return { program: file, args: [] }
      } catch {
        throw fail(
          'unsupported',
          `It is not known what runs ${basename(file)}.`,
          'Take a script that ends with .py, .mjs, .js, .ts or .sh, or make it executable.',
        )
      }
  }
}

/**
 * Runs a person's own program as a process of this computer: its lines as they come, its event files followed, MLflow's
 * client answered at a port of its own.
 * @throws Failure `unsupported` where nothing here runs it; `training-failed` with its last lines; `cancelled`
 */
export async function runScript(
  folder: string,
  work: ScriptWork,
  { signal, line, grown }: Pick<RunOptions, 'signal' | 'line' | 'grown'>,
): Promise<Done> {
  if (work.image !== undefined)
    throw fail(
      'bad-input',
      'A container image does not run as a process of this computer.',
      'Choose a Docker target with --target, or leave the image out.',
    )
  const [command, ...rest] = work.command ?? []
  const words: Words =
    command !== undefined ? { program: command, args: rest } : runnerOf(resolve(folder, work.script ?? ''))
  const places = Object.entries(work.env).map(([name, value]) => [
    name,
    PLACES.includes(name) ? resolve(folder, value) : value,
  ])
  signal.throwIfAborted()
  const tracking = await serveTracking({
    port: 0,
    artifacts: folderArtifacts(ensureFolder(join(folder, FILES.recorded))),
    tell: said => line(JSON.stringify(said), { from: 'recorder' }),
  })
  const look = followGrowth(folder, path => grown?.(path))
  const looking = setInterval(look, LOOK_EVERY)
  const last: string[] = []
  try {
    const child = spawn(words.program, words.args, {
      cwd: folder,
      // A group of its own, so that what it starts ends with it.
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PYTHONUNBUFFERED: '1',
        PYTHONIOENCODING: 'utf-8',
        MLFLOW_TRACKING_URI: `http://127.0.0.1:${tracking.port}`,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        ...words.env,
        ...Object.fromEntries(places),
      },
    })
    const lines = ([child.stdout, child.stderr] as const).map((stream, i) => {
      const reading = createInterface({ input: stream })
      reading.on('line', text => {
        if (text.trim() && last.push(text.trim()) > LAST) last.shift()
        line(text, { at: new Date(), level: i === 1 ? 'error' : 'info' })
      })
      return once(reading, 'close')
    })
    const stop = () => void end(child)
    signal.addEventListener('abort', stop, { once: true })
    try {
      const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null]
      await Promise.race([Promise.all(lines), new Promise(resume => setTimeout(resume, GRACE).unref())])
      look()
      if (signal.aborted) throw fail('cancelled', 'It was cancelled.', 'Run it again.')
      if (code !== 0) throw ended(work, code, killedBy, last)
      return { kind: 'done', best: null, stoppedEarly: false }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw fail(
      'unsupported',
      `${words.program} cannot be started on this computer.`,
      'Install it, or run the program in a container.',
      { cause: error },
    )
  } finally {
    clearInterval(looking)
    await tracking.close()
  }
}

/** Asks the program and all that it started, then makes sure. */
async function end(child: ChildProcess): Promise<void> {
  const send = (name: NodeJS.Signals) => {
    try {
      if (process.platform === 'win32' || child.pid === undefined) child.kill(name)
      else process.kill(-child.pid, name)
    } catch {
      // It is gone already.
    }
  }
  send('SIGTERM')
  const sure = setTimeout(() => send('SIGKILL'), GRACE)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  clearTimeout(sure)
}

function ended(work: ScriptWork, code: number | null, killedBy: string | null, last: string[]) {
  const name = basename(work.script ?? work.command?.[0] ?? 'The program')
  const how = killedBy ? `was ended by the system (${killedBy})` : `ended with exit code ${code}`
  const said = last.length > 0 ? ` Its last lines: ${last.join(' / ').slice(-800)}` : ''
  return fail(
    'training-failed',
    `${name} ${how}.${said}`,
    killedBy === 'SIGKILL'
      ? 'If memory was short, close other programs or let it take less; see its log for what it said.'
      : 'See its log for what it said, correct it and run it again.',
  )
}

/** @param grown is told of event files that became longer since the last look, by their path in the folder */
function followGrowth(folder: string, grown: (path: string) => void): () => void {
  const known = new Map<string, number>()
  const place = join(folder, FILES.model)
  return () => {
    if (!existsSync(place)) return
    for (const entry of readdirSync(place, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !isEventFile(entry.name)) continue
      const path = join(entry.parentPath, entry.name)
      const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 }
      if (size === known.get(path)) continue
      known.set(path, size)
      grown(relative(folder, path))
    }
  }
}

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('../../main/headless.ts', import.meta.url))

export interface Answer {
  code: number
  out: string
  err: string
}

/** A terminal in which `edgewright` runs; its own home folder, so that a person's settings stay as they are. */
export function terminal(home: string, cwd: string) {
  const env = { ...process.env, EDGEWRIGHT_HOME: home, NO_COLOR: '1' }
  const run = (...args: string[]): Promise<Answer> =>
    new Promise(done => {
      execFile(process.execPath, [ENTRY, ...args], { cwd, env, maxBuffer: 64 << 20 }, (error, out, err) =>
        done({ code: error ? Number(error.code ?? 1) : 0, out, err }),
      )
    })
  return {
    run,
    /** Runs a command that must succeed and returns its JSON. */
    async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
      const { code, out, err } = await run(...args, '--json')
      if (code !== 0) throw new Error(`edgewright ${args.join(' ')} ended with ${code}: ${err}`)
      return JSON.parse(out) as T
    },
    start: (...args: string[]): ChildProcess =>
      spawn(process.execPath, [ENTRY, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }),
  }
}

/** Waits until a process has printed something that matches. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<RegExpMatchArray> {
  return new Promise((done, failed) => {
    let text = ''
    const look = (data: Buffer) => {
      text += data
      const match = text.match(pattern)
      if (match) done(match)
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('exit', code =>
      failed(new Error(`it ended with ${code} before it printed ${pattern}: ${text}`)),
    )
  })
}

import { fork } from 'node:child_process'
import type { EngineProcess } from './supervise.ts'

/** How the engine's process is told what to open. */
export const workspaceWords = (workspace?: string): string[] => (workspace ? ['--workspace', workspace] : [])

/**
 * Starts the engine in a Node process of its own.
 * @param entry `main/engine/process.ts`, or the bundle made from it
 * @param workspace default: the one that was opened last
 * @param node the Node to run it with, 22.14 or newer
 */
export function forkEngine(
  entry: string,
  workspace?: string,
  node: string = process.execPath,
): EngineProcess {
  const child = fork(entry, workspaceWords(workspace), {
    execPath: node,
    // Not those of this process: a debugger or a test runner has put its own there.
    execArgv: [],
    // JSON would break binary payloads.
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let ended = false
  const onExit: (() => void)[] = []
  const exit = () => {
    if (ended) return
    ended = true
    for (const listener of onExit) listener()
  }
  child.once('exit', exit)
  child.once('error', error => {
    console.error(`The engine could not be started: ${error.message}`)
    if (child.pid === undefined) exit()
  })
  return {
    pid: child.pid,
    // A message that meets an engine which is just ending is lost with it; its end is what is told.
    send: message => void (child.connected && child.send(message, () => {})),
    onMessage: listener => void child.on('message', listener),
    onExit: listener => void (ended ? listener() : onExit.push(listener)),
    kill: () => void child.kill('SIGKILL'),
  }
}

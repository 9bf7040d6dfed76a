import { join } from 'node:path'
import { app, utilityProcess } from 'electron'
import { engineSource, pinnedNode } from '../shell/clone.ts'
import { forkEngine, workspaceWords } from '../shell/forkEngine.ts'
import type { EngineProcess } from '../shell/supervise.ts'

/** The engine's native parts need this Node or a newer one; an older one ends in a crash, not in an error. */
const NEEDED = [22, 14] as const

function runtimeIsOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])
}

/**
 * Starts the engine on a workspace: in a clone from its sources with the Node that npm installed; in a packaged app
 * in a utility process. `EDGEWRIGHT_ENGINE_NODE` names another Node; a runtime whose own Node is too old must have one.
 * @param root the folder of package.json
 */
export function startEngine(root: string, workspace?: string): EngineProcess {
  const source = engineSource(root)
  const node = process.env.EDGEWRIGHT_ENGINE_NODE || (source || runtimeIsOld() ? pinnedNode(root) : undefined)
  // A Node of its own cannot read the app's archive; the bundle lies unpacked beside it.
  const unpacked = root.replace(/\.asar$/, '.asar.unpacked')
  if (node) return forkEngine(source ?? join(unpacked, 'dist', 'main', 'engine.mjs'), workspace, node)
  if (runtimeIsOld())
    throw new Error(
      `Electron ${process.versions.electron} brings Node ${process.versions.node}, and it needs ${NEEDED.join('.')} or newer; EDGEWRIGHT_ENGINE_NODE can name one.`,
    )
  return utility(join(unpacked, 'dist', 'main', 'engine.mjs'), workspace)
}

function utility(entry: string, workspace?: string): EngineProcess {
  const child = utilityProcess.fork(entry, workspaceWords(workspace), {
    serviceName: `${app.getName()} engine`,
    stdio: 'inherit',
  })
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  return {
    get pid() {
      return child.pid
    },
    send: message => {
      if (!ended) child.postMessage(message)
    },
    onMessage: listener => void child.on('message', listener),
    onExit: listener => void (ended ? listener() : child.once('exit', () => listener())),
    kill: () => void child.kill(),
  }
}

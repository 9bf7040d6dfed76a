/** Takes the newest release as the agent does, and kills itself with SIGKILL at the n-th call of the file system. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Hash } from '#contract'

const [repositoryFolder = '', stateFolder = '', model = '', at = '0'] = process.argv.slice(2)

const { openRepository, publicKeyFrom, Pointer, openEnvelope } = await import(
  '../../main/engine/release/index.ts'
)
const probe = await fs.promises.open(process.execPath, 'r')
const handle = Object.getPrototypeOf(probe)
await probe.close()

let calls = 0
let killAt = 0
// biome-ignore lint/suspicious/noExplicitAny: any function of the module, wrapped as it is
function counted<T extends Record<string, any>>(owner: T, names: string[]): void {
  for (const name of names) {
    const original = owner[name]
    Object.defineProperty(owner, name, {
      configurable: true,
      value(this: unknown, ...args: unknown[]) {
        if (++calls === killAt) process.kill(process.pid, 'SIGKILL')
        return original.apply(this, args)
      },
    })
  }
}
counted(fs, [
  'openSync',
  'writeSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'mkdirSync',
  'rmSync',
  'writeFileSync',
])
counted(fs.promises, ['open', 'rename'])
counted(handle, ['write', 'writeFile', 'sync', 'close'])
syncBuiltinESMExports()

// Only now, so that what they import is what was wrapped.
const { openState } = await import('../../main/agent/state.ts')
const { activated, fetchRelease, withModel } = await import('../../main/agent/install.ts')

const state = openState(stateFolder)
const key = publicKeyFrom(state.current.trusted ?? '')
killAt = Number(at)
calls = 0
const content = fs.readFileSync(`${repositoryFolder}/models/${model}/current.json`)
const pointer = openEnvelope(content, Pointer, key, 'it')
const underWay = new Set<Hash>()
await fetchRelease(
  openRepository(repositoryFolder),
  state,
  key,
  pointer,
  underWay,
  new AbortController().signal,
)
const before = state.current.models[model]
if (!before) throw new Error('the model is not known')
if (before.current?.sequence !== pointer.sequence) {
  const seen = {
    sequence: pointer.sequence,
    version: pointer.version,
    description: pointer.description.hash,
  }
  state.write(withModel(state.current, model, { ...before, seen }))
  state.write(activated(state.current, pointer, new Date().toISOString()))
}
state.sweep(new Set())

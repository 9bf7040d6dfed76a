#!/usr/bin/env node
/**
 * The entry under plain Node: the command line, the headless shell, the demo and the agent. Nothing here needs a
 * screen, so it runs on a server, in a container and in tests.
 */
import { enableCompileCache } from 'node:module'
import type { ExitCode, OwnCommand } from './cli/index.ts'
import { standWhereThePersonStands } from './shell/stand.ts'

// Half of the time of a short command goes into compiling; what was compiled once is kept in the system's place for it.
enableCompileCache()
const { runCommand } = await import('./cli/index.ts')

const own: OwnCommand[] = [
  {
    name: 'serve',
    words: 'serve the workbench to a browser on this computer',
    run: async args => (await import('./shell/command.ts')).serve(args),
  },
  {
    name: 'agent',
    words: 'run published models on a device',
    run: async args => (await import('./agent/main.ts')).runAgent(args),
  },
  {
    name: 'demo',
    words: 'the whole journey on the sample data, from a file to a device that answers',
    run: async args => (await import('./demo/index.ts')).demo(args),
  },
]

// Who reads the answer may have had enough, as "head" has: that is no trouble, and ends nothing that is at work.
for (const out of [process.stdout, process.stderr])
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

standWhereThePersonStands('edgewright', 'demo')

const code: ExitCode = await runCommand(process.argv.slice(2), own)
process.exitCode = code

/** The agent's own program, without the rest of the product: `node main.ts start …`, built into one file. */
import { runAgent } from './command.ts'

export { runAgent }

if (import.meta.main) process.exit(await runAgent(process.argv.slice(2), { name: 'agent' }))

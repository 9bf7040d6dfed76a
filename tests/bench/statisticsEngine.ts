/** One run of the statistics bench: an engine that reads a file of text, writes its statistics as a message, and reports. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// As the command line does.
enableCompileCache()
// What is loaded belongs to the start, as the import of the other side's libraries does.
await import('@duckdb/node-api')
const { hostEngine } = await import('../../main/host.ts')
const { connectInMemory } = await import('../../main/transport/index.ts')

const [file, folder] = process.argv.slice(2) as [string, string]
process.env.EDGEWRIGHT_HOME = join(folder, 'home')
const host = await hostEngine(join(folder, 'workspace'))
const engine = connectInMemory(host.router)
const began = performance.now()
let job = await engine.statistics.compute({ data: file, tfdv: true, out: join(folder, 'statistics.pb') })
for await (const change of await engine.jobs.watch({ id: job.id })) job = change
if (job.status.state !== 'succeeded') throw new Error(JSON.stringify(job.status))
const protoSeconds = (performance.now() - began) / 1000
await host.close()
const peakBytes = process.resourceUsage().maxRSS * 1024
process.send?.({ protoSeconds, peakBytes })
process.disconnect()

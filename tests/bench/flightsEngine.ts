/** One run of the flights bench: an engine that imports, computes and turns pages, and then reports how it went. */
import { join } from 'node:path'
import type { Engine, Job } from '#contract'
import { hostEngine } from '../../main/host.ts'
import { connectInMemory } from '../../main/transport/index.ts'

const folder = process.argv[2] as string
process.env.EDGEWRIGHT_HOME = join(folder, 'home')
const file = new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url).pathname
const host = await hostEngine(join(folder, 'workspace'))
const engine = connectInMemory(host.router)

async function seconds(engine: Engine, start: () => Promise<Job>): Promise<number> {
  const began = performance.now()
  let job = await start()
  for await (const change of await engine.jobs.watch({ id: job.id })) job = change
  if (job.status.state !== 'succeeded') throw new Error(JSON.stringify(job.status))
  return (performance.now() - began) / 1000
}

const importSeconds = await seconds(engine, () => engine.dataset.import({ file, name: 'flights' }))
const statisticsSeconds = await seconds(engine, () => engine.statistics.compute({ data: 'flights' }))
const pages: number[] = []
for (let i = 0; i < 60; i++) {
  const offset = Math.floor(((i * 0.6180339887) % 1) * 2_999_900)
  const began = performance.now()
  const { rows } = await engine.dataset.rows({ name: 'flights', offset, limit: 100 })
  if (rows.length !== 100) throw new Error(`a page at ${offset} had ${rows.length} rows`)
  pages.push(performance.now() - began)
}
const peakBytes = process.resourceUsage().maxRSS * 1024
await host.close()
process.send?.({ importSeconds, statisticsSeconds, peakBytes, pages })
process.disconnect()

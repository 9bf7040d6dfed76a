/** An engine that trains until it is killed: `node dyingEngine.ts <workspace>`. */
import { openBench } from './bench.ts'
import { FLOWERS, flowers, tableRoom } from './table.ts'

const bench = openBench(process.argv[2] as string, tableRoom(FLOWERS, flowers(600)))
bench.train({ epochs: 5000, patience: 0 })
for await (const job of bench.jobs.watch(new AbortController().signal))
  if (job.status.state === 'running') console.log(job.status.progress.step)

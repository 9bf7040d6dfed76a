/** An engine that searches until it is killed: `node dyingSearch.ts <workspace>`. */
import { openSearchBench } from './aSearch.ts'

const bench = openSearchBench(process.argv[2] as string)
bench.search({ search: 'grid', epochs: 8, hparams: { seed: [1, 2, 3, 4, 5, 6] }, stopping: 'none' })
for await (const job of bench.jobs.watch(new AbortController().signal))
  if (job.verb === 'start' && job.status.state === 'running') console.log(job.status.progress.step)

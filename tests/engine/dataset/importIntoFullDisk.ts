/** Imports a file into a workspace on a disk that is too small for it, and says what came of it. Run as a process. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createDataset } from '../../../main/engine/dataset/index.ts'
import { openJobs } from '../../../main/engine/jobs/index.ts'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import { openStore } from '../../../main/engine/store/index.ts'

const [disk, file] = process.argv.slice(2) as [string, string]
const store = openStore(join(disk, 'workspace'))
const dataset = createDataset({ store, samples: '' })
const jobs = openJobs(store, openLineage(store))
jobs.offer('dataset', 'import', {
  title: () => '',
  cancel: '',
  run: (_, job) =>
    dataset.door.import({ file, key: [], splitBy: 'hash', train: 0.8, eval: 0.1, test: 0.1 }, job),
})
const { id } = jobs.start('dataset', 'import', null)
const { status } = await jobs.ended(id)
const { datasets } = await dataset.door.list({}, { signal: new AbortController().signal })
const leftovers = readdirSync(store.folder, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && !/^(edgewright|hold)\.db/.test(entry.name))
  .map(entry => entry.name)
console.log(
  JSON.stringify({
    ...(status.state === 'failed' && { code: status.failure.code, message: status.failure.message }),
    datasets: datasets.length,
    leftovers,
  }),
)
dataset.close()
store.close()

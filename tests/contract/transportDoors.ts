import { setTimeout as sleep } from 'node:timers/promises'
import type { Jobs } from '../../main/engine/jobs/index.ts'
import { fail } from '../../main/engine/kit/index.ts'
import { doorsOf } from './doors.ts'
import { jobsDoor } from './house.ts'

/** Handlers that use every kind of entry: an answer, a failure, a bug, long work, a stream that notices its end. */
export function transportDoors(jobs: Jobs) {
  let listening = 0
  return doorsOf({
    jobs: jobsDoor(jobs),
    dataset: {
      rows: async ({ offset, limit }) => ({
        columns: [{ name: 'text', type: 'text' as const }],
        rows: Array.from({ length: limit }, (_, i) => [`${offset + i} ${'ü'.repeat(5000)}`]),
        offset,
        total: listening,
      }),
      show: async ({ name }) => {
        if (name === 'bug') throw new TypeError('a bug')
        throw fail('not-found', `There is no dataset ${name}.`, 'Import it.')
      },
    },
    statistics: {
      compute: async (_input, job) => {
        job.log('a line')
        for (let i = 0; !job.signal.aborted; i++) {
          job.progress(Math.min(1, i / 20), `step ${i}`)
          await sleep(20)
          if (i === 20) throw fail('empty-data', 'There are no rows.', 'Choose other data.')
        }
        throw new Error('stopped')
      },
    },
    publishing: {
      watch: async function* (_input, { signal }) {
        listening++
        try {
          for (;;) {
            yield { devices: [] }
            await sleep(5, undefined, { signal })
          }
        } finally {
          listening--
        }
      },
    },
  })
}

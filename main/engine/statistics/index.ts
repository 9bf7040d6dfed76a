import type { DatasetVersion, Statistics } from '#contract'
import type { DatasetRoom, Table } from '../dataset/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import type { DatasetFeatureStatisticsList } from '../metadata/index.ts'
import type { Store } from '../store/index.ts'
import type { Sketched } from './common.ts'
import { createDoor } from './door.ts'
import { keyOf, openKept, wholeOf } from './kept.ts'
import { openCounts } from './keptCounts.ts'
import { type ProtoOptions, protoOf, protoOfTable } from './messages.ts'
import { createProducer } from './produce.ts'

export type { Sketched } from './common.ts'
export { driftOf, jensenShannon, type Side } from './drift.ts'
export { numberOf } from './kinds.ts'
export { type ProtoOptions, statisticsIn } from './messages.ts'
export { cumulative, type NumberSketch, type Sketch, type TextSketch } from './sketch.ts'

/** Says what is in the data: figures of each feature, exact, of all rows, of each split and of each slice. */
export interface StatisticsRoom {
  door: Doors['statistics']
  /** The statistics of a version, or null where they were not computed. */
  of(version: DatasetVersion): Statistics | null
  /** The statistics of a table; computed and kept where they are not there yet. */
  ensure(table: Table, job: JobContext, share?: { from: number; to: number }): Promise<Statistics>
  /** The values of each feature of a version in short, or null where its statistics were not computed. */
  sketches(version: DatasetVersion): Sketched[] | null
  /**
   * Statistics as a message of TensorFlow Metadata: of a dataset, a file of rows or a table; a file of statistics is
   * read as it is.
   * @throws Failure bad-input (unknown column), wrong-type (weights that are none), too-wide (too many slices),
   *   empty-data, and what reading throws
   */
  protoOf(data: string | Table, options?: ProtoOptions): Promise<DatasetFeatureStatisticsList>
}

export function createStatistics({ store, dataset }: { store: Store; dataset: DatasetRoom }): StatisticsRoom {
  const kept = openKept(store)
  const counts = openCounts(store)
  const producer = createProducer({ store, dataset, kept, counts })
  dataset.onRemove(versions => counts.forget(versions))
  const shownOf = (version: DatasetVersion) => kept.get(keyOf(version.id, {}))
  return {
    door: createDoor({ dataset, kept, producer }),
    of(version) {
      const shown = shownOf(version)
      return shown && wholeOf(shown)
    },
    ensure: async (table, job, share = { from: 0, to: 1 }) =>
      wholeOf(await producer.figures(keyOf(table.subject, {}), table, {}, job, share)),
    sketches(version) {
      const shelf = shownOf(version)?.shelf
      return shelf ? shelf.read(shelf.entries.map((_, at) => at)) : null
    },
    protoOf: (data, options = {}) =>
      typeof data === 'string' ? protoOf(dataset, data, options) : protoOfTable(data, options),
  }
}

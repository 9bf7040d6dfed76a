import type { Session, Table } from '../../dataset/index.ts'
import type { DatasetFeatureStatisticsList, Schema } from '../../metadata/index.ts'
import { type Counted, type CountOptions, countValues } from './count.ts'
import { addCrossStatistics } from './cross.ts'
import { addLiftStatistics } from './lift.ts'
import { messageOf } from './message.ts'

export { type Counted, countValues, keepCounts } from './count.ts'
export { mergeCounts } from './merge.ts'
export { messageOf } from './message.ts'
export { featuresOf } from './view.ts'

/** Another way to counts than counting all rows, and where counts go. */
export interface Counting {
  /** Counts into the relation `counted`, as `countValues` does. */
  counting(session: Session, table: Table, options: CountOptions): Promise<Counted>
  /** Called with what was counted, before it is dropped: to keep it. */
  counted(session: Session, counted: Counted): Promise<void>
}

export interface TfdvOptions extends Omit<CountOptions, 'tell'>, Partial<Counting> {
  /** Says which numbers are categories. */
  schema?: Schema | null
  /** The column whose values the lift of the others is to explain; there is none without a schema, as in TFDV. */
  label?: string
  /** How numeric features go together, too. */
  cross?: boolean
  signal?: AbortSignal
  tell?(share: number | null, step: string): void
}

/**
 * Statistics of a table as TensorFlow Data Validation gives them: of all rows, and of each slice.
 *
 * A table that was opened as texts is read as TFDV reads CSV; any other keeps its types, and its floats of 64 bits.
 * @throws Failure bad-input (unknown column), wrong-type (weights that are none), too-wide (too many slices),
 *   empty-data, and what reading throws
 */
export async function tfdvStatistics(
  table: Table,
  options: TfdvOptions = {},
): Promise<DatasetFeatureStatisticsList> {
  const { signal, schema, tell } = options
  const session = await table.session(signal)
  try {
    let rows = table
    let counted: Counted | null = null
    while (!counted)
      try {
        counted = await (options.counting ?? countValues)(session, rows, options)
      } catch (error) {
        signal?.throwIfAborted()
        if (!rows.texts) throw error
        rows = await rows.texts.mend(error)
      }
    await options.counted?.(session, counted)
    const list = await messageOf(session, counted, { schema, tell })
    if (options.cross) await addCrossStatistics(session, rows, counted, list, tell)
    if (options.label !== undefined && schema)
      await addLiftStatistics(session, rows, counted, list, { label: options.label, schema, tell })
    return list
  } finally {
    session.close()
  }
}

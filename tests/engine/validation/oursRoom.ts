import type { Split } from '#contract'
import type { Check } from '../../../main/engine/validation/checks/index.ts'
import { checks, type Finding } from '../../../main/engine/validation/checks/index.ts'
import type { Rooms } from '../statistics/room.ts'

/** Runs checks of ours on a dataset or a file, each on its own, as the validation room does. */
export async function findings(
  rooms: Rooms,
  data: string,
  kinds: Check['kind'][],
  {
    label = null,
    images = false,
    signal,
  }: { label?: string | null; images?: boolean; signal?: AbortSignal } = {},
): Promise<Finding[]> {
  return rooms.job(async job => {
    const opened = await rooms.dataset.open(data, { signal: job.signal })
    const table =
      images && opened.version ? { ...opened, version: { ...opened.version, images: true } } : opened
    const statistics = await rooms.statistics.ensure(opened, { ...job, makes: () => {} })
    const session = await table.session(signal)
    const found: Finding[] = []
    try {
      for (const check of checks.filter(({ kind, ours }) => ours && kinds.includes(kind)))
        found.push(
          ...(await check.run({
            table,
            session,
            statistics,
            schema: table.columns.map(({ name, type }) => ({
              name,
              type,
              required: true,
              minPresence: 0,
              domain: null,
              range: null,
            })),
            known: new Set(table.columns.map(({ name }) => name)),
            label,
            newcomers: () => 0,
            signal: signal ?? job.signal,
          })),
        )
    } finally {
      session.close()
      opened.close()
    }
    return found
  })
}

/** A finding as one line. */
export const line = ({ severity, kind, feature, split, rows }: Finding): string =>
  `${severity} ${kind} ${feature || 'rows'} ${(split as Split | null) ?? 'all'} ${rows}`

import type { Hash } from '#contract'
import { now } from '../kit/index.ts'
import type { SampleLine } from '../publishing/index.ts'
import type { Store } from '../store/index.ts'

/** What a person said of a row. */
export interface Label {
  /** Null: it is left out. */
  label: string | number | null
  /** The dataset version that it became a row of: `strikes v3`. */
  imported: string | null
}

/** A row and what was said of it. */
export interface Line extends SampleLine {
  said: Label | null
}

export type State = 'all' | 'open' | 'labeled' | 'skipped'

/** Which rows are meant, of these batches. */
export interface Wanted {
  batches: readonly number[]
  reasons?: readonly SampleLine['reason'][] | undefined
  state?: State | undefined
}

/** How many rows of a batch came for a reason, and how they stand. */
export interface Count {
  batch: number
  reason: SampleLine['reason']
  samples: number
  labeled: number
  skipped: number
  imported: number
}

/** What people said of rows, by the id of the row. Each is on disk when the call ends. */
export interface Labels {
  get(sample: Hash): Label | null
  set(sample: Hash, label: Label['label']): void
  clear(sample: Hash): void
  /** They are rows of a dataset now. */
  imported(samples: readonly Hash[], title: string): void
  /** What says most first, then the oldest. */
  lines(wanted: Wanted, page?: { offset: number; limit: number }): Line[]
  total(wanted: Wanted): number
  counts(): Count[]
  /** Is another one whenever another program wrote into the workspace. */
  writes(): number
}

interface Row {
  label: string | null
  imported: string | null
}

const read = ({ label, imported }: Row): Label => ({
  label: label === null ? null : (JSON.parse(label) as string | number),
  imported,
})

/** What says most comes first. */
const ORDER = `CASE s.reason WHEN 'disagreement' THEN 0 WHEN 'button' THEN 1 WHEN 'low-confidence' THEN 2 ELSE 3 END`
const STATES: Record<State, string> = {
  all: '1',
  open: 'l.sample IS NULL',
  labeled: 'l.label IS NOT NULL',
  skipped: 'l.sample IS NOT NULL AND l.label IS NULL',
}
const JOINED = 'samples s LEFT JOIN labels l ON l.sample = s.id'

const where = ({ reasons, state = 'all' }: Wanted) =>
  `s.batch IN (SELECT value FROM json_each(@batches)) AND ${STATES[state]}
   ${reasons ? 'AND s.reason IN (SELECT value FROM json_each(@reasons))' : ''}`

const named = ({ batches, reasons }: Wanted) => ({
  batches: JSON.stringify(batches),
  ...(reasons && { reasons: JSON.stringify(reasons) }),
})

export function openLabels({ db }: Store): Labels {
  const one = db.prepare('SELECT label, imported FROM labels WHERE sample = ?')
  const put = db.prepare(
    `INSERT INTO labels (sample, label, at) VALUES (@sample, @label, @at)
     ON CONFLICT (sample) DO UPDATE SET label = @label, at = @at`,
  )
  const drop = db.prepare('DELETE FROM labels WHERE sample = ?')
  const mark = db.prepare('UPDATE labels SET imported = ? WHERE sample = ?')
  const counts = db.prepare(
    `SELECT s.batch, s.reason, count(*) AS samples, count(l.label) AS labeled,
       count(l.sample) - count(l.label) AS skipped, count(l.imported) AS imported
     FROM ${JOINED} GROUP BY s.batch, s.reason`,
  )
  return {
    get(sample) {
      const row = one.get(sample) as Row | undefined
      return row ? read(row) : null
    },
    set: (sample, label) =>
      void put.run({ sample, label: label === null ? null : JSON.stringify(label), at: now() }),
    clear: sample => void drop.run(sample),
    imported: db.transaction((samples: readonly Hash[], title: string) => {
      for (const sample of samples) mark.run(title, sample)
    }),
    lines: (wanted, { offset, limit } = { offset: 0, limit: -1 }) =>
      db
        .prepare(
          `SELECT s.id, s.batch, s.reason, s.at, l.sample, l.label, l.imported FROM ${JOINED}
           WHERE ${where(wanted)} ORDER BY ${ORDER}, s.at, s.id LIMIT @limit OFFSET @offset`,
        )
        .all({ ...named(wanted), offset, limit })
        .map(row => {
          const { id, batch, reason, at, sample, ...said } = row as SampleLine & Row & { sample: Hash | null }
          return { id, batch, reason, at, said: sample === null ? null : read(said) }
        }),
    total: wanted =>
      db
        .prepare(`SELECT count(*) FROM ${JOINED} WHERE ${where(wanted)}`)
        .pluck()
        .get(named(wanted)) as number,
    counts: () => counts.all() as Count[],
    writes: () => db.pragma('data_version', { simple: true }) as number,
  }
}

import type { RunId } from '#contract'
import type { Store } from '../../store/index.ts'
import type { Placement } from '../targets/target.ts'

/** The table `placements`: where the work of runs goes on without this program, and up to where they were heard. */
export function openPlacements({ db }: Store) {
  const put = db.prepare(
    'INSERT INTO placements (run, body) VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET body = excluded.body',
  )
  const drop = db.prepare('DELETE FROM placements WHERE run = ?')
  const hear = db.prepare(
    'INSERT INTO placements (run, cursor) VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET cursor = excluded.cursor',
  )
  const read = db.prepare('SELECT body, cursor FROM placements WHERE run = ?')
  const all = db.prepare(
    `SELECT run FROM placements JOIN runs ON runs.id = run
     WHERE placements.body IS NOT NULL AND state IN ('running', 'interrupted') ORDER BY runs.rowid`,
  )
  const of = (run: string) => read.get(run) as { body: string | null; cursor: string | null } | undefined
  return {
    place(run: string, placement: Placement | null): void {
      if (placement) put.run(run, JSON.stringify(placement))
      else drop.run(run)
    },
    heard: (run: string, cursor: string): void => void hear.run(run, cursor),
    placement(run: string): Placement | null {
      const body = of(run)?.body
      return body ? (JSON.parse(body) as Placement) : null
    },
    lastCursor: (run: string): string | null => of(run)?.cursor ?? null,
    placed: (): RunId[] => (all.all() as { run: RunId }[]).map(({ run }) => run),
  }
}

import { join } from 'node:path'
import type { RunId } from '#contract'
import { openStore } from '../../main/engine/store/index.ts'
import { openCurves } from '../../main/engine/training/record/curves.ts'
import { openTable } from '../../main/engine/training/record/table.ts'
import { openRuns } from '../../main/engine/training/runs.ts'
import { temporaryFolder } from '../contract/house.ts'
import { aRun } from '../engine/training/record/aRun.ts'
import { type Figure, figure } from './measure.ts'

const RUNS = 10_000
const METRICS = 1_000
const POINTS = 1_000_000
const TURNS = 5

/**
 * A workspace of 10,000 runs with 1,000 metrics each, and one curve of a million points: a file of about a gigabyte. The
 * tables are filled with SQL, since only reading is measured, and hold what the product writes there.
 */
export async function runs(): Promise<Figure[]> {
  const folder = temporaryFolder()
  try {
    const workspace = join(folder.path, 'w')
    fill(workspace)

    const opening: number[] = []
    const figures: Record<string, number[]> = {}
    const measure = (what: string, work: () => void) => {
      const from = performance.now()
      work()
      figures[what] = [...(figures[what] ?? []), performance.now() - from]
    }
    for (let turn = 0; turn < TURNS; turn++) {
      const from = performance.now()
      const store = openStore(workspace)
      const table = openTable(store, () => [])
      const ask = (more: object) => table.page({ ...ASKED, ...more } as Parameters<typeof table.page>[0])
      const first = ask({ columns: ['last:metric/0001', 'least:metric/0500', 'param:learningRate'] })
      if (first.total !== RUNS || first.runs.length !== 100) throw new Error('the page is not whole')
      opening.push((performance.now() - from) / 1000)
      measure(
        '10,000 runs, sorted by a metric',
        () => void ask({ sort: 'last:metric/0777', columns: ['last:metric/0777'] }),
      )
      measure('10,000 runs, sorted by a parameter', () => void ask({ sort: 'param:lr' }))
      measure('10,000 runs, searched for a text', () => void ask({ text: 'note 777' }))
      measure('10,000 runs, the last page', () => void ask({ offset: RUNS - 100 }))
      measure('Names of 1,000 metrics of 10,000 runs', () => void table.columns({ limit: 1000 }))
      const { curve } = openCurves(store)
      const asked = { run: 'run-1' as RunId, key: 'long', axis: 'step' as const, most: 2000 }
      measure('1,000,000 points, all of them', () => void curve(asked))
      const at = (POINTS / 10) * turn
      measure('1,000,000 points, a tenth', () => void curve({ ...asked, from: at, to: at + POINTS / 10 }))
      measure(
        '1,000,000 points, a thousandth',
        () => void curve({ ...asked, from: at, to: at + POINTS / 1000 }),
      )
      measure('1,000,000 points, all of them, over seconds', () => void curve({ ...asked, axis: 'seconds' }))
      store.close()
    }
    return [
      figure('10,000 runs of 1,000 metrics: opened, first page', 's', opening, 1),
      ...Object.entries(figures).map(([what, values]) =>
        figure(what, 'ms', values, what.startsWith('1,000,000') ? 100 : 1000),
      ),
    ]
  } finally {
    folder.remove()
  }
}

const ASKED = {
  shelf: 'open',
  sort: 'at',
  descending: true,
  pinnedFirst: true,
  columns: [],
  offset: 0,
  limit: 100,
}

function fill(workspace: string): void {
  const store = openStore(workspace)
  const { db } = store
  const all = openRuns(store)
  db.pragma('synchronous = OFF')
  db.transaction(() => {
    for (let i = 1; i <= RUNS; i++)
      all.put(
        aRun(
          `run-${i}`,
          { notes: `note ${i}`, tags: [`tag-${i % 10}`], pinned: i % 1000 === 0 },
          { hparams: { lr: (i * 7919) % 1000 } },
        ),
      )
  })()
  db.transaction(() => {
    db.prepare(
      `WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < ${RUNS}),
         m(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM m WHERE n < ${METRICS - 1})
       INSERT INTO run_metrics (run, key, points, last, least, most, last_step)
       SELECT 'run-' || r.n, printf('metric/%04d', m.n), 100, random() / 1e18, -9.5, 9.5, 100 FROM r, m
       ORDER BY 1, 2`,
    ).run()
  })()
  all.points(
    'run-1',
    Array.from({ length: POINTS }, (_, i) => ({
      key: 'long',
      step: i,
      at: 1e9 + i,
      value: Math.sin(i / 1000) + Math.random(),
    })),
  )
  store.close()
}

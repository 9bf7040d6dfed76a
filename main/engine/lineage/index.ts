import type { Artifact, ArtifactKind, Hash, JobId } from '#contract'
import { asJobId, fail, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'

/** What came out of what, and which job made it: a graph without loops. Its edges are written by the job runner alone. */
export interface Lineage {
  /** @param made in the order in which the job made them */
  record(
    job: JobId,
    used: readonly Hash[],
    made: readonly { id: Hash; kind: ArtifactKind; title: string }[],
  ): void
  /** Keeps what a person made by hand, in no job; a job that uses it later is linked to it. */
  note(artifact: { id: Hash; kind: ArtifactKind; title: string }): void
  get(id: string): Artifact
  parents(id: string): Artifact[]
  children(id: string): Artifact[]
}

interface Row {
  id: string
  kind: string
  title: string
  made_by: number | null
  at: string
}

const artifactOf = (row: Row): Artifact => ({
  id: row.id as Hash,
  kind: row.kind as ArtifactKind,
  title: row.title,
  madeBy: row.made_by === null ? null : asJobId(`job-${row.made_by}`),
  at: row.at,
})

export function openLineage(store: Store): Lineage {
  const { db } = store
  // The same content made twice is one artifact: the first job that made it stays its maker.
  const add = db.prepare(
    `INSERT INTO artifacts (id, kind, title, made_by, at) VALUES (@id, @kind, @title, @job, @at)
     ON CONFLICT (id) DO NOTHING`,
  )
  const link = db.prepare(
    `INSERT INTO lineage (parent, child, job)
     SELECT @parent, @child, @job WHERE EXISTS (SELECT 1 FROM artifacts WHERE id = @parent)
     ON CONFLICT DO NOTHING`,
  )
  const one = db.prepare('SELECT * FROM artifacts WHERE id = ?')
  const up = db.prepare(
    'SELECT DISTINCT a.* FROM lineage l JOIN artifacts a ON a.id = l.parent WHERE l.child = ? ORDER BY a.rowid',
  )
  const down = db.prepare(
    'SELECT DISTINCT a.* FROM lineage l JOIN artifacts a ON a.id = l.child WHERE l.parent = ? ORDER BY a.rowid',
  )
  return {
    record: db.transaction(
      (
        job: JobId,
        used: readonly Hash[],
        made: readonly { id: Hash; kind: ArtifactKind; title: string }[],
      ) => {
        const number = Number(job.slice(4))
        for (const artifact of made) add.run({ ...artifact, job: number, at: now() })
        // What a job made itself is a parent only of what it made after that, or the two would be each other's parents.
        const turn = new Map(made.map(({ id }, at) => [id, at]))
        for (const [at, child] of made.entries())
          for (const parent of used)
            if ((turn.get(parent) ?? -1) < at) link.run({ parent, child: child.id, job: number })
      },
    ),
    note: artifact => void add.run({ ...artifact, job: null, at: now() }),
    get(id) {
      const row = one.get(id) as Row | undefined
      if (!row)
        throw fail('not-found', `Nothing in this workspace has the id ${id.slice(0, 12)}.`, 'Check the id.')
      return artifactOf(row)
    },
    parents: id => (up.all(id) as Row[]).map(artifactOf),
    children: id => (down.all(id) as Row[]).map(artifactOf),
  }
}

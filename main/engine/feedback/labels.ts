import type { Hash } from '#contract'
import { now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'

/** What a person said of a row. */
export interface Label {
  /** Null: it is left out. */
  label: string | number | null
  /** The dataset version that it became a row of: `strikes v3`. */
  imported: string | null
}

/** What people said of rows, by the id of the row. Each is on disk when the call ends. */
export interface Labels {
  all(): Map<Hash, Label>
  get(sample: Hash): Label | null
  set(sample: Hash, label: Label['label']): void
  clear(sample: Hash): void
  /** They are rows of a dataset now. */
  imported(samples: readonly Hash[], title: string): void
}

interface Row {
  sample: Hash
  label: string | null
  imported: string | null
}

const read = ({ label, imported }: Row): Label => ({
  label: label === null ? null : (JSON.parse(label) as string | number),
  imported,
})

export function openLabels({ db }: Store): Labels {
  const all = db.prepare('SELECT sample, label, imported FROM labels')
  const one = db.prepare('SELECT sample, label, imported FROM labels WHERE sample = ?')
  const put = db.prepare(
    `INSERT INTO labels (sample, label, at) VALUES (@sample, @label, @at)
     ON CONFLICT (sample) DO UPDATE SET label = @label, at = @at`,
  )
  const drop = db.prepare('DELETE FROM labels WHERE sample = ?')
  const mark = db.prepare('UPDATE labels SET imported = ? WHERE sample = ?')
  return {
    all: () => new Map((all.all() as Row[]).map(row => [row.sample, read(row)])),
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
  }
}

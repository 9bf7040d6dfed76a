import type { FeedbackBatch, Hash } from '#contract'
import type { Sample } from '../../release/index.ts'
import type { Store } from '../../store/index.ts'

/** Captured rows that arrived at once, of one version of a model on one device. */
export interface SampleBatch {
  number: number
  device: string
  site: string
  model: string
  version: number
  at: string
}

/** What is known of a row without reading it. */
export interface SampleLine {
  id: Hash
  batch: number
  reason: keyof FeedbackBatch['reasons']
  at: string
}

/** The captured rows that arrived: read by the room in which people label them. */
export interface SampleShelf {
  /** Newest first. */
  batches(): SampleBatch[]
  /** A row that is here, and the batch in which it came. */
  line(id: Hash): { line: SampleLine; of: SampleBatch }
  read(id: Hash): Sample
  /** Ids that begin so, at most two. */
  beginning(prefix: string): Hash[]
}

export function openSampleShelf({ db }: Store): SampleShelf {
  const batches = db.prepare(
    'SELECT id AS number, device, site, model, version, at FROM sample_batches ORDER BY id DESC',
  )
  const batch = db.prepare(
    'SELECT id AS number, device, site, model, version, at FROM sample_batches WHERE id = ?',
  )
  const one = db.prepare('SELECT id, batch, reason, at FROM samples WHERE id = ?')
  const body = db.prepare('SELECT body FROM samples WHERE id = ?').pluck()
  const like = db.prepare('SELECT id FROM samples WHERE id >= ? AND id < ? ORDER BY id LIMIT 2').pluck()
  return {
    batches: () => batches.all() as SampleBatch[],
    line(id) {
      const line = one.get(id) as SampleLine
      return { line, of: batch.get(line.batch) as SampleBatch }
    },
    read: id => JSON.parse(body.get(id) as string) as Sample,
    beginning: prefix => like.all(prefix, `${prefix}g`) as Hash[],
  }
}

import type { DeviceEvent, DeviceStory } from '#contract'
import type { Span, Told } from './decided.ts'
import { brokenOf } from './gaps.ts'
import type { KeptRecord } from './kept.ts'
import { isoOf } from './moments.ts'

/** A device of which records are here, or which a site approved. */
export interface Known {
  id: string
  name: string
  site: string | null
}

/** Which records of a device are wanted: of the newest first, a page. */
export interface StoryFilter {
  kind?: string[] | undefined
  model?: string | undefined
  span: Span
  offset: number
  limit: number
}

/** A device's records as people read them. @param receipt the device was told that it may forget everything up to it */
export function storyOf(
  { id, name, site }: Known,
  { records, times, gaps }: Told,
  want: StoryFilter,
  receipt: number,
): DeviceStory {
  const broken = brokenOf(records)
  const kinds: Record<string, number> = {}
  const models = new Set<string>()
  const fitting: number[] = []
  for (const [i, { record }] of records.entries()) {
    kinds[record.kind] = (kinds[record.kind] ?? 0) + 1
    const { model } = record.body
    if (typeof model === 'string') models.add(model)
    const time = times[i]
    if (want.kind && !want.kind.includes(record.kind)) continue
    if (want.model !== undefined && model !== want.model) continue
    if (time && (time.high < want.span.from || time.low > want.span.to)) continue
    fitting.push(i)
  }
  const event = (i: number): DeviceEvent => {
    const { record, hash, received } = records[i] as KeptRecord
    const { model, version, to, event, detail } = record.body
    const number = typeof version === 'number' ? version : typeof to === 'number' ? to : null
    return {
      seq: record.seq,
      at: isoOf(times[i]?.at ?? null),
      clock: times[i]?.clock ?? 'doubtful',
      ...{ wall: record.wall, kind: record.kind, body: record.body, hash, received },
      model: typeof model === 'string' ? model : null,
      version: number,
      event: typeof event === 'string' ? event : (SAID[record.kind] ?? record.kind),
      detail: typeof detail === 'string' ? detail : saidOf(record),
      broken: broken.has(record.seq),
    }
  }
  return {
    ...{ device: id, name, site, kinds, gaps: [...gaps], total: fitting.length },
    events: fitting
      .reverse()
      .slice(want.offset, want.offset + want.limit)
      .map(event),
    models: [...models].sort(),
    broken: [...broken],
    newest: records.at(-1)?.record.seq ?? 0,
    receipt,
    heard: records.reduce<string | null>(
      (last, { received }) => (last && last > received ? last : received),
      null,
    ),
  }
}

/** What records without words of their own are called. */
const SAID: Partial<Record<DeviceEvent['kind'], string>> = {
  metrics: 'Figures',
  sample: 'Row kept',
  dropped: 'Rows dropped',
  clock: 'Clock wrong',
}

function saidOf({ kind, body }: KeptRecord['record']): string {
  if (kind === 'metrics') {
    const versions = (body.versions ?? []) as { version: number; rows: number }[]
    return versions.map(({ version, rows }) => `${String(body.model)} v${version}: ${rows} rows`).join(', ')
  }
  if (kind === 'sample') return `${String(body.model)} v${String(body.version)}: ${String(body.reason)}`
  if (kind === 'dropped')
    return Object.entries((body.samples ?? {}) as Record<string, number>)
      .map(([reason, count]) => `${count} ${reason}`)
      .join(', ')
  if (kind === 'clock') return `It said ${String(body.says)}`
  return ''
}

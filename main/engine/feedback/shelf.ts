import type { FeedbackBatch, FeedbackSample } from '#contract'
import { fail } from '../kit/index.ts'
import type { SampleBatch, SampleShelf } from '../publishing/index.ts'
import { openCounts } from './counts.ts'
import { guessOf } from './guess.ts'
import type { Count, Label, Labels, Line, Wanted } from './labels.ts'
import { pixelsOf, pngOf } from './picture.ts'
import type { Subject, SubjectOf } from './subjects.ts'

/** Characters of a value that are shown, and values of a row. */
const LONGEST = 200
const MOST_VALUES = 200

/** Which batches are meant. */
export interface Which {
  batch?: string | undefined
  model?: string | undefined
  site?: string | undefined
  /** Its id, the beginning of it, or its name. */
  device?: string | undefined
}

/** A row with what a person said of it, and the batch in which it came. */
export interface Standing extends Line {
  in: SampleBatch
}

/** Which of the rows that are meant. */
export interface Part extends Omit<Wanted, 'batches'> {
  offset?: number
  limit?: number
}

/** Captured rows beside what people said of them. */
export interface Shelf {
  batches(which: Which): FeedbackBatch[]
  /** What says most first, then the oldest. */
  rows(which: Which, part?: Part): Standing[]
  /** How many there are, whatever the page. */
  total(which: Which, part?: Part): number
  /** @param id or its beginning. @throws Failure `not-found`, `bad-input` where two begin so */
  row(id: string): Standing
  whole(row: Standing): Promise<FeedbackSample>
  /** Writes what a person says of a row; null: nothing any more. @returns the row as it stands then */
  say(row: Standing, label: { label: Label['label'] } | null): Standing
  /** Rows came in, or became rows of a dataset. */
  changed(): void
}

export const batchId = (number: number): string => `batch-${number}`

export function openShelf({
  samples,
  labels,
  nameOf,
  subjectOf,
}: {
  samples: SampleShelf
  labels: Labels
  nameOf(device: string): string
  subjectOf: SubjectOf
}): Shelf {
  const counts = openCounts(labels)

  function meant({ batch, model, site, device }: Which): SampleBatch[] {
    const all = samples.batches()
    const found = all.filter(
      each =>
        (batch === undefined || batchId(each.number) === batch) &&
        (model === undefined || each.model === model) &&
        (site === undefined || each.site === site) &&
        (device === undefined ||
          each.device === device ||
          (device.length >= 4 && each.device.startsWith(device)) ||
          nameOf(each.device) === device),
    )
    if (batch !== undefined && found.length === 0)
      throw fail(
        'not-found',
        `There is no ${batch}.`,
        all.length ? 'See "feedback list" for those there are.' : 'Devices sent nothing to be labeled yet.',
      )
    return found
  }

  return {
    batches(which) {
      const batches = meant(which)
      const names = new Map(batches.map(({ device }) => [device, '']))
      for (const device of names.keys()) names.set(device, nameOf(device))
      return batches.map(({ number, device, site, model, version, at }) => ({
        ...{ id: batchId(number), site, device, name: names.get(device) ?? device, model, version, at },
        ...summed(counts.of(number)),
      }))
    },
    rows(which, { offset = 0, limit = -1, ...wanted } = {}) {
      const batches = new Map(meant(which).map(each => [each.number, each]))
      return labels
        .lines({ ...wanted, batches: [...batches.keys()] }, { offset, limit })
        .map(line => ({ ...line, in: batches.get(line.batch) as SampleBatch }))
    },
    total: (which, { reasons, state } = {}) =>
      labels.total({ batches: meant(which).map(({ number }) => number), reasons, state }),
    row(id) {
      const found = samples.beginning(id)
      if (found.length > 1)
        throw fail('bad-input', `Several samples begin with ${id}.`, 'Give more digits of its id.')
      const [whole] = found
      if (!whole)
        throw fail('not-found', `There is no sample ${id}.`, 'See "feedback show" for those there are.')
      const { line, of } = samples.line(whole)
      return { ...line, in: of, said: labels.get(whole) }
    },
    say(row, said) {
      if (said) labels.set(row.id, said.label)
      else labels.clear(row.id)
      const now = { ...row, said: labels.get(row.id) }
      counts.moved(row, now.said)
      return now
    },
    changed: counts.forget,
    async whole({ id, in: { number, device, model, version }, reason, at, said }) {
      const sample = samples.read(id)
      const subject = await subjectOf(model, version)
      const other = sample.other && {
        ...sample.other,
        label: (await subjectOf(model, sample.other.version))?.label ?? subject?.label ?? null,
      }
      const { picture, values } = shown(sample.instance, subject)
      return {
        ...{ id, batch: batchId(number), device, name: nameOf(device), model, reason, at },
        guess: guessOf(version, sample.scores, subject?.label ?? null),
        other: other && guessOf(other.version, other.scores, other.label),
        ...{ picture, values },
        label: said?.label ?? null,
        skipped: said !== null && said.label === null,
        imported: said?.imported ?? null,
      }
    },
  }
}

function summed(counts: readonly Count[]) {
  const sum = { samples: 0, labeled: 0, skipped: 0, imported: 0, reasons: {} as FeedbackBatch['reasons'] }
  for (const { reason, samples, labeled, skipped, imported } of counts) {
    sum.samples += samples
    sum.labeled += labeled
    sum.skipped += skipped
    sum.imported += imported
    sum.reasons[reason] = samples
  }
  return sum
}

/** What a model was asked, as people look at it. */
function shown(instance: unknown, subject: Subject | null): Pick<FeedbackSample, 'picture' | 'values'> {
  const pixels = subject?.image ? pixelsOf(instance, subject.image) : null
  if (pixels)
    return {
      picture: { width: pixels.width, height: pixels.height, data: pngOf(pixels).toString('base64') },
      values: [],
    }
  const entries =
    instance !== null && typeof instance === 'object' && !Array.isArray(instance)
      ? Object.entries(instance)
      : [['input', instance] as const]
  const values = entries.slice(0, MOST_VALUES).map(([name, value]) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
    return { name, value: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text }
  })
  return { picture: null, values }
}

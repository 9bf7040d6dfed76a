import type { FeedbackBatch, FeedbackSample, SampleReason } from '#contract'
import { fail } from '../kit/index.ts'
import type { SampleBatch, SampleLine, SampleShelf } from '../publishing/index.ts'
import { guessOf } from './guess.ts'
import type { Label, Labels } from './labels.ts'
import { pixelsOf, pngOf } from './picture.ts'
import type { Subject, SubjectOf } from './subjects.ts'

/** What says most comes first. */
const ORDER: SampleReason[] = ['disagreement', 'button', 'low-confidence', 'random']
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
export interface Standing extends SampleLine {
  in: SampleBatch
  said: Label | null
}

/** Captured rows beside what people said of them. */
export interface Shelf {
  batches(which: Which): FeedbackBatch[]
  /** What says most first, then the oldest. */
  rows(which: Which): Standing[]
  /** @param id or its beginning. @throws Failure `not-found`, `bad-input` where two begin so */
  row(id: string): Standing
  whole(row: Standing): Promise<FeedbackSample>
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
        all.length ? 'See "feedback list" for those there are.' : 'Devices sent nothing to be labelled yet.',
      )
    return found
  }

  function rowsOf(batches: readonly SampleBatch[]): Standing[] {
    const said = labels.all()
    const byNumber = new Map(batches.map(each => [each.number, each]))
    const [only] = batches
    const lines = batches.length === 1 && only ? samples.lines(only.number) : samples.lines()
    return lines.flatMap(line => {
      const of = byNumber.get(line.batch)
      return of ? [{ ...line, in: of, said: said.get(line.id) ?? null }] : []
    })
  }

  return {
    batches(which) {
      const batches = meant(which)
      const names = new Map(batches.map(({ device }) => [device, '']))
      for (const device of names.keys()) names.set(device, nameOf(device))
      const counts = new Map(
        batches.map(({ number }) => [
          number,
          { samples: 0, labelled: 0, skipped: 0, imported: 0, reasons: {} as FeedbackBatch['reasons'] },
        ]),
      )
      for (const { batch, reason, said } of rowsOf(batches)) {
        const count = counts.get(batch)
        if (!count) continue
        count.samples++
        count.reasons[reason] = (count.reasons[reason] ?? 0) + 1
        if (said?.label === null) count.skipped++
        else if (said) count.labelled++
        if (said?.imported) count.imported++
      }
      return batches.map(({ number, device, site, model, version, at }) => ({
        ...{ id: batchId(number), site, device, name: names.get(device) ?? device, model, version, at },
        ...(counts.get(number) as NonNullable<ReturnType<typeof counts.get>>),
      }))
    },
    rows: which =>
      rowsOf(meant(which)).sort(
        (a, b) =>
          ORDER.indexOf(a.reason) - ORDER.indexOf(b.reason) ||
          (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1),
      ),
    row(id) {
      const found = samples.beginning(id)
      if (found.length > 1)
        throw fail('bad-input', `Several samples begin with ${id}.`, 'Give more digits of its id.')
      const line = found[0] && samples.lines().find(each => each.id === found[0])
      const of = line && samples.batches().find(({ number }) => number === line.batch)
      if (!line || !of)
        throw fail('not-found', `There is no sample ${id}.`, 'See "feedback show" for those there are.')
      return { ...line, in: of, said: labels.get(line.id) }
    },
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

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatasetVersion, Hash } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { Doors } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf } from '../kit/index.ts'
import type { SampleShelf } from '../publishing/index.ts'
import type { Store } from '../store/index.ts'
import type { Labels } from './labels.ts'
import { type Labeled, writePictures, writeRows } from './rows.ts'
import type { Shelf, Standing } from './shelf.ts'
import type { Subject, SubjectOf } from './subjects.ts'

/** Puts what is labeled behind the rows of a dataset, as its next version. */
export function openTakingOver({
  store,
  dataset,
  samples,
  shelf,
  labels,
  subjectOf,
  nameOf,
}: {
  store: Store
  dataset: DatasetRoom
  samples: SampleShelf
  shelf: Shelf
  labels: Labels
  subjectOf: SubjectOf
  nameOf(device: string): string
}): Doors['feedback']['import'] {
  /** Labeled rows that are in no dataset yet, all of one model. */
  function due(model: string | undefined, batch: string | undefined): { model: string; rows: Standing[] } {
    const rows = shelf
      .rows({ model, batch }, { state: 'labeled' })
      .filter(({ said }) => said?.imported === null)
    const models = [...new Set(rows.map(each => each.in.model))]
    const [only] = models
    if (only === undefined)
      throw fail(
        'empty-data',
        'No sample is labeled that is not in a dataset already.',
        'Label some first: in the room Feedback, or with "feedback label SAMPLE LABEL".',
      )
    if (models.length > 1)
      throw fail(
        'bad-input',
        `Samples of several models are labeled: ${models.sort().join(', ')}.`,
        'Say which with --model.',
      )
    return { model: only, rows }
  }

  async function subjectsOf(rows: readonly Standing[]): Promise<Subject[]> {
    const subjects = new Map<number, Subject>()
    for (const { in: of } of rows) {
      if (subjects.has(of.version)) continue
      const subject = await subjectOf(of.model, of.version)
      if (!subject)
        throw fail(
          'not-found',
          `${of.model} v${of.version} is not in this workspace any more, so nobody knows which column its labels belong to.`,
          'Bring the model back, or take its samples in where it was trained.',
        )
      subjects.set(of.version, subject)
    }
    return [...subjects.values()]
  }

  return async (input, job) => {
    const { model, rows } = due(input.model, input.batch)
    const subjects = await subjectsOf(rows)
    const [subject] = subjects as [Subject]
    const name = input.dataset ?? subject.labeling.dataset
    const before = dataset.resolve(name)
    if (!before.images && !before.columns.some(column => column.name === subject.label.column))
      throw fail(
        'bad-input',
        `"${name}" has no column "${subject.label.column}" for the labels of ${model}.`,
        `Leave --dataset out: the rows go behind "${subject.labeling.dataset}", from which it learned.`,
      )
    const all: Labeled[] = rows.map(({ id, said }) => ({
      id,
      sample: samples.read(id),
      label: said?.label as string | number,
    }))
    const devices = [...new Set(rows.map(each => each.in.device))].map(nameOf).sort()
    const content = hashOf(canonicalJson(all.map(({ id, label }) => [id, label]).sort()))
    const folder = store.place('tmp', `feedback-${content.slice(0, 12)}`)
    try {
      job.progress(0, 'writing the rows')
      const file = `feedback-${content.slice(0, 8)}`
      const { source, written } = before.images
        ? picturesOf(subject, folder, file, all, model)
        : { source: writeRows(folder, file, all, before.columns, subject), written: all }
      // What comes out is traced to the device and to the version that answered there.
      for (const { id } of subjects) job.uses(id)
      const title = `${written.length} labeled samples of ${devices.join(', ')}`
      job.makes({ id: hashOf(`samples ${content}`), kind: 'samples', title })
      job.uses(hashOf(`samples ${content}`))
      const version = (await dataset.door.import(
        {
          ...source,
          name,
          append: true,
          key: [],
          splitBy: 'hash',
          ...{ train: 0.8, eval: 0.1, test: 0.1 },
        },
        job,
      )) as DatasetVersion
      labels.imported(
        written.map(({ id }) => id as Hash),
        `${version.dataset} v${version.number}`,
      )
      job.log(`${title} are rows of ${version.dataset} v${version.number}.`)
      return { version, samples: written.length, devices }
    } finally {
      rmSync(join(folder), { recursive: true, force: true })
    }
  }
}

function picturesOf(subject: Subject, folder: string, file: string, all: Labeled[], model: string) {
  const made = subject.image && writePictures(folder, file, all, subject.image)
  if (made && made.written.length > 0) return made
  throw fail(
    'wrong-type',
    `The labeled samples of ${model} are no pictures, and the rows of its dataset are.`,
    'Name another dataset with --dataset.',
  )
}

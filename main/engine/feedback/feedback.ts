import type { FeedbackBatch } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { Doors } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { Desk, Labeled, Records, SampleShelf } from '../publishing/index.ts'
import type { RegistryRoom } from '../registry/index.ts'
import type { Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { accuracies, counted, measured, type Pair } from './accuracy.ts'
import { guessOf } from './guess.ts'
import { openLabels } from './labels.ts'
import { openShelf, type Standing, type Which } from './shelf.ts'
import { openSubjects, type Subject } from './subjects.ts'
import { openTakingOver } from './takeOver.ts'

export interface FeedbackRoom {
  door: Doors['feedback']
  /** Of the labeled rows on which the two versions of a rollout differ: how many each had right. */
  labeled: Labeled
}

/** Rows that devices kept are labeled here, and become rows to learn from. */
export function createFeedback({
  store,
  dataset,
  training,
  registry,
  samples,
  records,
  desk,
}: {
  store: Store
  dataset: DatasetRoom
  training: TrainingRoom
  registry: RegistryRoom
  samples: SampleShelf
  records: Pick<Records, 'nameOf' | 'onArrival'>
  /** Knows which versions a rollout is about. */
  desk: Pick<Desk, 'known'>
}): FeedbackRoom {
  const labels = openLabels(store)
  const subjectOf = openSubjects({ dataset, training, registry })
  const { nameOf } = records
  const shelf = openShelf({ samples, labels, nameOf, subjectOf })
  const takeOver = openTakingOver({ store, dataset, samples, shelf, labels, subjectOf, nameOf })
  const listeners = new Set<() => void>()
  const changed = () => {
    known = null
    for (const listener of listeners) listener()
  }
  const arrived = () => {
    shelf.changed()
    changed()
  }
  records.onArrival(arrived)
  /** Pairs of all labeled rows, until something is labeled. */
  let known: Pair[] | null = null

  async function pairs(): Promise<Pair[]> {
    known ??= (
      await measured(shelf.rows({}, { reasons: ['disagreement'], state: 'labeled' }), samples.read, subjectOf)
    ).pairs
    return known
  }

  async function label(
    row: Standing,
    given: { label?: string | number | undefined; accept: boolean; skip: boolean; clear: boolean },
  ): Promise<Standing> {
    const { in: of, said } = row
    if (said?.imported)
      throw fail(
        'in-use',
        `This sample is a row of ${said.imported} already.`,
        `Change it there: edgewright dataset fix "${said.imported.replace(/ v(\d+)$/, '@$1')}"`,
      )
    if (given.clear) return shelf.say(row, null)
    if (given.skip) return shelf.say(row, { label: null })
    const subject = await subjectOf(of.model, of.version)
    if (!subject)
      throw fail(
        'not-found',
        `${of.model} v${of.version} is not in this workspace any more, so nobody knows what its rows can be labeled with.`,
        'Bring the model back, or label where it was trained.',
      )
    return shelf.say(row, {
      label: given.accept ? answerOf(row, subject) : checked(given.label, subject),
    })
  }

  function answerOf({ id, in: { version } }: Standing, { label }: Subject): string | number {
    const guess = guessOf(version, samples.read(id).scores, label)
    const said = guess.class ?? guess.value
    if (said === null)
      throw fail('bad-input', 'The model answered nothing to this sample.', 'Label it yourself.')
    return said
  }

  async function* watch(which: Which, signal: AbortSignal): AsyncIterable<{ batches: FeedbackBatch[] }> {
    let wake = () => {}
    let stale = true
    const listener = () => {
      stale = true
      wake()
    }
    listeners.add(listener)
    signal.addEventListener('abort', listener)
    try {
      while (!signal.aborted) {
        if (stale) {
          stale = false
          yield { batches: shelf.batches(which) }
        } else
          await new Promise<void>(resolve => {
            wake = resolve
            if (stale || signal.aborted) resolve()
          })
      }
    } finally {
      listeners.delete(listener)
      signal.removeEventListener('abort', listener)
    }
  }

  return {
    async labeled(site, model, rollout) {
      const of = rolloutOf(desk.known(), site, model, rollout)
      const none = { candidateRight: 0, stableRight: 0 }
      if (!of) return none
      for (const pair of await pairs()) {
        const isOf =
          pair.site === site &&
          pair.model === model &&
          pair.stable === of.stable &&
          pair.candidate === of.candidate &&
          pair.at >= of.startedAt
        if (isOf && pair.stableRight !== pair.candidateRight)
          none[pair.stableRight ? 'stableRight' : 'candidateRight']++
      }
      return none
    },
    door: {
      list: async which => ({ batches: shelf.batches(which) }),
      watch: (which, { signal }) => watch(which, signal),
      async show({ reason, state, offset, limit, ...which }) {
        const part = { reasons: reason, state }
        const page = shelf.rows(which, { ...part, offset, limit })
        const of = (page[0] ?? shelf.rows(which, { limit: 1 })[0])?.in
        const subject = of ? await subjectOf(of.model, of.version) : null
        return {
          samples: await Promise.all(page.map(shelf.whole)),
          total: shelf.total(which, part),
          labeling: subject?.labeling ?? null,
        }
      },
      async label({ sample, ...given }) {
        const row = shelf.row(sample)
        const ways = [given.label !== undefined, given.accept, given.skip, given.clear].filter(Boolean).length
        if (ways !== 1)
          throw fail(
            'bad-input',
            ways === 0 ? 'Nothing says what this sample is.' : 'A sample is labeled in one way at a time.',
            'Give a label, or one of --accept, --skip and --clear.',
          )
        const labeled = await label(row, given)
        changed()
        return await shelf.whole(labeled)
      },
      import: async (input, job) => {
        const taken = await takeOver(input, job)
        arrived()
        return taken
      },
      async accuracy({ model, site, device }) {
        const rows = shelf.rows({ model, site, device }, { state: 'labeled' })
        const { answers, pairs: found } = await measured(rows, samples.read, subjectOf)
        const [first] = rows.length > 0 ? rows : shelf.rows({ model, site, device }, { limit: 1 })
        const subject = first ? await subjectOf(first.in.model, first.in.version) : null
        return {
          task: subject?.label.task ?? null,
          versions: accuracies(answers, nameOf),
          pairs: counted(found),
        }
      },
    },
  }
}

/** The two versions of a rollout that is under way, and since when. */
function rolloutOf(sites: ReturnType<Desk['known']>, site: string, model: string, rollout: string) {
  for (const { site: name, plan } of sites) {
    const found = name === site ? plan?.models.find(each => each.model === model) : undefined
    if (found?.rollout?.id !== rollout || found.stable === null) continue
    const { version, startedAt } = found.rollout
    return { stable: found.stable, candidate: version, startedAt }
  }
  return null
}

/** A label as the model knows it. @throws Failure `bad-input` */
function checked(given: string | number | undefined, { label }: Subject): string | number {
  if (label.task === 'regression') {
    const number = typeof given === 'number' ? given : Number(given?.trim() || Number.NaN)
    if (Number.isFinite(number)) return number
    throw fail('bad-input', `"${given}" is no number, and "${label.column}" holds numbers.`, 'Give a number.')
  }
  const text = String(given)
  const found =
    label.classes.find(each => each === text) ??
    label.classes.find(each => each.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  throw fail(
    'bad-input',
    `"${text.slice(0, 80)}" is no class of "${label.column}".`,
    `Classes are: ${label.classes.slice(0, 20).join(', ')}${label.classes.length > 20 ? ', …' : ''}.`,
  )
}

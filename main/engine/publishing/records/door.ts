import type { DeviceStory } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { fail, failureOf } from '../../kit/index.ts'
import type { Keyring } from '../../trust/index.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Desk } from '../sites/desk.ts'
import { decidedIn, type Span, spanOf, type Told, wordsOf } from './decided.ts'
import { gapsOf } from './gaps.ts'
import { openIntake } from './intake.ts'
import { openRecordTables, type RecordTables } from './kept.ts'
import { openKnownDevices } from './knownDevices.ts'
import { metricsOf } from './metrics.ts'
import { isoOf, reckon } from './moments.ts'
import { openReceipts } from './receipts.ts'
import { openReceiving } from './receive.ts'
import { type Known, type StoryFilter, storyOf } from './story.ts'
import { openTaking } from './take.ts'

type Entries = 'receive' | 'records' | 'decided' | 'metrics' | 'refusals' | 'deviceLetGo'

export interface Records {
  door: Pick<Doors['publishing'], Entries>
  /** Before a plan goes out by another way: what devices are owed is signed. */
  settle(): Promise<void>
  /** Looks at a batch that comes in over the network. */
  check(name: { device: string; sequence: number }, bytes: Uint8Array): Promise<void>
  /** What a device is called. */
  nameOf(device: string): string
  /** Calls back whenever something new was taken in. @returns what ends that */
  onArrival(then: () => void): () => void
  /** Begins to take in what lies in repositories. */
  start(): void
  close(): Promise<void>
}

const ALWAYS: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

/** What devices send back: taking it in, and asking it. */
export function openRecords({
  store,
  desk,
  fleet,
  keyring,
}: {
  store: Parameters<typeof openRecordTables>[0]
  desk: Desk
  fleet: Fleet
  keyring: () => Promise<Keyring>
}): Records {
  const tables: RecordTables = openRecordTables(store)
  const listeners = new Set<() => void>()
  const taking = openTaking({
    ...{ desk, keyring, tables },
    arrived: () => {
      for (const listener of listeners) listener()
    },
  })
  const receipts = openReceipts(desk, tables)
  const intake = openIntake({ desk, taking, receipts })
  const { everyone, nameOf, find } = openKnownDevices({ desk, fleet, tables })

  const receiptOf = (device: string): number =>
    Math.max(
      0,
      ...desk
        .known()
        .flatMap(({ plan }) => plan?.devices.filter(({ id }) => id === device) ?? [])
        .map(each => each.received),
    )

  function told(device: string): Told {
    const records = tables.of(device)
    const times = reckon(records)
    return { records, times, gaps: gapsOf(records, times, tables.gaps(device), receiptOf(device)) }
  }

  const spanBetween = (since: string | undefined, until: string | undefined): Span => ({
    from: since === undefined ? ALWAYS.from : spanOf(since).from,
    to: until === undefined ? ALWAYS.to : spanOf(until).to,
  })

  const story = (known: Known, want: StoryFilter): DeviceStory =>
    storyOf(known, told(known.id), want, receiptOf(known.id))

  return {
    settle: async () => void (await receipts.settle()),
    check: taking.check,
    nameOf,
    onArrival(then) {
      listeners.add(then)
      return () => listeners.delete(then)
    },
    start() {
      if (!store.readOnly) intake.start()
    },
    close: intake.close,
    door: {
      receive: openReceiving({ desk, taking, receipts, nameOf, gaps: device => told(device).gaps }),
      records: async ({ device, kind, model, since, until, offset, limit }) => {
        await fleet.look().catch(() => [])
        return story(find(device), { kind, model, span: spanBetween(since, until), offset, limit })
      },
      decided: async ({ device, model, at }) => {
        await fleet.look().catch(() => [])
        const known = find(device)
        const all = told(known.id)
        const span = spanOf(at)
        if (Number.isNaN(span.from))
          throw fail(
            'bad-input',
            `"${at}" is no moment.`,
            'Write it as 2026-05-03T10:30, or a day as 2026-05-03.',
          )
        if (all.records.length === 0)
          throw fail(
            'not-found',
            `Nothing that ${known.name} recorded is here yet.`,
            'Take in what it sent back with "publishing receive", or wait until it reports.',
          )
        if (!all.records.some(({ record }) => record.body.model === model)) {
          const models = [
            ...new Set(
              all.records.map(({ record }) => record.body.model).filter(each => typeof each === 'string'),
            ),
          ]
          throw fail(
            'not-found',
            `${known.name} tells nothing of a model "${model}".`,
            models.length ? `It tells of ${models.join(', ')}.` : 'It ran none so far.',
          )
        }
        const stretches = decidedIn(model, all, span)
        return {
          ...{ device: known.id, name: known.name, site: known.site, model, stretches },
          since: isoOf(span.from) ?? at,
          until: isoOf(span.to) ?? at,
          certain:
            stretches.length > 0 &&
            stretches.every(({ doubts, state }) => doubts.length === 0 && state !== 'unknown'),
          words: wordsOf({ name: known.name, model, stretches }, span),
        }
      },
      metrics: async ({ model, site, device, since, until }) => {
        const only = device === undefined ? null : find(device).id
        const names = new Map(everyone().map(each => [each.id, each]))
        const devices = [...new Set(tables.windows(model).map(({ record }) => record.device))]
          .filter(
            id => (only === null || id === only) && (site === undefined || names.get(id)?.site === site),
          )
          .map(id => {
            const records = tables.of(id, { kinds: ['metrics', 'started'] })
            return {
              device: id,
              name: names.get(id)?.name ?? id.slice(0, 8),
              records,
              times: reckon(records),
              gaps: [],
            }
          })
        return metricsOf(model, devices, spanBetween(since, until))
      },
      refusals: async ({ device }) => {
        const all = tables.refusals(device === undefined ? undefined : find(device).id)
        return { refusals: all, security: all.filter(({ security }) => security).length }
      },
      deviceLetGo: async ({ id }) => {
        const known = find(id)
        const missing = told(known.id).gaps.filter(({ why }) => why === 'missing')
        if (missing.length === 0)
          throw fail('not-found', `No record of ${known.name} is missing.`, 'There is nothing to give up.')
        for (const { after, before } of missing) tables.giveUp(known.id, { after, before, why: 'let-go' })
        await receipts.settle(new Set([known.id])).catch(error => {
          if (failureOf(error).code === 'internal') throw error
        })
        return story(known, { span: ALWAYS, offset: 0, limit: 100 })
      },
    },
  }
}

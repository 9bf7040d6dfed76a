import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LabelSpec } from '../../../main/engine/encoding/index.ts'
import { createFeedback } from '../../../main/engine/feedback/index.ts'
import { canonicalJson, fail, hashOf } from '../../../main/engine/kit/index.ts'
import { openSampleShelf } from '../../../main/engine/publishing/records/index.ts'
import { openRecordTables } from '../../../main/engine/publishing/records/kept.ts'
import type { Sample } from '../../../main/engine/release/index.ts'
import { openStore } from '../../../main/engine/store/index.ts'
import { folder } from '../../agent/tinyModel.ts'

const ROLLOUT = { id: 'hall-v2-3', version: 2, startedAt: '2026-05-03T08:00:00.000Z' }

/** The room over a real workspace, and rows that came back from a site. */
function room(label: LabelSpec, samples: Partial<Sample>[]) {
  const store = openStore(join(folder(), 'shop'))
  const rows = samples.map(
    (more, i): Sample => ({
      ...{ model: 'bolts', version: 1, instance: { n: i }, scores: [], other: null },
      ...{ reason: 'disagreement', at: `2026-05-03T09:00:0${i}.000Z` },
      ...more,
    }),
  )
  openRecordTables(store).keep({
    ...{ format: 'edgewright-batch/1', site: 'hall', device: 'a'.repeat(24), sequence: 1, records: [] },
    samples: Object.fromEntries(rows.map(each => [hashOf(canonicalJson(each)), each])),
  })
  const run = { version: hashOf('data'), transform: hashOf('t'), plan: { dataset: 'bolts', label: 'kind' } }
  const feedback = createFeedback({
    store,
    dataset: { resolve: () => ({ dataset: 'bolts' }) } as never,
    training: { get: () => run, model: async () => ({ label, transform: { features: [] } }) } as never,
    registry: {
      resolve: (_model: string, version: number) => {
        if (version > 2) throw fail('not-found', 'There is no such version.', '')
        return { id: hashOf(`v${version}`), run: `run-${version}` }
      },
    } as never,
    samples: openSampleShelf(store),
    records: { nameOf: device => device.slice(0, 4), onArrival: () => () => {} },
    desk: {
      known: () => [
        { site: 'hall', plan: { models: [{ model: 'bolts', stable: 1, rollout: ROLLOUT }] } } as never,
      ],
    },
  })
  const says = (i: number, label: string | number) =>
    feedback.door.label(
      {
        sample: hashOf(canonicalJson(rows[i])),
        ...{ label, accept: false, skip: false, clear: false },
      },
      { signal: new AbortController().signal },
    )
  return { feedback, says }
}

describe('labeled disagreements of a rollout', () => {
  test('count for the version that had them right, where one had', async () => {
    const label: LabelSpec = { task: 'multiclass', column: 'kind', classes: ['a', 'b', 'c'] }
    const differs = { scores: [0.8, 0.1, 0.1], other: { version: 2, scores: [0.1, 0.8, 0.1] } }
    const { feedback, says } = room(label, [
      differs,
      differs,
      differs,
      differs,
      // Before the rollout began, of another candidate, and one on which nothing differed.
      { ...differs, at: '2026-05-03T07:00:00.000Z' },
      { ...differs, other: { version: 3, scores: [0.1, 0.8, 0.1] } },
      { scores: [0.8, 0.1, 0.1], reason: 'random' },
    ])
    const ask = () => feedback.labeled('hall', 'bolts', ROLLOUT.id)
    expect(await ask()).toEqual({ candidateRight: 0, stableRight: 0 })
    for (const [i, said] of ['a', 'b', 'b', 'c', 'b', 'b', 'a'].entries()) await says(i, said)
    expect(await ask()).toEqual({ candidateRight: 2, stableRight: 1 })
    await says(0, 'b')
    expect(await ask()).toEqual({ candidateRight: 3, stableRight: 0 })
    expect(await feedback.labeled('hall', 'bolts', 'another')).toEqual({ candidateRight: 0, stableRight: 0 })
  })

  test('of a number count for the version that is nearer', async () => {
    const label: LabelSpec = { task: 'regression', column: 'price', classes: [], mean: 0, deviation: 1 }
    const differs = { scores: [10], other: { version: 2, scores: [14] } }
    const { feedback, says } = room(label, [differs, differs, differs])
    await says(0, 13)
    await says(1, '9.5')
    // As far from both: neither is right.
    await says(2, 12)
    expect(await feedback.labeled('hall', 'bolts', ROLLOUT.id)).toEqual({
      candidateRight: 1,
      stableRight: 1,
    })
    await expect(says(0, 'much')).rejects.toMatchObject({ failure: { code: 'bad-input' } })
    const { versions } = await feedback.door.accuracy({ model: 'bolts' } as never, {
      signal: new AbortController().signal,
    })
    expect(versions.find(({ version, device }) => version === 1 && device === null)).toMatchObject({
      ...{ labeled: 3, right: null, random: null },
      error: (3 + 0.5 + 2) / 3,
    })
  })
})

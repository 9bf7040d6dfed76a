import { describe, expect, test } from 'vitest'
import type { Device, DeviceVersion, FailureCode } from '#contract'
import { seeded } from '../../../main/engine/kit/index.ts'
import { confidenceSequence } from '../../../main/engine/publishing/rollout/confidence.ts'
import { decide, type Evidence } from '../../../main/engine/publishing/rollout/decide.ts'
import { evidenceOf } from '../../../main/engine/publishing/rollout/evidence.ts'

const quiet: Evidence = {
  wanted: 10,
  loadFailures: 0,
  goldenMismatches: 0,
  candidate: { predictions: 1000, crashes: 0, p95: 4, lowConfidence: 50 },
  stable: { predictions: 4000, crashes: 0, p95: 3, lowConfidence: 200 },
  compared: 0,
  disagreements: 0,
  candidateRight: 0,
  stableRight: 0,
}

describe('confidence sequence', () => {
  test('holds the share, is exact at the ends, and narrows', () => {
    expect(confidenceSequence(0, 0, 0.05)).toEqual({ low: 0, high: 1 })
    expect(confidenceSequence(0, 50, 0.05)).toMatchObject({ low: 0 })
    expect(confidenceSequence(50, 50, 0.05)).toMatchObject({ high: 1 })
    let width = 1
    for (const n of [10, 100, 1000, 10_000]) {
      const { low, high } = confidenceSequence(0.3 * n, n, 0.05)
      expect(low).toBeLessThan(0.3)
      expect(high).toBeGreaterThan(0.3)
      expect(high - low).toBeLessThan(width)
      width = high - low
    }
    expect(width).toBeLessThan(0.05)
  })

  // By the definition: the likelihood ratio at the bounds is 1/alpha. For 2 of 2 and a uniform mixture it is (1/3)/p^2.
  test('agrees with the formula where it can be solved by hand', () => {
    expect(confidenceSequence(2, 2, 0.05).low).toBeCloseTo(Math.sqrt(0.05 / 3), 6)
  })

  test('looked at after every single row, the truth is ever outside in at most alpha of all cases', () => {
    const alpha = 0.05
    const cases = 1000
    for (const truth of [0.5, 0.2]) {
      const draw = seeded(7)
      let missed = 0
      for (let one = 0; one < cases; one++) {
        let right = 0
        for (let n = 1; n <= 300; n++) {
          if (draw() < truth) right++
          const { low, high } = confidenceSequence(right, n, alpha)
          if (truth < low || truth > high) {
            missed++
            break
          }
        }
      }
      expect(missed / cases).toBeLessThanOrEqual(alpha)
    }
  })
})

describe('decide', () => {
  /** A rollout that somebody looks at every day for a season. @param right share of the disagreements it has right */
  function season(draw: () => number, { differ, right }: { differ: number; right: number }): string {
    const seen = { ...quiet }
    for (let day = 0; day < 90; day++) {
      for (let item = 0; item < 200; item++) {
        seen.compared++
        if (draw() >= differ) continue
        seen.disagreements++
        if (draw() < right) seen.candidateRight++
        else seen.stableRight++
      }
      const { outcome } = decide(seen)
      if (outcome !== 'hold') return outcome
    }
    return 'hold'
  }
  const outcomes = (cases: number, world: { differ: number; right: number }) => {
    const draw = seeded(11)
    const all = Array.from({ length: cases }, () => season(draw, world))
    return (outcome: string) => all.filter(each => each === outcome).length / cases
  }

  test('daily looks do not promote what loses more than is allowed, nor roll back what is as good', () => {
    // 10 % differ, 40 % of these right: 2 points are lost where one is allowed.
    expect(outcomes(300, { differ: 0.1, right: 0.4 })('promote')).toBeLessThanOrEqual(0.05)
    // On the edge: exactly one point is lost.
    expect(outcomes(300, { differ: 0.1, right: 0.45 })('promote')).toBeLessThanOrEqual(0.05)
    expect(outcomes(300, { differ: 0.1, right: 0.5 })('roll-back')).toBeLessThanOrEqual(0.05)
  })

  test('and they find what is much worse, and what is better', () => {
    expect(outcomes(60, { differ: 0.1, right: 0.2 })('roll-back')).toBeGreaterThan(0.95)
    expect(outcomes(60, { differ: 0.1, right: 0.7 })('promote')).toBeGreaterThan(0.95)
  })

  test('says why, in words', () => {
    expect(decide(quiet)).toMatchObject({ outcome: 'hold', reason: expect.stringContaining('shadow') })
    expect(decide({ ...quiet, compared: 5000, disagreements: 2 })).toMatchObject({
      outcome: 'promote',
      reason: expect.stringMatching(/differ on at most 0\.\d%/),
    })
    expect(decide({ ...quiet, compared: 1000, disagreements: 100 })).toMatchObject({
      outcome: 'hold',
      reason: 'The two differ on 100 of 1000 items and none of these is labeled yet.',
    })
    expect(
      decide({ ...quiet, compared: 1000, disagreements: 100, candidateRight: 10, stableRight: 60 }),
    ).toMatchObject({ outcome: 'roll-back', reason: expect.stringContaining('it is worse') })
    expect(
      decide({ ...quiet, compared: 1000, disagreements: 100, candidateRight: 70, stableRight: 20 }),
    ).toMatchObject({ outcome: 'promote', reason: expect.stringContaining('it is better') })
  })

  test('guardrails come first: crashes, what does not load, other answers, slowness, doubt', () => {
    const good = { ...quiet, compared: 1000, disagreements: 100, candidateRight: 70, stableRight: 20 }
    const bad = (more: Partial<Evidence>) => decide({ ...good, ...more })
    expect(bad({ candidate: { ...quiet.candidate, crashes: 1 } })).toMatchObject({ outcome: 'roll-back' })
    expect(bad({ loadFailures: 1 })).toMatchObject({
      outcome: 'roll-back',
      reason: expect.stringContaining('1 of 10 devices'),
    })
    expect(bad({ goldenMismatches: 2 })).toMatchObject({ outcome: 'roll-back' })
    // Of a hundred devices a few may fail for reasons of their own.
    expect(bad({ wanted: 100, loadFailures: 5 }).outcome).toBe('promote')
    expect(bad({ wanted: 100, loadFailures: 6 }).outcome).toBe('roll-back')
    expect(bad({ candidate: { ...quiet.candidate, p95: 7 } })).toMatchObject({
      outcome: 'hold',
      reason: expect.stringContaining('7.0 ms'),
    })
    expect(bad({ candidate: { ...quiet.candidate, lowConfidence: 200 } })).toMatchObject({ outcome: 'hold' })
    // Ten answers say nothing of speed.
    expect(bad({ candidate: { predictions: 10, crashes: 0, p95: 700, lowConfidence: 9 } }).outcome).toBe(
      'promote',
    )
  })
})

describe('what devices tell of a rollout', () => {
  const rollout = {
    ...{ id: 'r', version: 2, unit: 'inference' as const, share: 1, members: [], groups: [], shadow: true },
    ...{ state: 'running' as const, startedAt: '2026-11-22T00:00:00.000Z' },
  }
  const version = (number: number, code?: FailureCode): DeviceVersion => ({
    ...{ version: number, variant: 'float32', manifest: '', bytes: 1, since: null, predictions: 10 },
    ...{ errors: 0, crashes: 1, p50: 1, p95: number, lowConfidence: 2 },
    role: code ? 'quarantined' : number === 2 ? 'candidate' : 'primary',
    failure: code ? { code, message: 'It was so.', remedy: '' } : null,
  })
  const device = (id: string, second: DeviceVersion, compared = 0): Device => ({
    ...{
      id,
      name: id,
      repository: '',
      address: null,
      ours: false,
      health: 'healthy',
      seen: '',
      timeline: [],
    },
    runtime: { node: '', platform: '', backend: '', memoryBytes: 0 },
    models: [
      {
        ...{ model: 'bolts', wanted: 1, reports: 1, previous: null, state: 'serving', failure: null },
        ...{ predictions: 0, errors: 0, p50: null, switchedAt: null, versions: [version(1), second] },
        candidate: compared
          ? { version: 2, share: 1, shadow: true, rollout: 'r', compared, disagreements: compared / 2 }
          : null,
      },
    ],
  })

  test('is counted by what failed: golden rows that came out otherwise are no load that failed', () => {
    const devices = [
      device('a', version(2), 8),
      device('b', version(2, 'golden-mismatch')),
      device('c', version(2, 'unsupported-graph')),
      device('d', version(2, 'does-not-fit')),
    ]
    const none = { candidateRight: 0, stableRight: 0 }
    const { evidence, progress } = evidenceOf(devices, 'bolts', 1, rollout, none)
    expect(evidence).toMatchObject({
      ...{ wanted: 4, goldenMismatches: 1, loadFailures: 2, compared: 8, disagreements: 4 },
      stable: { predictions: 40, crashes: 4, p95: 1, lowConfidence: 8 },
    })
    expect(progress).toEqual({ wanted: 4, running: 1, failed: 3, silent: 0 })
    expect(decide(evidence)).toMatchObject({
      outcome: 'roll-back',
      reason: 'The process ended 4 times while the new version served, where 0 are allowed.',
    })
    // Figures of an earlier rollout say nothing of this one.
    const other = evidenceOf(devices, 'bolts', 1, { ...rollout, id: 'later' }, none).evidence
    expect([other.compared, other.disagreements]).toEqual([0, 0])
  })
})

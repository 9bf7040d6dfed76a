import { describe, expect, test } from 'vitest'
import type { Device, Evaluation, Run } from '#contract'
import type { Flow } from '../../../renderer/app/flow.ts'
import { stagesOf } from '../../../renderer/app/stages.ts'
import { attentionOf } from '../../../renderer/rooms/home/attention.ts'
import { AT, anomaly, hash, job, succeeded, validation, version } from '../engine/samples.ts'

const flow = (over: Partial<Flow> = {}): Flow => ({
  dataset: 'Birds',
  versions: 1,
  latest: version({ dataset: 'Birds' }),
  statistics: null,
  schema: null,
  validation: null,
  runs: [],
  evaluations: [],
  evaluation: null,
  variants: [],
  models: [],
  newest: null,
  releases: [],
  devices: [],
  open: [],
  ...over,
})
const run = (over: object): Run =>
  ({ id: 'run-3', plan: { epochs: 30 }, epochs: [{ epoch: 9 }], failure: null, at: AT, ...over }) as never
const evaluation = (value: number): Evaluation =>
  ({
    id: hash('f'),
    model: 'birds',
    gate: { passed: false, checks: [{ rule: { metric: 'recall', min: 0.75 }, value, passed: false }] },
    at: AT,
  }) as never
const device = (over: object): Device =>
  ({ id: 'd1', name: 'pump-01', health: 'healthy', models: [], ...over }) as never

describe('what needs a person', () => {
  test('nothing, where all is well or was never done', () => {
    expect(
      attentionOf([flow(), flow({ validation: validation({ verdict: 'good', anomalies: [] }) })], []),
    ).toEqual([])
  })

  test('an anomaly of the whole dataset is named by its title', () => {
    const whole = anomaly({
      severity: 'warning',
      feature: '',
      title: 'Duplicated rows',
      detail: '60 rows are copies.',
    })
    const text = (...anomalies: ReturnType<typeof anomaly>[]) =>
      attentionOf([flow({ validation: validation({ verdict: 'look', anomalies }) })], [])[0]?.text
    expect(text(whole)).toBe('Birds: duplicated rows. 60 rows are copies.')
    expect(text(whole, anomaly({ severity: 'warning', feature: 'age' }))).toBe(
      'Birds: 2 anomalies want a look, duplicated rows first',
    )
  })

  test('states the fact and the limit, what blocks first', () => {
    const items = attentionOf(
      [
        flow({
          runs: [run({ state: 'interrupted' })],
          evaluation: evaluation(0.71),
          validation: validation({
            verdict: 'look',
            anomalies: [anomaly({ severity: 'warning' }), anomaly({ severity: 'warning', feature: 'age' })],
          }),
          devices: [device({ health: 'offline' })],
        }),
      ],
      [],
    )
    expect(items.map(item => item.text)).toEqual([
      'birds: recall 71.0% where 75.0% is wanted',
      'Birds: 2 anomalies want a look, workclass first',
      'pump-01 is offline',
      'run-3 was interrupted after epoch 9 of 30',
    ])
    expect(items.map(item => item.button)).toEqual(['Compare', 'Review', 'Show the device', 'Continue'])
  })

  test('of a rule with two ends the one that is missed is named', () => {
    const both = evaluation(0.71)
    Object.assign(both.gate.checks[0] as object, { rule: { metric: 'logLoss', min: 0.1, max: 0.5 } })
    expect(attentionOf([flow({ evaluation: both })], [])[0]?.text).toBe(
      'birds: log loss 0.7100 where 0.5000 is allowed',
    )
  })

  test('an accepted anomaly needs no one', () => {
    const accepted = validation({
      verdict: 'good',
      anomalies: [anomaly({ accepted: { reason: 'known', at: AT } })],
    })
    expect(attentionOf([flow({ validation: accepted })], [])).toEqual([])
  })

  test('a failed job that succeeded since is settled', () => {
    const failed = job({
      status: {
        state: 'failed',
        failure: { code: 'disk-full', message: 'The disk is full.', remedy: 'Free some.' },
      },
    })
    expect(attentionOf([], [failed])).toMatchObject([{ kind: 'bad', again: failed.id, room: 'Statistics' }])
    expect(attentionOf([], [succeeded(job(), {}), failed])).toEqual([])
  })
})

test('the stage strip says where each room stands, running work before its last outcome', () => {
  const marks = stagesOf(
    flow({
      statistics: { features: 2, at: AT },
      validation: validation(),
      runs: [run({ state: 'succeeded' })],
      evaluation: evaluation(0.5),
      open: [job({ room: 'training' })],
    }),
  )
  expect(marks.map(mark => mark.stage)).toEqual([
    'done',
    'done',
    'blocked',
    'running',
    'blocked',
    'none',
    'none',
    'none',
  ])
})

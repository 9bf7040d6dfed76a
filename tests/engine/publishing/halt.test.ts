import { afterEach, expect, test } from 'vitest'
import type { Device } from '#contract'
import { openHalting } from '../../../main/engine/publishing/rollout/halt.ts'
import type { Desk } from '../../../main/engine/publishing/sites/desk.ts'
import { begin, hold, makeStable, modelIn } from '../../../main/engine/publishing/sites/edit.ts'
import { newPlan } from '../../../main/engine/publishing/sites/newPlan.ts'

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

const MODEL = 'Bolts'
const WHERE = '/repository'

/** A rollout of version 2 by inference on so many devices, the first of which did not take it. */
function site(devices: number) {
  const plan = newPlan('hall-1', '')
  const model = modelIn(plan, MODEL)
  model.versions = [2, 1].map(version => ({ version, counter: version, variants: [] as never }))
  makeStable(plan, model, 1)
  begin(plan, model, {
    ...{ version: 2, unit: 'inference', share: 0.2, groups: [], shadow: false, state: 'running' },
    startedAt: '2026-11-22T00:00:00.000Z',
  })
  let failing = 0
  const nudged: string[] = []
  const fleet = {
    look: async () =>
      Array.from({ length: devices }, (_, n) => ({
        ...{ id: String(n), repository: WHERE, site: 'hall-1', groups: [], health: 'healthy' },
        models: [
          {
            model: MODEL,
            versions: [
              {
                ...{ version: 2, role: n < failing ? 'quarantined' : 'candidate' },
                ...{ predictions: 0, crashes: 0, p95: null, lowConfidence: 0 },
                failure: n < failing ? { code: 'golden-mismatch', message: '', remedy: '' } : null,
              },
            ],
          },
        ],
      })) as unknown as Device[],
  }
  const desk = {
    known: () => [{ site: 'hall-1', address: WHERE, plan }],
    place: async () => ({ site: 'hall-1', address: WHERE }),
    change: async (_place: unknown, edit: (there: typeof plan) => unknown) => {
      edit(plan)
      return plan
    },
  } as unknown as Desk
  const halting = openHalting({ desk, fleet: fleet as never, nudge: ({ site: name }) => nudged.push(name) })
  endings.push(halting.close)
  return { plan, model, nudged, look: halting.look, fail: (count: number) => (failing = count) }
}

test('a rollout is held by itself when more devices fail with it than may, and again only when more do', async () => {
  const { plan, model, nudged, look, fail } = site(20)
  await look()
  fail(1)
  await look()
  expect(model.rollout?.state).toBe('running')
  fail(2)
  await look()
  expect(model.rollout).toMatchObject({
    state: 'paused',
    halted: { failures: 2, reason: expect.stringMatching(/2 of 20 devices, where 1 are allowed/) },
  })
  expect(nudged).toEqual(['hall-1'])
  hold(plan, model, true)
  await look()
  expect(model.rollout?.state).toBe('running')
  fail(3)
  await look()
  expect(model.rollout).toMatchObject({ state: 'paused', halted: { failures: 3 } })
})

test('a rollout that a person held stays as it was', async () => {
  const { plan, model, look, fail } = site(4)
  hold(plan, model, false)
  fail(4)
  await look()
  expect(model.rollout?.halted ?? null).toBe(null)
})

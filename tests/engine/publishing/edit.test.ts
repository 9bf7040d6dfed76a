import { describe, expect, test } from 'vitest'
import { begin, hold, modelIn, rollBack } from '../../../main/engine/publishing/sites/edit.ts'
import { newPlan } from '../../../main/engine/publishing/sites/newPlan.ts'
import { assign, type PlanDevice } from '../../../main/engine/release/index.ts'

const device = (n: number): PlanDevice => ({
  id: String(n).padStart(24, '0'),
  name: `box ${n}`,
  ...{ key: '', recipient: '', groups: [], use: {}, received: 0, siteKey: null },
})

const asked = {
  version: 2,
  unit: 'device' as const,
  share: 0.25,
  groups: [],
  shadow: false,
  state: 'running' as const,
  startedAt: '2026-11-22T00:00:00.000Z',
}

function planned() {
  const plan = newPlan('hall-1', '')
  plan.devices = Array.from({ length: 8 }, (_, n) => device(n))
  return { plan, model: modelIn(plan, 'Bolts') }
}

describe('who is first in a rollout by device', () => {
  test('is drawn by rank, and written out', () => {
    const { plan, model } = planned()
    const { members } = begin(plan, model, asked)
    expect(members).toHaveLength(2)
    const again = planned()
    expect(begin(again.plan, again.model, asked).members).toEqual(members)
  })

  test('is somebody who was heard of lately, as far as there are any', () => {
    const ids = planned().plan.devices.map(({ id }) => id)
    for (const id of ids) {
      const { plan, model } = planned()
      expect(begin(plan, model, asked, new Set([id])).members[0]).toBe(id)
    }
    const { plan, model } = planned()
    const heard = new Set(ids.slice(0, 3))
    expect(begin(plan, model, asked, heard).members.every(id => heard.has(id))).toBe(true)
  })
})

describe('a rollout that is held', () => {
  const version = (number: number) => ({ version: number, counter: number, variants: [] as never })

  test('begins with no further device, and goes on where it has begun', () => {
    const { plan, model } = planned()
    model.versions = [version(2), version(1)]
    model.stable = 1
    const [first = '', second = ''] = begin(plan, model, asked).members
    hold(plan, model, false)
    const runs = (device: string, now: number) =>
      assign(plan, model, device, { version: now, rollout: null }).primary?.version
    expect(runs(first, 2)).toBe(2)
    expect(runs(second, 1)).toBe(1)
    expect(assign(plan, model, first).primary?.version).toBe(1)
    hold(plan, model, true)
    expect(runs(second, 1)).toBe(2)
  })

  test('keeps answering its share where it has begun', () => {
    const { plan, model } = planned()
    model.versions = [version(2), version(1)]
    model.stable = 1
    const { id } = begin(plan, model, { ...asked, unit: 'inference' })
    hold(plan, model, false)
    const beside = (rollout: string | null) =>
      assign(plan, model, 'x', { version: 1, rollout }).candidate?.version.version ?? null
    expect(beside(id)).toBe(2)
    expect(beside(null)).toBe(null)
  })
})

describe('a rollback', () => {
  const running = (versions: number[]) => {
    const { plan, model } = planned()
    Object.assign(model, { stable: 4, before: versions })
    return { plan, model }
  }

  test('passes over a version that devices have put in quarantine', () => {
    const { plan, model } = running([3, 2, 1])
    rollBack(plan, model, version => version === 3)
    expect(model).toMatchObject({ stable: 2, before: [1] })
  })

  test('that leads to no other says why, and changes nothing', () => {
    const { plan, model } = running([3])
    expect(() => rollBack(plan, model, () => true)).toThrow(/v3 of Bolts in quarantine: .* stay with v4/)
    expect(model).toMatchObject({ stable: 4, before: [3] })
  })
})

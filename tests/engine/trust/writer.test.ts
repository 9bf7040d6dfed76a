import { describe, expect, test } from 'vitest'
import { openSiteWriter } from '../../../main/engine/trust/index.ts'
import { DAY, failing, openStand, planOf, targetOf } from './stand.ts'

describe('a site that publishes', () => {
  test('makes its repository at first use, and a device finds what is vouched for', async () => {
    const { writer, device, sink } = await openStand()
    expect(await writer.state()).toEqual([])
    await writer.publish([
      ...planOf('plan 1'),
      {
        role: 'model-birds-1f0c9a',
        targets: [targetOf('models/birds-1f0c9a/1/float32', 'manifest', { version: 1 })],
      },
    ])
    expect([...sink.files.keys()].sort()).toEqual([
      '1.model-birds-1f0c9a.json',
      '1.root.json',
      '1.site.json',
      '1.snapshot.json',
      '1.targets.json',
      'timestamp.json',
    ])
    const trusted = await device().refresh()
    expect(await trusted.target('site/plan')).toEqual(targetOf('site/plan', 'plan 1'))
    expect(await trusted.target('models/birds-1f0c9a/1/float32')).toEqual(
      targetOf('models/birds-1f0c9a/1/float32', 'manifest', { version: 1 }),
    )
    expect(await trusted.target('models/birds-1f0c9a/2/float32')).toBeNull()
    expect(trusted.roles.map(({ role, threshold, keys }) => [role, threshold, keys.length])).toEqual([
      ['root', 2, 3],
      ['timestamp', 1, 1],
      ['snapshot', 1, 1],
      ['targets', 1, 1],
      ['site', 1, 1],
      ['model-birds-1f0c9a', 1, 1],
    ])
  })

  test('signs for a year, a week online and 90 days on sticks', async () => {
    const days = async (lane: 'online' | 'stick') => {
      const { writer, clock } = await openStand({ lane })
      const states = await writer.publish(planOf('plan'))
      return Object.fromEntries(
        states.map(({ role, expires }) => [role, (Date.parse(expires) - clock.now) / DAY]),
      )
    }
    expect(await days('online')).toEqual({ root: 365, targets: 365, site: 365, snapshot: 7, timestamp: 7 })
    expect(await days('stick')).toEqual({ root: 365, targets: 365, site: 365, snapshot: 90, timestamp: 90 })
  })
})

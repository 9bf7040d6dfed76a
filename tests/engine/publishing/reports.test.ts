import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openBelonging } from '../../../main/engine/publishing/fleet/belonging.ts'
import { openReportReader } from '../../../main/engine/publishing/fleet/reportReader.ts'
import { openStandings } from '../../../main/engine/publishing/fleet/standings.ts'
import type { KnownSite } from '../../../main/engine/publishing/sites/known.ts'
import { newPlan } from '../../../main/engine/publishing/sites/newPlan.ts'
import {
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  generateKey,
  openSink,
  seal,
} from '../../../main/engine/release/index.ts'
import { folder } from '../../agent/tinyModel.ts'

/** A device that leaves its signed report in a repository. */
function deviceIn(repository: string, site: string | null = null) {
  const { key } = generateKey()
  const id = deviceIdOf(key)
  const path = join(repository, 'devices', `${id}.json`)
  mkdirSync(join(repository, 'devices'), { recursive: true })
  const report = (at: string) =>
    ({
      ...{ type: 'device', format: FORMAT, id, key: key.spki, name: 'box', address: null, at, site },
      ...{ stopped: false, failure: null, models: [], timeline: [] },
      runtime: { node: '24.1.0', platform: 'linux', backend: 'wasm', memoryBytes: 1 },
    }) as DeviceReport
  return {
    ...{ id, path, report },
    says: (at: string) => writeFileSync(path, seal(report(at), key)),
  }
}
const FIRST = '2026-01-02T03:04:05.000Z'
const LATER = '2026-01-02T03:04:06.000Z'
const seen = { seen: FIRST, isOffline: false, ours: false }

describe('reports of a repository', () => {
  test('one that did not change is checked once; one that did is checked again, and alone', async () => {
    const repository = folder()
    const [a, b] = [deviceIn(repository), deviceIn(repository)]
    a.says(FIRST)
    b.says(FIRST)
    const reader = openReportReader()
    const sink = openSink(repository)
    const first = await reader.look(sink)
    expect(first).toMatchObject({ fresh: 2 })
    const of = (read: DeviceReport[], id: string) => read.find(each => each.id === id)
    const again = await reader.look(sink)
    expect(again.fresh).toBe(0)
    expect(of(again.read, a.id)).toBe(of(first.read, a.id))

    b.says(LATER)
    const later = await reader.look(sink)
    expect(later.fresh).toBe(1)
    expect(of(later.read, a.id)).toBe(of(first.read, a.id))
    expect(of(later.read, b.id)?.at).toBe(LATER)
  })

  test('one that is damaged or gone does not count any more, whatever it said before', async () => {
    const repository = folder()
    const [a, b, thief] = [deviceIn(repository), deviceIn(repository), deviceIn(repository)]
    for (const each of [a, b, thief]) each.says(FIRST)
    const reader = openReportReader()
    const sink = openSink(repository)
    await reader.look(sink)
    writeFileSync(a.path, '{"signed":')
    writeFileSync(thief.path, seal(a.report(LATER), generateKey().key))
    rmSync(b.path)
    expect((await reader.look(sink)).read).toEqual([])
    expect([a, b, thief].map(({ id }) => reader.has(id))).toEqual([true, false, true])
    b.says(LATER)
    expect((await reader.look(sink)).read.map(({ id }) => id)).toEqual([b.id])
  })
})

describe('how devices stand', () => {
  const site = (name: string, address: string, ids: string[], issued = FIRST): KnownSite => ({
    ...{ site: name, address, encrypted: false, roles: [] },
    plan: {
      ...newPlan(name, ''),
      issued,
      devices: ids.map(id => ({
        ...{ id, name: `${name}'s`, key: '', recipient: '', groups: [], use: {}, received: 0, siteKey: null },
      })),
    },
  })

  test('belong to who approved them, else where they say, else to the only one there', () => {
    const [a, b] = [deviceIn(folder(), 'south'), deviceIn(folder())]
    const [said, mute] = [a.report(FIRST), b.report(FIRST)]
    const north = site('north', '/here', [a.id])
    const south = site('south', '/here', [])
    const east = site('east', '/there', [a.id])
    const belonging = openBelonging([north, south, east])
    expect(belonging(said, '/here')).toMatchObject({ known: { site: 'north' }, enrolled: { id: a.id } })
    expect(openBelonging([site('north', '/here', []), south])(said, '/here')).toMatchObject({
      ...{ known: { site: 'south' }, enrolled: null },
    })
    expect(belonging(mute, '/here').known).toBeNull()
    expect(belonging(mute, '/there').known).toBe(east)
    expect(belonging(said, '/nowhere')).toMatchObject({ known: null, enrolled: null })
  })

  test('are worked out anew for a report, a silence, a new plan and nothing else', () => {
    const device = deviceIn(folder())
    const report = device.report(FIRST)
    const at = (issued: string) => openBelonging([site('north', '/here', [device.id], issued)])
    const standings = openStandings()
    const first = standings.of(at(FIRST)(report, '/here'), seen)
    expect(first).toMatchObject({ name: "north's", health: 'healthy', upToDate: false })
    // Read again from the disk, the same plan is another object.
    expect(standings.of(at(FIRST)(report, '/here'), seen)).toBe(first)
    expect(standings.of(at(FIRST)(report, '/here'), { ...seen, isOffline: true }).health).toBe('offline')
    const planned = standings.of(at(LATER)({ ...report, plan: LATER }, '/here'), seen)
    expect(planned.upToDate).toBe(true)
    standings.keep([])
    expect(standings.of(at(FIRST)(report, '/here'), seen)).not.toBe(first)
  })
})

import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rollBackByHand, switchByHand } from '../../../main/agent/steps/switch.ts'
import { ingest } from '../../../main/agent/sticks/index.ts'
import { openSource } from '../../../main/engine/release/index.ts'
import { type Box, boxHere, recording } from '../boxHere.ts'
import { MODEL, openPublisher } from '../publishHere.ts'
import { PowerCut, SimDisk } from '../simDisk.ts'
import { folder } from '../tinyModel.ts'

/** What may happen to a device, in any order. */
const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('publish' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('republish' as const), which: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('floor' as const), less: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('revoke' as const), which: fc.nat(5) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('look' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('stick' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('make a stick' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replay' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('prove' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail' as const) }) },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('switch' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('roll back' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('power cut' as const),
      at: fc.integer({ min: 1, max: 90 }),
      draws: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 9, maxLength: 9 }),
    }),
  },
)
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never

/** Runs a sequence, and looks after each step what answers. @returns how many steps were looked at */
async function live(deeds: Deed[]): Promise<number> {
  const publisher = await openPublisher({ site: 'hall-1' })
  /** Manifest to the highest counter that was signed for it. */
  const signed = new Map<string, number>()
  const called = new Set<string>()
  const sticks: string[] = []
  const old: string[] = []
  let version = 0
  let looked = 0
  const publish = async () => {
    if (version > 0) old.push(recording(publisher.where))
    await publisher.publish({ version: ++version, note: `${version}` })
  }
  const model = () => publisher.model()
  const note = () => {
    for (const { counter, variants } of model().versions)
      for (const { manifest } of variants) signed.set(manifest, counter)
  }
  await publish()
  note()
  let disk = new SimDisk()
  let box: Box = await boxHere(disk, publisher.where, { site: 'hall-1' })
  await box.look()
  const due: Extract<Deed, { kind: 'power cut' }>[] = []
  /** Floor and revocations that the device has heard of, by its own word, and never less than before. */
  let floor = 0
  let answered: string | undefined
  /** What failed while it answered, in this process: a disk that is gone did not let that be kept. */
  let failed = new Set<string>()

  const check = (running: Box, when: string) => {
    looked++
    const state = running.core.parts.modelOf(MODEL)
    floor = Math.max(floor, state.floor)
    expect(state.floor, `${when}: the floor sank`).toBe(floor)
    for (const manifest of state.revoked) called.add(manifest)
    const runs = running.runs.get(MODEL)
    if (!runs) {
      // Nothing answers only where all that it has was called back or failed.
      const others = state.installed.filter(
        each =>
          each.counter >= state.floor && !state.revoked.includes(each.manifest) && !failed.has(each.manifest),
      )
      expect(others, `${when}: nothing answers`).toEqual([])
    } else {
      const counter = signed.get(runs.manifest)
      expect(counter, `${when}: v${runs.version} was never signed`).toBeDefined()
      if (runs.manifest !== answered) {
        expect(counter, `${when}: v${runs.version} is below the floor`).toBeGreaterThanOrEqual(floor)
        expect(called.has(runs.manifest), `${when}: v${runs.version} was called back`).toBe(false)
      }
    }
    answered = runs?.manifest
  }

  const act = async (deed: Deed) => {
    const { parts, trials } = box.core
    const pick = (which: number) => model().versions[which % model().versions.length]
    switch (deed.kind) {
      case 'publish':
        await publish()
        return
      case 'republish':
        return publisher.change(() => {
          const before = pick(deed.which)
          if (
            before &&
            before.counter >= model().floor &&
            !before.variants.some(each => model().revoked.includes(each.manifest))
          )
            model().stable = before.version
          model().decision++
        })
      case 'floor':
        await publisher.change(() => {
          const stable = model().versions.find(each => each.version === model().stable)
          model().floor = Math.max(model().floor, (stable?.counter ?? 1) - deed.less)
        })
        return box.look()
      case 'revoke':
        return publisher.change(() => {
          const bad = pick(deed.which)
          if (!bad || bad.version === model().stable) return
          model().revoked = [...new Set([...model().revoked, ...bad.variants.map(each => each.manifest)])]
        })
      case 'look':
        return box.look()
      case 'replay': {
        const before = old[deed.which % Math.max(1, old.length)]
        if (!before) return
        const stands = parts.plan()?.issued ?? ''
        await box.look(openSource(before))
        expect((parts.plan()?.issued ?? '') >= stands, 'an older plan was taken').toBe(true)
        return
      }
      case 'make a stick':
        sticks.push(await publisher.pack())
        return
      case 'stick': {
        const file = sticks[deed.which % Math.max(1, sticks.length)]
        if (!file) return
        const here = join(folder(), basename(file))
        copyFileSync(file, here)
        await ingest(box.core, here, 'box', () => 'request')
        return
      }
      case 'prove':
        box.events.answered(MODEL, box.version() ?? 0, 5)
        return trials.tick()
      case 'fail':
        failed.add(box.runs.get(MODEL)?.manifest ?? '')
        box.events.failed(MODEL, box.version() ?? 0, {
          code: 'unsupported-graph',
          message: 'NaN.',
          remedy: '',
        })
        await new Promise(resolve => setImmediate(resolve))
        return trials.tick()
      case 'switch':
        return switchByHand(parts, MODEL, pick(deed.which)?.version ?? 1)
      case 'roll back':
        return rollBackByHand(parts, MODEL)
      case 'power cut':
        disk.operations = 0
        disk.injected = { cutAt: deed.at }
        due[0] = deed
    }
  }

  for (const [i, deed] of deeds.entries()) {
    const when = `step ${i}, ${deed.kind}`
    try {
      await act(deed)
    } catch (error) {
      if (!(error instanceof PowerCut) && !('failure' in (error as object))) throw error
    }
    note()
    check(box, when)
    const [cut] = due
    if (cut && disk.operations >= cut.at) {
      const { draws } = cut
      let n = 0
      box.stop()
      disk = disk.afterCut(() => draws[n++ % draws.length] as number)
      box = await boxHere(disk, publisher.where, { site: 'hall-1' })
      due.length = 0
      failed = new Set()
      check(box, `${when}, after the power came back`)
    }
  }
  // Left alone it comes to what is wanted.
  disk.injected = {}
  await publish()
  await box.look()
  expect(box.version()).toBe(version)
  box.stop()
  return looked
}

test('fault 2, 8 and 15: any sequence of publishing, rolling back, sticks, replays and power cuts: what answers was signed for it, and is never below the floor', async () => {
  let looked = 0
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 20, maxLength: 36 }), async deeds => {
      looked += await live(deeds)
    }),
    { numRuns: 14, endOnFailure: true },
  )
  console.info(`looked at what answers ${looked} times`)
}, 120_000)

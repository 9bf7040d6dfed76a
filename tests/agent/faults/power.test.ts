import { expect, test } from 'vitest'
import { seeded } from '../../../main/engine/kit/index.ts'
import { openSink } from '../../../main/engine/release/index.ts'
import { type Box, boxHere, recording } from '../boxHere.ts'
import { MODEL, openPublisher, type Publisher } from '../publishHere.ts'
import { PowerCut, SimDisk } from '../simDisk.ts'

/** What the publisher ever signed: manifest to counter. */
function signedBy({ plan }: Publisher): Map<string, number> {
  return new Map(
    plan.models.flatMap(({ versions }) =>
      versions.flatMap(({ counter, variants }) =>
        variants.map(({ manifest }) => [manifest as string, counter] as const),
      ),
    ),
  )
}

/** A version that fails with nothing to go back to leaves nothing that could answer. */
function hasRefuge({ core, version }: Box): boolean {
  const { installed, floor } = core.parts.modelOf(MODEL)
  return installed.some(each => each.counter >= floor && each.version !== version())
}

test('fault 1 and 2: 200 random power cuts; what runs is whole, signed and never below the floor', async () => {
  const random = seeded(Number(process.env.EDGEWRIGHT_SEED ?? 20_261_122))
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const signed = new Map(signedBy(publisher))
  let disk = new SimDisk()
  let box: Box = await boxHere(disk, publisher.where)
  await box.look()
  expect(box.version()).toBe(1)
  box.events.answered(MODEL, 1, 5)
  await box.core.trials.tick()
  const replay = recording(publisher.where)
  const old = publisher.plan.issued
  await publisher.publish({ version: 2 })
  for (const [manifest, counter] of signedBy(publisher)) signed.set(manifest, counter)
  await box.look()
  let floorSeen = 0
  let answered: string | undefined
  let cuts = 0
  let replays = 0
  const drawn = (most: number) => 1 + Math.floor(random() * most)

  const check = (running: Box, when: string) => {
    const runs = running.runs.get(MODEL)
    expect(runs, `${when}: nothing answers`).toBeDefined()
    const counter = signed.get(runs?.manifest ?? '')
    expect(counter, `${when}: v${runs?.version} was never signed`).toBeDefined()
    // What answered when the floor rose goes on until what replaces it is there; nothing else may begin below it.
    if (runs?.manifest !== answered)
      expect(counter, `${when}: below the floor`).toBeGreaterThanOrEqual(floorSeen)
    answered = runs?.manifest
  }

  let round = 0
  for (; cuts < 200; round++) {
    const kind = random()
    const isNews = round % 4 !== 0
    if (isNews) {
      if (kind < 0.6) await publisher.publish({ version: 3 + round, ballast: Buffer.alloc(3000, round) })
      else if (kind < 0.8)
        await publisher.change(() => {
          const it = publisher.model()
          const before = it.versions.find(each => each.version !== it.stable && each.counter >= it.floor)
          it.stable = before?.version ?? it.stable
          it.decision++
        })
      else
        await publisher.change(() => {
          const it = publisher.model()
          const stable = it.versions.find(each => each.version === it.stable)
          it.floor = Math.max(it.floor, (stable?.counter ?? 1) - 1)
        })
      for (const [manifest, counter] of signedBy(publisher)) signed.set(manifest, counter)
      publisher.model().versions = publisher.model().versions.slice(0, 4)
    }
    disk.operations = 0
    disk.injected = { cutAt: drawn(isNews ? 110 : 12) }
    const before = disk
    try {
      const by = random()
      if (by < 0.15) {
        box.events.answered(MODEL, box.version() ?? 0, 5)
        await box.core.trials.tick()
      } else if (by < 0.25) {
        const { rollBackByHand } = await import('../../../main/agent/steps/switch.ts')
        await rollBackByHand(box.core.parts, MODEL)
      } else if (by < 0.3 && hasRefuge(box))
        box.events.failed(MODEL, box.version() ?? 0, {
          code: 'unsupported-graph',
          message: 'NaN',
          remedy: '',
        })
      await box.look()
    } catch (error) {
      const { failure } = error as { failure?: { code: string } }
      if (!(error instanceof PowerCut) && !failure) throw error
    }
    check(box, `round ${round}, before the power went`)
    box.stop()
    if (before.injected.cutAt && before.operations >= before.injected.cutAt) cuts++
    disk = before.afterCut(random)
    box = await boxHere(disk, publisher.where)
    try {
      floorSeen = Math.max(floorSeen, box.core.parts.modelOf(MODEL).floor)
      const stands = box.core.parts.plan()
      check(box, `round ${round}, after the power came back`)
      if (round % 5 === 0) {
        // What is older than anything it saw is refused, however often the power went.
        await box.look(openSink(replay))
        expect(Date.parse(box.core.parts.plan()?.issued ?? '')).toBeGreaterThan(Date.parse(old))
        expect(box.core.parts.plan()?.issued).toBe(stands?.issued)
        expect(box.core.lookout.trouble?.code).toBe('tampered')
        replays++
      }
    } catch (error) {
      console.error(`round ${round}`, before.trail.slice(-12))
      throw error
    }
  }
  // Left alone, it comes to what is wanted.
  disk.injected = {}
  await publisher.publish({ version: 900 })
  await box.look()
  expect(box.version()).toBe(900)
  console.info(`${cuts} power cuts in ${round} rounds, ${replays} replays refused`)
  expect(replays).toBeGreaterThan(20)
}, 180_000)

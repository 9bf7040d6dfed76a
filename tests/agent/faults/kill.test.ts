import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../../main/agent/disk/index.ts'
import { switchByHand } from '../../../main/agent/steps/switch.ts'
import { type Box, boxHere } from '../boxHere.ts'
import { each, mortal } from '../killing.ts'
import { MODEL, openPublisher, type Publisher } from '../publishHere.ts'
import { PowerCut, SimDisk } from '../simDisk.ts'
import { folder } from '../tinyModel.ts'

/** The steps of a publisher at which it is killed; its parts are tried at every one elsewhere, without a process. */
const EVERY = Number(process.env.EDGEWRIGHT_EVERY_STEP ?? 3)

/** Whole files that have a patch between them, so that a patch is put together as well. */
const ballast = (version: number) =>
  Buffer.from(Uint8Array.from({ length: 9000 }, (_, i) => (i * i * 7 + (i % 100 ? 0 : version)) & 255))

async function approved(publisher: Publisher, box: Box): Promise<void> {
  const { id, key, recipient } = box.core.parts.identity
  await publisher.approve({ id, key: key.spki, recipient, name: 'box' })
}

async function prove(box: Box): Promise<void> {
  box.events.answered(MODEL, box.version() ?? 0, 5)
  await box.core.trials.tick()
  await box.core.seal()
}

/** A copy of a folder, in a new place. */
function copyOf(path: string): string {
  const copy = join(folder(), 'copy')
  cpSync(path, copy, { recursive: true })
  return copy
}

test('fault 1: a real device is killed at each of its steps on the disk, 100 and more: the old version or the new one, whole', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1, ballast: ballast(1) })
  const before = join(folder(), 'state')
  const box = await boxHere(nodeDisk, publisher.where, { folder: before })
  await approved(publisher, box)
  await box.look()
  await prove(box)
  box.stop()
  await publisher.publish({ version: 2, ballast: ballast(2), bases: [ballast(1)] })

  const device = await mortal('killedDevice.ts', folder())
  const outcomes = { kills: 0, old: 0, new: 0 }
  const kill = async (from: string, at: number, work: 'follow' | 'rollback') => {
    const state = copyOf(from)
    expect(await device.run(at, publisher.where, state, work)).toMatchObject({ steps: null })
    outcomes.kills++
    const next = await boxHere(nodeDisk, publisher.where, { folder: state })
    expect([1, 2], `${work}, step ${at}`).toContain(next.version())
    outcomes[next.version() === 1 ? 'old' : 'new']++
    await next.look()
    // A choice by hand that was written stands; all else comes to what is wanted.
    const { held } = next.core.parts.modelOf(MODEL)
    expect(next.version(), `${work}, finished after step ${at}`).toBe(held === null ? 2 : 1)
    next.stop()
  }
  const whole = copyOf(before)
  const followed = await device.run(0, publisher.where, whole, 'follow')
  await each(followed.steps ?? 0, at => kill(before, at, 'follow'))
  const back = await device.run(0, publisher.where, copyOf(whole), 'rollback')
  await each(back.steps ?? 0, at => kill(whole, at, 'rollback'))
  const did = (what: string) => [...followed.trail, ...back.trail].some(step => step.includes(what))
  for (const what of ['trust', 'partial', 'blobs', 'state.0', 'state.1', 'current', 'outbox', 'records'])
    expect(did(`/${what}`), what).toBe(true)
  console.info(
    `a device was killed at each of ${outcomes.kills} steps (${followed.steps} of an update, ${back.steps} of a rollback): ${outcomes.old} times the old version, ${outcomes.new} times the new one`,
  )
  expect(outcomes.kills).toBeGreaterThan(100)
  expect(Math.min(outcomes.old, outcomes.new)).toBeGreaterThan(10)
}, 240_000)

test('fault 1 and 18: a real publisher is killed at each third of its steps on the disk: devices see the old or the new, and the next one finishes', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1, ballast: Buffer.alloc(9000, 'one') })
  const device = new SimDisk()
  const box = await boxHere(device, publisher.where)
  await box.look()
  await prove(box)
  box.stop()
  const plan = join(folder(), 'plan.json')
  writeFileSync(plan, JSON.stringify(publisher.plan))
  const dying = await mortal('killedPublisher.ts', folder())
  const { steps, trail } = await dying.run(0, copyOf(publisher.where), copyOf(publisher.keys), plan)
  const seen = { old: 0, new: 0 }
  const look = async (where: string) => {
    const reader = await boxHere(device.copy(), where)
    await reader.look()
    expect(reader.core.lookout.trouble).toBeNull()
    expect(reader.core.parts.lives.of(MODEL).failure).toBeNull()
    reader.stop()
    return reader.version()
  }
  await each(Math.ceil((steps ?? 0) / EVERY), async nth => {
    const at = 1 + (nth - 1) * EVERY
    const where = copyOf(publisher.where)
    const keys = copyOf(publisher.keys)
    expect(await dying.run(at, where, keys, plan)).toMatchObject({ steps: null })
    const version = await look(where)
    expect([1, 2], `step ${at}`).toContain(version)
    seen[version === 1 ? 'old' : 'new']++
    if (nth % 2 > 0) return
    const from = JSON.parse(readFileSync(plan, 'utf8'))
    // As long after it as it takes a person to notice.
    const again = await openPublisher({ where, keys, from, now: () => Date.now() + 60_000 })
    await again.publish({ version: 3 })
    expect(await look(where), `published after step ${at}`).toBe(3)
  })
  console.info(
    `a publisher was killed ${seen.old + seen.new} times over ${steps} steps: ${seen.old} times the old version was seen, ${seen.new} times the new one`,
  )
  expect(trail.some(step => step.includes('/blobs/'))).toBe(true)
  expect(Math.min(seen.old, seen.new)).toBeGreaterThan(0)
}, 240_000)

test('fault 1 and 2: the power goes at every single step of an installation, of a switch by hand and of an enrolment', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1, ballast: ballast(1) })
  const disk = new SimDisk()
  const box = await boxHere(disk, publisher.where)
  await approved(publisher, box)
  await box.look()
  await prove(box)
  await publisher.publish({ version: 2, ballast: ballast(2), bases: [ballast(1)] })
  let cuts = 0
  let patched = 0
  const cut = async (from: SimDisk, work: (box: Box) => Promise<void>) => {
    for (let at = 1; ; at++) {
      const here = from.copy()
      const running = await boxHere(here, publisher.where)
      here.operations = 0
      here.injected = { cutAt: at }
      try {
        await work(running)
      } catch (error) {
        if (!(error instanceof PowerCut) && !('failure' in (error as object))) throw error
      }
      running.stop()
      patched = Math.max(patched, running.core.parts.traffic.patched)
      if (here.operations < at) break
      cuts++
      // Both ends of what a disk may be found as: nothing that was not synced, and all of it.
      for (const draw of [0, 0.39]) {
        const found = here.afterCut(() => draw)
        const woken = await boxHere(found, publisher.where)
        expect([1, 2], `step ${at}: ${here.trail.at(-1)}`).toContain(woken.version())
        woken.stop()
      }
    }
  }
  await cut(disk, async running => {
    await running.look()
    await prove(running)
  })
  await box.look()
  await prove(box)
  await cut(disk, running => switchByHand(running.core.parts, MODEL, 1))
  console.info(`the power went at each of ${cuts} steps`)
  expect(cuts).toBeGreaterThan(100)
  expect(patched).toBeGreaterThan(0)
}, 120_000)

import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../../main/agent/disk/index.ts'
import { switchByHand } from '../../../main/agent/steps/switch.ts'
import { type Box, boxHere } from '../boxHere.ts'
import { MODEL, openPublisher, type Publisher } from '../publishHere.ts'
import { PowerCut, SimDisk } from '../simDisk.ts'
import { folder } from '../tinyModel.ts'

/** Each step of so many is one at which a real process dies; the steps between are left to the simulated disk. */
const EVERY = Number(process.env.EDGEWRIGHT_EVERY_STEP ?? 20)
const child = fileURLToPath(new URL('../killedAt.ts', import.meta.url))

async function approved(publisher: Publisher, box: Box): Promise<void> {
  const { id, key, recipient } = box.core.parts.identity
  await publisher.approve({ id, key: key.spki, recipient, name: 'box' })
}

async function prove(box: Box): Promise<void> {
  box.events.answered(MODEL, box.version() ?? 0, 5)
  await box.core.trials.tick()
  await box.core.seal()
}

function run(where: string, state: string, at: number, order = '') {
  return new Promise<{ signal: NodeJS.Signals | null; said: { calls: number; version: number } }>(
    (resolve, reject) => {
      const ran = spawn(process.execPath, [child, where, state, String(at), order])
      let out = ''
      let err = ''
      ran.stdout.on('data', part => {
        out += part
      })
      ran.stderr.on('data', part => {
        err += part
      })
      ran.once('close', (code, signal) =>
        code
          ? reject(new Error(err))
          : resolve({ signal, said: out ? JSON.parse(out) : { calls: 0, version: 0 } }),
      )
    },
  )
}

test('fault 1: kill -9 of a real process, from refresh to commit and at rollback: the old version or the new one, whole', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1, note: 'one' })
  const before = join(folder(), 'state')
  const box = await boxHere(nodeDisk, publisher.where, { folder: before })
  await approved(publisher, box)
  await box.look()
  await prove(box)
  box.stop()
  await publisher.publish({ version: 2, note: 'two' })

  const whole = join(folder(), 'state')
  cpSync(before, whole, { recursive: true })
  const { said } = await run(publisher.where, whole, 0)
  expect(said.version).toBe(2)
  const outcomes = { old: 0, new: 0 }
  const kill = async (from: string, at: number, order = '') => {
    const state = join(folder(), 'state')
    cpSync(from, state, { recursive: true })
    const { signal } = await run(publisher.where, state, at, order)
    expect(signal).toBe('SIGKILL')
    const next = await boxHere(nodeDisk, publisher.where, { folder: state })
    const woken = next.version()
    expect([1, 2], `step ${at}`).toContain(woken)
    outcomes[woken === 1 ? 'old' : 'new']++
    if (!order) {
      await next.look()
      expect(next.version(), `finished after step ${at}`).toBe(2)
    }
    next.stop()
  }
  const steps = Array.from({ length: said.calls }, (_, i) => i + 1).filter(step => step % EVERY === 1 % EVERY)
  for (let i = 0; i < steps.length; i += 2)
    await Promise.all(steps.slice(i, i + 2).map(step => kill(before, step)))
  for (const step of [5, 12, 25]) await kill(whole, step, 'rollback')
  console.info(
    `${steps.length + 3} kills over ${said.calls} steps: ${outcomes.old} times the old version, ${outcomes.new} times the new one`,
  )
  expect(outcomes.old).toBeGreaterThan(0)
  expect(outcomes.new).toBeGreaterThan(0)
}, 240_000)

test('fault 1 and 2: the power goes at every single step of an installation, of a switch by hand and of an enrolment', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1, note: 'one' })
  const disk = new SimDisk()
  const box = await boxHere(disk, publisher.where)
  await approved(publisher, box)
  await box.look()
  await prove(box)
  await publisher.publish({ version: 2, note: 'two' })
  let cuts = 0
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
}, 120_000)

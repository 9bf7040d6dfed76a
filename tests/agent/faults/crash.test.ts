import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import type { DeviceReport } from '../../../main/engine/release/index.ts'
import { boxHere, handClock } from '../boxHere.ts'
import { MODEL, openPublisher } from '../publishHere.ts'
import { SimDisk } from '../simDisk.ts'
import { classOf, folder, instance, tinyGraph, until } from '../tinyModel.ts'

const program = fileURLToPath(new URL('../segfaulting.ts', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function start(repository: string, state: string) {
  const child = spawn(process.execPath, [program, '1000', repository, state])
  children.push(child)
  const ended = new Promise<NodeJS.Signals | null>(resolve =>
    child.once('exit', (_, signal) => resolve(signal)),
  )
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', part => {
        said += part
        const found = /^(http:\S+)\n/m.exec(said)?.[1]
        if (found) resolve(found)
      })
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal}: ${said}`)))
  })
  return {
    ended,
    /** Some rows at once. @returns the class of the first; null where the device is gone */
    async ask(rows: number): Promise<string | null> {
      try {
        const answer = await fetch(`${address}/v1/models/${encodeURIComponent(MODEL)}:predict`, {
          method: 'POST',
          body: JSON.stringify({ instances: new Array(rows).fill(instance) }),
        })
        return (
          ((await answer.json()) as { predictions?: { class: string }[] }).predictions?.[0]?.class ?? null
        )
      } catch {
        return null
      }
    },
    report: async () => (await (await fetch(`${address}/v1/edgewright/state`)).json()) as DeviceReport,
  }
}

test('fault 17: a segmentation fault at inference 1000, after it had proved itself: gone back from, in quarantine, and no loop', async () => {
  const publisher = await openPublisher()
  const state = folder()
  await publisher.publish({ version: 1 })
  let device = await start(publisher.where, state)
  await until(
    () => device.ask(1),
    said => said === classOf(1),
  )
  await publisher.publish({ version: 2, graph: tinyGraph({ best: 2, curved: true }) })
  await until(
    () => device.ask(1),
    said => said === classOf(2),
  )
  // It proves itself first, so that no trial is there to catch it.
  for (let i = 0; i < 2; i++) await device.ask(100)
  await until(device.report, seen => seen.holds?.[0]?.installed[0] === 2 && seen.holds[0].trial === null)
  let crashes = 0
  // Whoever watches over it starts it again each time.
  for (let starts = 0; starts < 6; starts++) {
    let answered = 0
    while (answered < 2000 && (await device.ask(100)) !== null) answered += 100
    if (answered >= 2000) break
    expect(await device.ended).toBe('SIGSEGV')
    crashes++
    device = await start(publisher.where, state)
  }
  expect(crashes).toBe(3)
  const { models } = await device.report()
  expect(models[0]).toMatchObject({ reports: 1, wanted: 2 })
  // It is wanted as before, and not tried again.
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(await device.ask(100)).toBe(classOf(1))
  const told = (await device.report()).models[0]?.failure?.message
  expect(told).toMatch(/v2 ended the agent 3 times in a row/)
  await publisher.publish({ version: 3 })
  await until(
    () => device.ask(1),
    said => said === classOf(3),
  )
}, 120_000)

test('fault 17: a version that takes ten times as long as the one that answers is refused with the numbers, unless that one may not run any more', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const bad: { median?: number } = { median: 4 }
  const clock = handClock()
  const box = await boxHere(new SimDisk(), publisher.where, { bad, clock })
  await box.look()
  await publisher.publish({ version: 2 })
  bad.median = 41
  for (let again = 0; again < 3; again++) {
    await box.look()
    clock.pass(120_000)
  }
  expect(box.version()).toBe(1)
  expect(box.rehearsed).toEqual([1, 2])
  const { quarantine } = box.core.parts.modelOf(MODEL)
  expect(quarantine).toMatchObject([
    {
      version: 2,
      failure: { message: expect.stringMatching(/41 ms for a row .* v1 that answers takes 4\.0 ms/) },
    },
  ])
  await publisher.change(() => {
    publisher.model().floor = 3
  })
  await publisher.publish({ version: 2, counter: 3 })
  await box.look()
  expect(box.version()).toBe(2)
  // Small models may differ by more: nobody notices.
  bad.median = 1
  await publisher.publish({ version: 3 })
  await box.look()
  bad.median = 20
  await publisher.publish({ version: 4 })
  await box.look()
  expect(box.version()).toBe(4)
})

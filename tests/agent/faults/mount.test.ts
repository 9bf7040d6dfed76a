import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { nodeDisk } from '../../../main/agent/disk/index.ts'
import { selfTest } from '../../../main/agent/selfTest.ts'
import { boxHere } from '../boxHere.ts'
import { MODEL, openPublisher } from '../publishHere.ts'
import { classOf, folder, instance, until } from '../tinyModel.ts'

const main = fileURLToPath(new URL('../../../main/agent/main.ts', import.meta.url))

/** A file system of its own, where this user may make one. */
function mounted(): string | null {
  const place = folder('edgewright-mount-')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', place], { stdio: 'ignore' })
  } catch {
    return null
  }
  mounts.push(place)
  return place
}
const mounts: string[] = []
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const place of mounts.splice(0)) execFileSync('umount', ['-l', place])
})

async function start(repository: string, state: string) {
  const child = spawn(process.execPath, [
    main,
    'start',
    '--repo',
    repository,
    '--state',
    state,
    '--port',
    '0',
    '--poll',
    '0.2',
  ])
  children.push(child)
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    const hear = (part: Buffer) => {
      said += part
      const found = /(http:\S+)\n/.exec(said)?.[1]
      if (found) resolve(found)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', code => reject(new Error(`ended with ${code}: ${said}`)))
  })
  const answer = async () => {
    const asked = await fetch(`${address}/v1/models/${encodeURIComponent(MODEL)}:predict`, {
      method: 'POST',
      body: JSON.stringify({ instances: [instance] }),
    })
    return ((await asked.json()) as { predictions?: { class: string }[] }).predictions?.[0]?.class
  }
  const report = async () => await (await fetch(`${address}/v1/edgewright/state`)).json()
  return { child, answer, report }
}

test('fault 6: a real disk that turns read-only under a running agent, and at its next start: it answers, says so, and follows after it', async context => {
  const place = mounted()
  if (!place) return context.skip('this user may mount nothing')
  const remount = (how: 'ro' | 'rw') => execFileSync('mount', ['-o', `remount,${how}`, place])
  const state = join(place, 'state')
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const first = await start(publisher.where, state)
  await until(first.answer, answer => answer === classOf(1))
  remount('ro')
  await publisher.publish({ version: 2 })
  const told = (await until(first.report, seen => JSON.stringify(seen).includes('no-permission'))) as object
  expect(JSON.stringify(told)).toContain('no-permission')
  expect(await first.answer()).toBe(classOf(1))
  first.child.kill('SIGKILL')
  await new Promise(resolve => first.child.once('exit', resolve))

  const second = await start(publisher.where, state)
  expect(await second.answer()).toBe(classOf(1))
  remount('rw')
  await until(second.answer, answer => answer === classOf(2), 30_000)
}, 90_000)

test('fault 6: a device that stands starts on a disk without room, and a new one does not', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const state = join(folder(), 'state')
  const scarce = { ...nodeDisk, free: () => 1000 }
  expect(() => selfTest(scarce, state)).toThrow(/0\.0 MB free, and the agent needs 17 MB/)
  const box = await boxHere(nodeDisk, publisher.where, { folder: state })
  await box.look()
  box.stop()
  expect(selfTest(scarce, state)).toMatchObject({ code: 'disk-full' })
  expect(selfTest(nodeDisk, state)).toBeNull()
})

import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { each } from '../../agent/killing.ts'
import { folder } from '../../agent/tinyModel.ts'
import { house, keysHere } from './house.ts'
import { seenAt } from './seen.ts'

const PROGRAM = fileURLToPath(new URL('./killedHouse.ts', import.meta.url))
/** At each of the steps of what is written: `tests/agent/faults/kill.test.ts`. Here the whole room publishes. */
const KILLS = 10

/** @returns the steps on the disk, or null where it was killed */
const publishing = (at: number, workspace: string, keys: string, to: string) =>
  new Promise<string[] | null>((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, String(at), workspace, keys, to], (error, out, err) => {
      if (error?.signal === 'SIGKILL') resolve(null)
      else if (error) reject(new Error(`step ${at}: ${err}`))
      else resolve((JSON.parse(out) as { trail: string[] }).trail)
    })
  })

test('a process that publishes is killed anywhere: devices see the old or the new, and publishing again finishes', async () => {
  const first = house()
  await first.publish()
  await first.close()
  /** Workspace, keys and repository as they were before. */
  const before = () => {
    const workspace = join(folder(), 'shop')
    cpSync(first.workspace, workspace, { recursive: true })
    const keys = join(keysHere(), 'keys')
    cpSync(first.keys, keys, { recursive: true })
    const to = join(folder(), 'repository')
    cpSync(first.own, to, { recursive: true })
    return { workspace, keys, to }
  }
  const whole = before()
  const trail = (await publishing(0, whole.workspace, whole.keys, whole.to)) ?? []
  expect(await seenAt(whole.to)).toBe(2)
  expect(trail.filter(step => step.includes(whole.to)).length).toBeGreaterThan(20)
  // From its first step in the repository to the last of all.
  const from = trail.findIndex(step => step.includes(whole.to))
  const seen = { old: 0, new: 0 }
  await each(
    KILLS,
    async turn => {
      const at = from + 1 + Math.round(((turn - 1) / (KILLS - 1)) * (trail.length - from - 1))
      const { workspace, keys, to } = before()
      expect(await publishing(at, workspace, keys, to), `step ${at}`).toBeNull()
      const version = await seenAt(to)
      expect([1, 2], `step ${at}: ${trail[at - 1]}`).toContain(version)
      seen[version === 1 ? 'old' : 'new']++
      expect(await house({ workspace, keys }).publish({ to, version: 2 })).toMatchObject({ version: 2 })
      expect(await seenAt(to), `published again after step ${at}`).toBe(2)
    },
    2,
  )
  console.info(
    `a room that publishes was killed ${KILLS} times: ${seen.old} times old, ${seen.new} times new`,
  )
  expect(seen.old).toBeGreaterThan(0)
}, 240_000)

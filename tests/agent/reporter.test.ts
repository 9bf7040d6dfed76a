import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openReporter } from '../../main/agent/reporter.ts'
import { fail } from '../../main/engine/kit/index.ts'
import { generateKey, type Source } from '../../main/engine/release/index.ts'

test('a repository that takes no reports is told once, whatever it says each time, and again once it took one', async () => {
  const heard: string[] = []
  let tries = 0
  let takes = false
  const putStatus = async () => {
    tries++
    if (!takes) throw fail('no-permission', `The disk is read-only: .${tries}.part.`, '')
  }
  // What is told is a line of the report, so that each of them has news to tell.
  const report = () => ({ id: '0'.repeat(24), models: [], timeline: [...heard, tries] })
  const reporter = openReporter(
    { putStatus } as unknown as Source,
    generateKey().key,
    true,
    report as never,
    message => heard.push(message),
  )
  reporter.start()
  const tried = async (count: number) => expect.poll(() => tries, { timeout: 10_000 }).toBeGreaterThan(count)
  await tried(2)
  expect(heard).toEqual(['The disk is read-only: .1.part.'])
  takes = true
  await tried(tries)
  await wait(10)
  takes = false
  await tried(tries + 1)
  expect(heard).toHaveLength(2)
  await reporter.stop()
}, 30_000)

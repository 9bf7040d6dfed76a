import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FailureError } from '../../../../main/engine/kit/index.ts'
import type { Target } from '../../../../main/engine/training/targets/target.ts'
import { FILES } from '../../../../main/engine/training/work.ts'
import { listener, trainFolder, until } from './work.ts'

/** What every target owes, whatever it is. */
export function suite(
  name: string,
  open: () => Target | Promise<Target>,
  { skip = false, seconds = 60 } = {},
): void {
  describe.skipIf(skip)(`the target ${name}`, () => {
    const inFolder = async (use: (folder: string, target: Target) => Promise<void>) => {
      const folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
      try {
        await use(join(folder, 'run-7'), await open())
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
    const options = { timeout: seconds * 1000 }

    test('says of itself whether it can be used', options, () =>
      inFolder(async (_, target) => {
        expect(target.ready()).toMatchObject({ ready: true })
        const checks = await target.check(new AbortController().signal)
        expect(checks[0]).toMatchObject({ name: 'reachable', state: 'ok' })
        expect(checks.filter(({ state }) => state === 'failed')).toEqual([])
        for (const { says } of checks) expect(says).toMatch(/\.$/)
      }),
    )

    test('does the work of a folder, tells how it goes, and leaves the results there', options, () =>
      inFolder(async (folder, target) => {
        const { heard, options } = listener()
        const done = await target.run(trainFolder(folder), options)
        expect(done).toMatchObject({ kind: 'done', stoppedEarly: false })
        const kinds = heard.messages
          .map(({ kind }) => kind)
          .filter(kind => kind !== 'step' && kind !== 'done')
        expect(kinds).toEqual(['ready', 'epoch', 'epoch', 'epoch'])
        expect(readFileSync(join(folder, FILES.weights)).length).toBe(8)
        expect(JSON.parse(readFileSync(join(folder, FILES.topology), 'utf8'))).toHaveProperty('weightSpecs')
        expect(existsSync(join(folder, FILES.checkpoint))).toBe(true)
      }),
    )

    test('gives the same weights, to the bit, each time', options, () =>
      inFolder(async (folder, target) => {
        const weights: string[] = []
        for (const name of ['a', 'b']) {
          await target.run(trainFolder(join(folder, name)), listener().options)
          weights.push(readFileSync(join(folder, name, FILES.weights)).toString('hex'))
        }
        expect(weights[0]).toBe(weights[1])
      }),
    )

    test('is cancelled, keeps the checkpoint, and goes on from it', options, () =>
      inFolder(async (folder, target) => {
        const { heard, options, stop } = listener()
        const running = target.run(trainFolder(folder, { epochs: 100_000 }), options)
        running.catch(() => {})
        await until(() => heard.messages.filter(({ kind }) => kind === 'epoch').length >= 2, 'two epochs')
        stop.abort()
        await expect(running).rejects.toMatchObject({ failure: { code: 'cancelled' } })
        const kept = readFileSync(join(folder, FILES.checkpoint))
        const before = (
          JSON.parse(kept.toString('utf8', 4, 4 + kept.readUInt32LE(0))) as { epochs: unknown[] }
        ).epochs.length
        expect(before).toBeGreaterThanOrEqual(2)

        const again = listener()
        await target.run(trainFolder(folder, { epochs: before + 1 }), again.options)
        expect(again.heard.messages.find(({ kind }) => kind === 'ready')).toMatchObject({
          epochs: { length: before },
        })
      }),
    )

    test('says in one sentence why it failed', options, () =>
      inFolder(async (folder, target) => {
        trainFolder(folder, { rows: 64 })
        writeFileSync(join(folder, FILES.features('train')), new Uint8Array(4))
        const failed = await target.run(folder, listener().options).then(
          () => null,
          error => error,
        )
        expect(failed).toBeInstanceOf(FailureError)
        const { code, message, remedy } = (failed as FailureError).failure
        expect(code).not.toBe('internal')
        expect(message).toMatch(/too early|ends|rows/)
        expect(remedy).not.toBe('')
      }),
    )
  })
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { localTarget } from '../../../../main/engine/training/targets/local.ts'
import type { Target } from '../../../../main/engine/training/targets/target.ts'
import { ENGINES, nodeImage, openDocker, specOf, unless, worker } from './places.ts'
import { suite } from './suite.ts'
import { listener, trainFolder } from './work.ts'

const { skip: skipStart, hint: hintStart } = unless(specOf('docker'))

suite('local', () => localTarget(worker))

for (const { kind, spec } of ENGINES) {
  const { skip, hint } = unless(spec)
  suite(`${kind}${hint}`, () => openDocker(spec as NonNullable<typeof spec>), { skip, seconds: 120 })
}

describe('engines', () => {
  test.runIf(process.env.CI)('are there where nothing may be missing', () => {
    expect(ENGINES.filter(({ spec }) => spec === null).map(({ kind }) => kind)).toEqual([])
  })
})

describe.skipIf(skipStart)(`the first step of a container${hintStart}`, () => {
  test('begins within 3 s of that of the same trainer without one', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
    const container = openDocker(specOf('docker'))
    await nodeImage(container)
    const startOf = async (target: Target, name: string): Promise<number> => {
      const { heard, options } = listener()
      const began = Date.now()
      await target.run(trainFolder(join(folder, name), { epochs: 1, backend: 'wasm' }), options)
      return (heard.begun as number) - began
    }
    try {
      const [here, there]: [number[], number[]] = [[], []]
      for (const i of [1, 2, 3]) {
        here.push(await startOf(localTarget(worker), `here-${i}`))
        there.push(await startOf(container, `there-${i}`))
      }
      const [local, docker] = [Math.min(...here), Math.min(...there)]
      console.log(`First step after ${docker} ms in a container, ${local} ms without one.`)
      expect(docker - local).toBeLessThan(3000)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

import { describe, expect, test } from 'vitest'
import { localTarget } from '../../../../main/engine/training/targets/local.ts'
import { ENGINES, openDocker, unless, worker } from './places.ts'
import { suite } from './suite.ts'

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

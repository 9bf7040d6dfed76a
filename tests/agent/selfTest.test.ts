import { describe, expect, test } from 'vitest'
import { nodeDisk } from '../../main/agent/disk/index.ts'
import { nodeTrouble } from '../../main/agent/node.ts'
import { pinOf, shownPin } from '../../main/agent/pin.ts'
import type { Disk } from '../../main/agent/ports.ts'
import { openPins } from '../../main/agent/rest/page/pins.ts'
import { type Abilities, selfTest } from '../../main/agent/selfTest.ts'
import { FailureError } from '../../main/engine/kit/index.ts'
import { folder } from './tinyModel.ts'

describe('what a device relies on is tried before it starts', () => {
  const refused = (abilities: Partial<Abilities>, disk: Partial<Disk> = {}) => {
    try {
      selfTest({ ...nodeDisk, ...disk }, folder(), abilities)
    } catch (error) {
      if (!(error instanceof FailureError)) throw error
      expect(error.failure.remedy).toMatch(/\.$/)
      return `${error.failure.code}: ${error.failure.message}`
    }
    throw new Error('it passed')
  }

  test('this machine will do', () => {
    const state = folder()
    selfTest(nodeDisk, state)
    expect(nodeDisk.list(state)).toEqual([])
  })

  test('an old Node.js, by its number', () => {
    for (const old of ['20.20.2', '22.22.2', '24.0.0', '24.14.9']) {
      expect(nodeTrouble(old)?.message).toBe(`The agent needs Node.js 24.15 or newer, and this is ${old}.`)
      expect(refused({ version: old })).toContain(old)
    }
    for (const good of ['24.15.0', '24.21.0', '25.0.0', '26.1.0']) expect(nodeTrouble(good)).toBeNull()
  })

  test('one that ignores the dictionary of Zstandard, and one that has none', () => {
    expect(refused({ compress: bytes => bytes })).toMatch(/^unsupported: .*dictionary of Zstandard/)
    expect(
      refused({
        compress: () => {
          throw new Error('zstdCompressSync is not a function')
        },
      }),
    ).toMatch(/dictionary of Zstandard/)
  })

  test('one that takes any signature', () => {
    expect(refused({ signs: () => false })).toMatch(/^unsupported: .*Ed25519/)
  })

  test('a disk that is full, that is read-only, and that keeps nothing for good', () => {
    expect(refused({}, { free: () => 3e6 })).toMatch(/^disk-full: .*3\.0 MB free, and the agent needs 17 MB/)
    const broken = (code: string): Partial<Disk> => ({
      syncFolder: () => {
        throw Object.assign(new Error(code), { code })
      },
    })
    expect(refused({}, broken('EROFS'))).toMatch(/^no-permission: /)
    expect(refused({}, broken('EINVAL'))).toMatch(/^unsupported: Nothing can be written for good/)
  })
})

describe('the PIN of a page', () => {
  test('follows from the token, and is eight digits', () => {
    const pins = Array.from({ length: 200 }, (_, i) => pinOf(`token ${i}`))
    expect(new Set(pins).size).toBe(200)
    for (const pin of pins) expect(pin).toMatch(/^\d{8}$/)
    expect(pinOf('token 7')).toBe(pins[7])
    expect(shownPin('12345678')).toBe('1234 5678')
  })

  test('is slowed down after five wrong tries in a minute, and holds for twelve hours', () => {
    let now = 0
    const pins = openPins('12345678', () => now)
    for (let i = 0; i < 5; i++) {
      expect(() => pins.admit('00000000')).toThrow(/not the PIN/)
      now += 1000
    }
    expect(() => pins.admit('12345678')).toThrow(/Too many/)
    now += 54_000
    expect(() => pins.admit('12345678')).toThrow(/Too many/)
    now += 1000
    const session = pins.admit('1234-5678')
    expect(pins.isIn(session)).toBe(true)
    expect([undefined, '', 'x', `${session}x`].map(pins.isIn)).toEqual([false, false, false, false])
    now += 12 * 3_600_000 - 1
    expect(pins.isIn(session)).toBe(true)
    now += 1
    expect(pins.isIn(session)).toBe(false)
    const other = pins.admit('12345678')
    pins.leave(other)
    expect(pins.isIn(other)).toBe(false)
  })
})

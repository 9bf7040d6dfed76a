import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Frame,
  openFrames,
  openLines,
  openPlace,
} from '../../../../main/engine/training/targets/docker/frames.ts'
import { gpusFrom, usageOf } from '../../../../main/engine/training/targets/docker/usage.ts'

/** A frame as an engine keeps it. */
const bytesOf = ({ level, at, text, ends }: Frame): Buffer => {
  const body = Buffer.from(`${at} ${text}${ends ? '\n' : ''}`, 'latin1')
  const head = Buffer.alloc(8)
  head[0] = level === 'error' ? 2 : 1
  head.writeUInt32BE(body.length, 4)
  return Buffer.concat([head, body])
}

/** What an engine gives from a second on: older ones leave out all before it, newer ones only up to the first behind it. */
const since = (frames: Frame[], second: number, leavesOut: boolean): Frame[] => {
  const late = (frame: Frame) => Date.parse(frame.at) / 1000 >= second
  return leavesOut ? frames.filter(late) : frames.slice(Math.max(0, frames.findIndex(late)))
}

const output = fc
  .array(
    fc.record({
      step: fc.integer({ min: -300, max: 1500 }),
      error: fc.boolean(),
      long: fc.integer({ min: 1, max: 3 }),
    }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map(lines => {
    let now = Date.UTC(2026, 0, 1)
    return lines.flatMap(({ step, error, long }, i) => {
      // The two streams are kept a little out of order.
      const at = new Date(now + Math.min(0, step)).toISOString()
      now += Math.max(0, step)
      return Array.from({ length: long }, (_, part): Frame => {
        const text = Buffer.from(part === 0 ? `line ${i} é` : ` and ${part}`).toString('latin1')
        return { level: error ? 'error' : 'info', at, text, ends: part === long - 1 }
      })
    })
  })

describe('the output of a container', () => {
  test('is cut into the same frames, however it arrives', () => {
    fc.assert(
      fc.property(output, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (frames, sizes) => {
        const bytes = Buffer.concat(frames.map(bytesOf))
        const cut = openFrames()
        const read: Frame[] = []
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] as number
          read.push(...cut(bytes.subarray(at, at + size)))
          at += size
        }
        expect(read).toEqual(frames)
      }),
    )
  })

  test('is taken up behind any line, and each line comes once', () => {
    fc.assert(
      fc.property(
        output,
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 5 }),
        fc.boolean(),
        (frames, breaks, old) => {
          const all: string[] = []
          let cursor: string | null = null
          for (const most of [...breaks, Number.POSITIVE_INFINITY]) {
            const place = openPlace(cursor)
            const lines = openLines()
            let heard = 0
            const hand = (whole: Frame[]) => {
              for (const { text } of whole) all.push(text)
              if (whole.length > 0) cursor = place.now
              heard += whole.length
            }
            for (const frame of since(frames, place.since, old)) {
              if (heard > most) break
              if (place.pass(frame)) hand(lines.add(frame))
            }
            if (most === Number.POSITIVE_INFINITY) hand(lines.rest())
          }
          const whole = new Set(all)
          expect(whole.size).toBe(all.length)
          expect(all).toHaveLength(frames.filter(({ ends }) => ends).length)
          expect(all.every(text => /^line \d+ é( and \d)*$/.test(text))).toBe(true)
        },
      ),
    )
  })

  test('shows of a progress bar what stood there last', () => {
    const lines = openLines()
    const frame = { level: 'info' as const, at: '2026-01-01T00:00:00Z', text: '10%\r50%\r100%\r', ends: true }
    expect(lines.add(frame).map(({ text }) => text)).toEqual(['100%'])
  })
})

describe('what a container takes', () => {
  const stats = (total: number, system: number, memory: object) =>
    ({
      cpu_stats: { cpu_usage: { total_usage: total }, system_cpu_usage: system, online_cpus: 8 },
      precpu_stats: { cpu_usage: { total_usage: 1e9 }, system_cpu_usage: 80e9 },
      memory_stats: memory,
    }) as unknown as Parameters<typeof usageOf>[0]

  test('is reckoned as docker stats does, on both kinds of control groups', () => {
    const memory = { usage: 500, limit: 1000 }
    expect(usageOf(stats(2.5e9, 88e9, { ...memory, stats: { total_inactive_file: 100 } }))).toEqual({
      ...{ cpu: 1.5, memoryBytes: 400, memoryLimit: 1000, gpus: [] },
    })
    expect(usageOf(stats(1e9, 88e9, { ...memory, stats: { inactive_file: 50 } }))).toMatchObject({
      ...{ cpu: 0, memoryBytes: 450 },
    })
    expect(usageOf(stats(1e9, 88e9, {}))).toBeNull()
  })

  test('of GPUs is read from what the driver says', () => {
    expect(
      gpusFrom('NVIDIA H200, 42, 1024, 143771\nNVIDIA A100 MIG 1g, [N/A], 10, 4864\nno devices\n'),
    ).toEqual([
      { name: 'NVIDIA H200', share: 0.42, memoryBytes: 2 ** 30, memoryLimit: 143771 * 2 ** 20 },
      { name: 'NVIDIA A100 MIG 1g', share: 0, memoryBytes: 10 * 2 ** 20, memoryLimit: 4864 * 2 ** 20 },
    ])
  })
})

import { failureOf } from '../engine/kit/index.ts'
import type { Source } from '../engine/release/index.ts'
import type { Core } from './core.ts'

/** Milliseconds between two batches: near by, and far away. */
const BETWEEN = { near: 5000, far: 60_000 }
/** A batch of which no plan says that it arrived is sent again after this, in milliseconds. */
const AGAIN = 3_600_000

/** Sends sealed batches where releases come from. */
export function openSending(core: Core, source: Source, isNear: boolean) {
  const { parts, outbox, log } = core
  const sent = new Map<number, number>()
  let sealedAt = Number.NEGATIVE_INFINITY
  let sealed = Math.max(0, ...outbox.waiting())
  let takesNone = false
  let trouble = ''

  async function once(): Promise<void> {
    const now = parts.clock.monotonic()
    if (log.last > sealed && now - sealedAt >= (isNear ? BETWEEN.near : BETWEEN.far)) {
      await core.seal()
      sealed = log.last
      sealedAt = now
    }
    for (const sequence of outbox.waiting()) {
      const at = sent.get(sequence)
      if (at !== undefined && now - at < AGAIN) continue
      const content = outbox.read(sequence)
      if (content) await source.putBatch(parts.identity.id, sequence, content, parts.signal)
      sent.set(sequence, now)
    }
  }

  return {
    /** Never throws: what could not be sent waits. */
    async send(): Promise<void> {
      if (takesNone || !core.isEnrolled()) return
      try {
        await once()
        trouble = ''
      } catch (error) {
        if (parts.signal.aborted) return
        const { code, message } = failureOf(error)
        // A plain web server or a read-only folder: sticks carry it back.
        if (code === 'unsupported') takesNone = true
        else if (code !== 'unreachable' && message !== trouble) parts.note('error', 'Not sent', message)
        trouble = message
      }
    },
  }
}

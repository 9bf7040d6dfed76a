import type { RecordGap } from '#contract'
import { CHAIN_START } from '../../release/index.ts'
import type { KeptGap, KeptRecord } from './kept.ts'
import { isoOf, type Reckoned } from './moments.ts'

/**
 * Which records of a device are not here.
 * @param records all that are here, by number
 * @param given up, or never to come
 * @param receipt the device was told that everything up to this number arrived
 */
export function gapsOf(
  records: readonly KeptRecord[],
  times: readonly Reckoned[],
  given: readonly KeptGap[],
  receipt: number,
): RecordGap[] {
  const gaps: RecordGap[] = []
  const whyOf = (after: number, before: number): RecordGap['why'] => {
    const known = given.find(gap => gap.after <= after && gap.before >= before)
    if (known) return known.why
    return before - 1 <= receipt ? 'elsewhere' : 'missing'
  }
  let last = 0
  for (const [i, { record }] of records.entries()) {
    if (record.seq !== last + 1)
      gaps.push({
        after: last,
        before: record.seq,
        why: whyOf(last, record.seq),
        since: isoOf(i > 0 ? (times[i - 1]?.low ?? null) : null),
        until: isoOf(times[i]?.high ?? null),
      })
    last = record.seq
  }
  return gaps
}

/** Numbers of records that follow their neighbor and do not name it. */
export function brokenOf(records: readonly KeptRecord[]): Set<number> {
  const broken = new Set<number>()
  let seq = 0
  let hash: string = CHAIN_START
  for (const { record, hash: own } of records) {
    if (record.seq === seq + 1 && record.prev !== hash) broken.add(record.seq)
    seq = record.seq
    hash = own
  }
  return broken
}

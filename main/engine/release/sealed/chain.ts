import type { Hash } from '#contract'
import { canonicalJson, hashOf } from '../../kit/index.ts'
import type { DeviceRecord } from '../format/record.ts'

/** Before the first record. */
export const CHAIN_START = '0'.repeat(64) as Hash

/** The hash by which the next record names this one (SHA-256 of its canonical JSON, RFC 8785). */
export const recordHash = (record: DeviceRecord): Hash => hashOf(canonicalJson(record))

/** What is not as it should be between records of one device. */
export interface ChainFault {
  kind: 'gap' | 'changed'
  /** The records between which it is: `after` is there, `before` is the next that is there. */
  after: number
  before: number
}

/**
 * Looks whether records follow one another without one left out or changed.
 * @param records of one device, by rising `seq`
 * @param known the last record that was there before them; null for none
 */
export function chainFaults(
  records: readonly DeviceRecord[],
  known: { seq: number; hash: Hash } | null,
): ChainFault[] {
  const faults: ChainFault[] = []
  let seq = known?.seq ?? 0
  let hash = known?.hash ?? CHAIN_START
  for (const record of records) {
    if (record.seq !== seq + 1) faults.push({ kind: 'gap', after: seq, before: record.seq })
    else if (record.prev !== hash) faults.push({ kind: 'changed', after: seq, before: record.seq })
    seq = record.seq
    hash = recordHash(record)
  }
  return faults
}

import { fail } from '../../kit/index.ts'
import { isWholeBatch, openBatch } from '../../release/index.ts'

/** Looks at a sealed batch before it is kept; throws a Failure where it is not what its name says. */
export type CheckBatch = (
  name: { device: string; sequence: number },
  batch: Uint8Array,
) => void | Promise<void>

/** What can be told without a key: that it came whole. */
export const checkWhole: CheckBatch = (_name, batch) => {
  if (!isWholeBatch(batch))
    throw fail('bad-input', 'The report is not whole.', 'The device sends it again by itself.')
}

/**
 * Opens each batch to see that the device it is named after wrote it, so that no stranger can take a device's numbers.
 * @param identities who opens what devices send back (age)
 */
export const checkSigned =
  (identities: () => Promise<readonly string[]>): CheckBatch =>
  async (name, bytes) => {
    checkWhole(name, bytes)
    const { batch } = await openBatch(bytes, await identities(), 'The report')
    if (batch.device !== name.device || batch.sequence !== name.sequence)
      throw fail('bad-input', 'The report is of another device or number than its name.', '')
  }

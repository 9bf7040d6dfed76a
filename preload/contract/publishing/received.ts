import { z } from 'zod'
import { call, work } from '../call.ts'
import { Failure } from '../failure.ts'
import { At, Hash } from '../ids.ts'
import { DeviceName } from './names.ts'

/** One `.edgeback` that was taken in, or was refused. */
export const TakenBatch = z.object({
  file: z.string(),
  device: z.string().nullable(),
  /** What its site calls the device. */
  name: z.string().nullable(),
  site: z.string().nullable(),
  /** Number of its last record. */
  sequence: z.int().nullable(),
  /** Records in it, and those of them that were not here yet; samples likewise. */
  records: z.int(),
  newRecords: z.int(),
  samples: z.int(),
  newSamples: z.int(),
  refused: Failure.nullable(),
})
export type TakenBatch = z.infer<typeof TakenBatch>

/** A receipt: the device may forget its records up to this one. */
export const Receipt = z.object({
  site: z.string(),
  device: z.string(),
  name: z.string(),
  received: z.int(),
  /** False where the repository was not there to be signed; it goes into the next plan. */
  signed: z.boolean(),
})
export type Receipt = z.infer<typeof Receipt>

/** A device that asks on a stick to be approved. */
export const FoundRequest = z.object({
  /** `enrol-<id>.req`: what `device approve` takes. */
  file: z.string(),
  device: z.string(),
  name: z.string(),
  /** To be compared with what the device shows. */
  code: z.string(),
  site: z.string().nullable(),
  /** A site approved it already. */
  approved: z.boolean(),
})
export type FoundRequest = z.infer<typeof FoundRequest>

export const Received = z.object({
  batches: z.array(TakenBatch),
  newRecords: z.int(),
  newSamples: z.int(),
  /** Nothing was refused. */
  whole: z.boolean(),
  receipts: z.array(Receipt),
  /** Devices that ask to be approved. */
  requests: z.array(FoundRequest).optional(),
})
export type Received = z.infer<typeof Received>

/** Something that came back and was not taken in, or that does not fit to what came before. */
export const Refusal = z.object({
  /** Hash of the file. */
  id: Hash,
  at: At,
  file: z.string(),
  /** The device that it says it is of; null where it could not be opened. */
  device: z.string().nullable(),
  site: z.string().nullable(),
  /** Somebody may have forged it; false for a file that is only damaged. */
  security: z.boolean(),
  /** How often it was offered. */
  times: z.int(),
  failure: Failure,
})
export type Refusal = z.infer<typeof Refusal>

/** Taking in what devices sent back. */
export const receivedEntries = {
  /** Takes in what devices sent back; the same file twice does no harm. */
  receive: work(
    {
      title: 'Take in what devices sent back',
      icon: 'usb',
      positional: ['file'],
      paths: { file: 'always' },
      cancel: 'What was taken in already stays; the rest can be taken in again.',
      fails: { whole: false },
    },
    z.object({
      /** `.edgeback` files, or folders with some, such as a stick. */
      file: z.array(z.string().min(1)).min(1).max(100_000),
    }),
    Received,
  ),
  refusals: call(
    { title: 'Show what was refused from devices', icon: 'shield-alert', reads: true },
    z.object({ device: DeviceName.optional() }),
    z.object({ refusals: z.array(Refusal), security: z.int() }),
  ),
}

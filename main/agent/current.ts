import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { At, Failure, Hash, VariantKind } from '#contract'
import { fail } from '../engine/kit/index.ts'

const Sequence = z.int().min(1)

/** A release that is on this device's disk, whole. */
export const Installed = z.object({
  version: z.int(),
  variant: VariantKind,
  sequence: Sequence,
  /** Hash of the signed description, which is kept as a blob like the files it names. */
  description: Hash,
})
export type Installed = z.infer<typeof Installed>

export const ModelState = z.object({
  /** The newest pointer that was verified here; nothing older is taken any more. */
  seen: z.object({ sequence: Sequence, version: z.int(), description: Hash }).nullable(),
  current: Installed.nullable(),
  previous: Installed.nullable(),
  /** The pointer that a person rolled back from; it is not followed again, a newer one is. */
  held: Sequence.nullable(),
  /** The pointer whose release did not pass here; it is not tried again. */
  failed: z.object({ sequence: Sequence, failure: Failure }).nullable(),
  switchedAt: At.nullable(),
})
export type ModelState = z.infer<typeof ModelState>

/** `current.json`: all that a device must not forget. */
export const Current = z.object({
  format: z.literal('edgewright-device/1'),
  /** Where releases come from, and whom this device trusts: pinned at first sight. */
  repository: z.object({ address: z.string(), id: z.string().nullable(), index: z.int().min(0) }).nullable(),
  /** Public key, SPKI in base64. */
  trusted: z.string().nullable(),
  models: z.record(z.string(), ModelState),
})
export type Current = z.infer<typeof Current>

export const newModel = (): ModelState => ({
  seen: null,
  current: null,
  previous: null,
  held: null,
  failed: null,
  switchedAt: null,
})

/**
 * Reads `current.json`, or begins anew where there is none yet.
 * @throws Failure `unreadable-file` where it is damaged
 */
export function readCurrent(file: string): Current {
  if (!existsSync(file)) return { format: 'edgewright-device/1', repository: null, trusted: null, models: {} }
  try {
    return Current.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw fail(
      'unreadable-file',
      `The state of this device is damaged (${file}); it was left as it is.`,
      'Copy it back, or give the device a new state folder: it then trusts the repository anew.',
      { cause },
    )
  }
}

import { z } from 'zod'

/**
 * The closed list of troubles a person can meet. A code is for programs and tests; the sentence beside it is
 * for people. Anything that is none of these is a bug and reaches the window as `internal`.
 */
export const FailureCode = z.enum([
  'bad-input',
  'not-found',
  'already-there',
  'in-use',
  'unreadable-file',
  'empty-data',
  'ragged-rows',
  'wrong-encoding',
  'too-wide',
  'wrong-type',
  'disk-full',
  'no-permission',
  'read-only',
  'workspace-newer',
  'workspace-locked',
  'port-taken',
  'unreachable',
  'unsigned',
  'tampered',
  'expired',
  'does-not-fit',
  'gate-blocked',
  'unsupported-graph',
  'golden-mismatch',
  'unsupported',
  'training-failed',
  'cancelled',
  'interrupted',
  'engine-lost',
  'internal',
])
export type FailureCode = z.infer<typeof FailureCode>

/**
 * Expected trouble, in the user's words. `message` is one sentence that says what is wrong and what was kept;
 * `remedy` says what to do next. `node` and `layer` name the place where a graph is to blame.
 */
export const Failure = z.object({
  code: FailureCode,
  message: z.string(),
  remedy: z.string(),
  node: z.string().optional(),
  layer: z.string().optional(),
})
export type Failure = z.infer<typeof Failure>

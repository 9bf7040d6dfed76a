import { z } from 'zod'

/** A job of this workspace, `job-17`. */
export const JobId = z.string().min(1).brand('JobId')
export type JobId = z.infer<typeof JobId>

/** A content hash: `sha256` in lower-case hexadecimal, 64 characters. */
export const Hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a hash of 64 hexadecimal digits')
  .brand('Hash')
export type Hash = z.infer<typeof Hash>

/** A training run of this workspace, `run-3`. */
export const RunId = z
  .string()
  .regex(/^run-\d+$/, 'must be the id of a run, such as run-1; "training list" shows them')
  .brand('RunId')
export type RunId = z.infer<typeof RunId>

/** The name of a dataset or a model: 1 to 80 letters, digits, `-`, `_`, `.` or single spaces. */
export const Name = z
  .string()
  .min(1)
  .max(80)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u,
    'must be letters, digits, spaces, - _ or . and begin with a letter or digit',
  )
export type Name = z.infer<typeof Name>

/** A moment, ISO 8601 in UTC. */
export const At = z.iso.datetime()
export type At = z.infer<typeof At>

import { z } from 'zod'
import { Hash } from '../ids.ts'
import { ModelEndpoint } from './model.ts'

/** What one pass did to the graph. */
export const PassReport = z.object({
  pass: z.string(),
  nodesBefore: z.int(),
  nodesAfter: z.int(),
  bytesBefore: z.int(),
  bytesAfter: z.int(),
  note: z.string(),
  /** Largest difference of any output from the graph before all passes, on rows; null where there were none. */
  maxDifference: z.number().nullable().default(null),
  /** Share of right answers after it, where labels are known. */
  accuracy: z.number().nullable().default(null),
})
export type PassReport = z.infer<typeof PassReport>

/** A pass that there is, for the page's list and for help. */
export const PassInfo = z.object({
  name: z.string(),
  title: z.string(),
  /** One sentence: what it does. */
  about: z.string(),
  arguments: z.array(z.object({ name: z.string(), about: z.string(), required: z.boolean() })),
})
export type PassInfo = z.infer<typeof PassInfo>

/** What `transform` did, pass by pass. */
export const Transformed = z.object({
  nodes: z.int(),
  bytes: z.int(),
  passes: z.array(PassReport),
  inputs: z.array(ModelEndpoint),
  outputs: z.array(ModelEndpoint),
  /** Of the file, which can be looked at by its hash. */
  id: Hash,
  out: z.string().nullable(),
})
export type Transformed = z.infer<typeof Transformed>

import { z } from 'zod'
import { call } from './call.ts'

/** The workspace that this engine has open. */
export const Workspace = z.object({
  /** The folder; it holds everything and can be copied whole. */
  path: z.string(),
  name: z.string(),
  /** True when another window has it open for writing. */
  readOnly: z.boolean(),
  /** The format the folder is written in. */
  format: z.int(),
  bytes: z.int(),
  engine: z.object({
    version: z.string(),
    node: z.string(),
    /** Process id of the engine. */
    process: z.int(),
    /** What TensorFlow.js will train on here. */
    backend: z.string(),
    cores: z.int(),
    memoryBytes: z.int(),
    freeDiskBytes: z.int(),
  }),
})
export type Workspace = z.infer<typeof Workspace>

export const workspace = {
  show: call({ title: 'Show the workspace', icon: 'layers', reads: true }, z.object({}), Workspace),
}

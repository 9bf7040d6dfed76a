/**
 * The wall between the window and the engine, as data. From this one value come the client's types, the rooms'
 * handler types, the input checks at the door, the fake for component tests and the command line.
 */
import { z } from 'zod'
import { dataset } from './dataset.ts'
import { evaluation } from './evaluation.ts'
import { feedback } from './feedback.ts'
import { jobs } from './jobs.ts'
import { lineage } from './lineage.ts'
import { optimization } from './optimization.ts'
import { publishing } from './publishing.ts'
import { refusal } from './refusal.ts'
import { registry } from './registry.ts'
import { statistics } from './statistics.ts'
import { training } from './training.ts'
import { transform } from './transform.ts'
import { validation } from './validation.ts'
import { workspace } from './workspace.ts'

export * from './artifact.ts'
export * from './call.ts'
export * from './dataset.ts'
export * from './evaluation.ts'
export * from './failure.ts'
export * from './feedback.ts'
export * from './ids.ts'
export * from './job.ts'
export * from './optimization.ts'
export * from './publishing.ts'
export * from './registry.ts'
export * from './statistics.ts'
export * from './training.ts'
export * from './transform.ts'
export * from './validation.ts'
export * from './workspace.ts'

// Input is refused in the same words at every door: the window's, the command line's, another process's.
z.config({ customError: refusal })

/** Rooms in the order data flows, then what serves them all. */
export const contract = {
  dataset,
  statistics,
  validation,
  transform,
  training,
  evaluation,
  optimization,
  registry,
  publishing,
  feedback,
  jobs,
  lineage,
  workspace,
}
export type Contract = typeof contract
/** What the window and the command line call. */
export type Engine = import('./call.ts').Client<Contract>

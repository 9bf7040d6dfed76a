/** What the agent keeps, and how it makes it last. */
export { readJson, sweepTemporary, TEMPORARY, writeDurably } from './durable.ts'
export { nodeDisk } from './nodeDisk.ts'

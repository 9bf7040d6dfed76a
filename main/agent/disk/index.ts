/** What the agent keeps, and how it makes it last. */
export { readJson, sweepTemporary, TEMPORARY, writeDurably, writePartsDurably } from './durable.ts'
export { nodeDisk } from './nodeDisk.ts'

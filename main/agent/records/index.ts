/** What a device tells of itself afterwards: a chain of records, captured rows, and what is sealed of them. */
export { type Ledger, openLedger, type VersionSum } from './ledger.ts'
export { openRecordLog, type RecordLog, type RecordLogOptions } from './log.ts'
export { highestSealed, type Outbox, openOutbox, type SealBatch } from './outbox.ts'
export { openSampleStore, type SampleStore } from './samples.ts'

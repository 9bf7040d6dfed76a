/** What devices send back: records, figures and captured rows. */
export { openRecords, type Records } from './door.ts'
export { openSampleShelf, type SampleBatch, type SampleLine, type SampleShelf } from './samples.ts'

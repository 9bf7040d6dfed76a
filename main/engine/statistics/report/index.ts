export { wantReport, writeReport } from './write.ts'

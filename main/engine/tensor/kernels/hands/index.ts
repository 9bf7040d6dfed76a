export { type Hands, handsOf } from './hands.ts'
export {
  type AdamPiece,
  adamPiece,
  type MultiplyRows,
  multiplyRows,
  type PackRight,
  packRight,
  SCRATCH,
} from './jobs.ts'

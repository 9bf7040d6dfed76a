import { existsSync, readFileSync } from 'node:fs'
import { atomicWrite } from '../../kit/index.ts'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'

/** Writes a checkpoint as a file, whole or not at all. */
export const writeCheckpoint = (path: string, checkpoint: Checkpoint): void =>
  atomicWrite(path, encodeCheckpoint(checkpoint))

/** Null where there is none. */
export const readCheckpoint = (path: string): Checkpoint | null =>
  existsSync(path) ? decodeCheckpoint(readFileSync(path)) : null

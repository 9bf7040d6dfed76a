import type { Anomaly, Schema, Validation } from '#contract'
import { createValidation, type ValidationRoom } from '../../../main/engine/validation/index.ts'
import { openRooms, type Rooms } from '../statistics/room.ts'

/** A workspace with its validation room. */
export interface CheckRooms extends Rooms {
  validation: ValidationRoom
  infer(data: string): Promise<Schema>
  check(data: string, schema?: string): Promise<Validation>
}

export function openCheckRooms(): CheckRooms {
  const rooms = openRooms()
  const validation = createValidation(rooms)
  return {
    ...rooms,
    validation,
    infer: data => rooms.job(job => validation.door.infer({ data, shape: true, maxDomain: 100 }, job)),
    check: (data, schema) => rooms.job(job => validation.door.check({ data, schema }, job)),
  }
}

/** An anomaly as one line, for tests that list them. */
export const lineOf = ({ severity, kind, feature, split, rows }: Anomaly): string =>
  `${severity} ${kind} ${feature} ${split ?? 'all'} ${rows}`

import type { DataType, Port } from '../../../../graph.ts'

/** A list of tensors (`TensorList`, or a `TensorArray` by its flow); an element that was never set is undefined. */
export interface List {
  elements: (Port | undefined)[]
  /** Shape of an element where it is known whole. */
  shape?: number[]
  dtype?: DataType
}

/** What a value is while a loop is written out: one of the new graph, a list, or nothing on a branch not taken. */
export type Traced = Port | List | typeof DEAD

/** What stands for a value that a branch which is not taken would have. */
export const DEAD = Symbol('on a branch that is not taken')

export const isList = (value: Traced | undefined): value is List =>
  typeof value === 'object' && 'elements' in value

export const isPort = (value: Traced | undefined): value is Port =>
  typeof value === 'object' && 'port' in value

/** A loop or list that cannot be written out; its nodes stay as they are. */
export class Stuck extends Error {}

import type { Room } from '../formats/tensorProto.ts'
import type { NodeDef } from '../gen/node_def_pb.ts'
import type { Attr, Origin } from '../graph.ts'
import { readAttrs } from './library.ts'
import { type Reference, readReference } from './reference.ts'

/** A node on its way out of functions. */
export interface Step {
  name: string
  op: string
  device: string
  inputs: Reference[]
  controls: string[]
  attrs: Record<string, Attr>
  origin: Origin
  /** Its name among the scopes of the model, without the calls that led to it. */
  scope: string
}

/** The node of a function as a step. */
export function stepOf({ name, op, device, input, attr }: NodeDef, room: Room): Step {
  return {
    name,
    op,
    device,
    inputs: input.filter(text => !text.startsWith('^')).map(readReference),
    controls: input.filter(text => text.startsWith('^')).map(text => text.slice(1)),
    attrs: readAttrs(attr, room),
    origin: { node: name },
    scope: name,
  }
}

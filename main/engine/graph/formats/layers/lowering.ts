import type { GraphBuilder } from './builder.ts'
import type { Place } from './place.ts'

/** Adds the nodes of one layer, which the builder has entered, and says where its results are. */
export type Lowering = (builder: GraphBuilder, ...inputs: Place[]) => Place | Place[]

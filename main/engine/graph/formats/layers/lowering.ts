import type { GraphBuilder, Place } from './builder.ts'

/** Adds the nodes of one layer, which the builder has entered, and says where its result is. */
export type Lowering = (builder: GraphBuilder, input: Place) => Place

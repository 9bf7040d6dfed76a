import type { Graph } from '../../graph/index.ts'
import type { Arguments } from './arguments.ts'

/** Something that a pass may be told, as in `quantize_weights(minimum_size=100)`. */
export interface PassArgument {
  name: string
  /** One sentence: what it does, and what is taken without it. */
  about: string
  required: boolean
}

/**
 * One transformation of a graph. It leaves the graph it was given as it is, and keeps the names of inputs and outputs
 * unless renaming them is its purpose. What replaces a node keeps its origin. The inputs of every node of the result
 * are there.
 */
export interface Pass<Report extends object = object> {
  /** As in a transform string, on the command line and in lineage: `quantize_weights`. */
  name: string
  /** As on the page: `8-bit weights`. */
  title: string
  /** One sentence: what it does. */
  about: string
  arguments: PassArgument[]
  /**
   * @param args values by name; a name that was given several times has several
   * @param own whether the graph is given away with its weights, so that what replaces them may take their memory
   * @throws Failure `bad-input` for arguments that are missing or cannot be read, others as the pass says
   */
  run(graph: Graph, args?: Arguments, own?: boolean): PassResult<Report>
}

export interface PassResult<Report extends object = object> {
  graph: Graph
  /** What it did, in figures and names. */
  report: Report
  /** What it did, in a few words for a person. */
  note: string
}

/** `3 nodes`, `1 node`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`

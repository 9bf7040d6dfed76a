import type { Graph } from '../graph.ts'

/**
 * One transformation of a graph. It leaves the graph it was given as it is, keeps the names of inputs and outputs,
 * and reports in figures what it did.
 */
export interface Pass<Options = object, Report = object> {
  /** As on the command line and in lineage: `quantize_weights`. */
  name: string
  /** As on the page: `8-bit weights`. */
  title: string
  run(graph: Graph, options: Options): PassResult<Report>
  /** What it did, in a few words for a person. */
  words(report: Report): string
}

export interface PassResult<Report = object> {
  graph: Graph
  report: Report
}

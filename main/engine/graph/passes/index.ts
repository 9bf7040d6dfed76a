import { fail } from '../../kit/index.ts'
import type { Graph } from '../graph.ts'
import { foldBatchNorms } from './foldBatchNorms.ts'
import { freeze } from './freeze.ts'
import type { Pass, PassResult } from './pass.ts'
import { quantizeWeights } from './quantizeWeights.ts'

export type { Pass, PassResult } from './pass.ts'

/** Every pass there is, in the order in which they are usually run. */
export const PASSES: Pass[] = [freeze, foldBatchNorms, quantizeWeights]

/**
 * Runs a pass by its name.
 * @throws Failure `not-found` for a name that is none of {@link PASSES}
 */
export function applyPass(name: string, graph: Graph, options: object = {}): PassResult {
  const pass = PASSES.find(candidate => candidate.name === name)
  if (!pass)
    throw fail(
      'not-found',
      `There is no pass named "${name}".`,
      `Choose one of: ${PASSES.map(candidate => candidate.name).join(', ')}.`,
    )
  return pass.run(graph, options)
}

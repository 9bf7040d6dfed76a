import { addDefaultAttributes } from './addDefaultAttributes.ts'
import { backportConcatV2 } from './backportConcatV2.ts'
import { backportTensorArrayV3 } from './backportTensorArrayV3.ts'
import { flattenAtrousConv } from './flattenAtrousConv.ts'
import { foldBatchNorms } from './foldBatchNorms.ts'
import { foldConstants } from './foldConstants.ts'
import { foldOldBatchNorms } from './foldOldBatchNorms.ts'
import { freeze } from './freeze.ts'
import { freezeRequantizationRanges } from './freezeRequantizationRanges.ts'
import { fusePadAndConv } from './fusePadAndConv.ts'
import { fuseResizeAndConv } from './fuseResizeAndConv.ts'
import { fuseResizePadAndConv } from './fuseResizePadAndConv.ts'
import { inlinePartitionedcall } from './inlinePartitionedcall.ts'
import { insertLogging } from './insertLogging.ts'
import { mergeDuplicateNodes } from './mergeDuplicateNodes.ts'
import { obfuscateNames } from './obfuscateNames.ts'
import type { Pass } from './pass.ts'
import { quantizeNodes } from './quantizeNodes.ts'
import { quantizeWeights } from './quantizeWeights.ts'
import { removeAttribute } from './removeAttribute.ts'
import { removeControlDependencies } from './removeControlDependencies.ts'
import { removeDevice } from './removeDevice.ts'
import { removeNodes } from './removeNodes.ts'
import { renameAttribute } from './renameAttribute.ts'
import { renameNode } from './renameNode.ts'
import { renameOp } from './renameOp.ts'
import { roundWeights } from './roundWeights.ts'
import { setDevice } from './setDevice.ts'
import { sortByExecutionOrder } from './sortByExecutionOrder.ts'
import { sparsifyGather } from './sparsifyGather.ts'
import { stripUnusedNodes } from './stripUnusedNodes.ts'

/** Every pass there is, by what it is for and in the order in which they are usually run. */
export const PASSES: readonly Pass[] = [
  // What runs, and nothing else.
  freeze,
  inlinePartitionedcall,
  stripUnusedNodes,
  removeNodes,
  removeControlDependencies,
  // The same in fewer steps.
  foldConstants,
  foldOldBatchNorms,
  foldBatchNorms,
  flattenAtrousConv,
  fuseResizePadAndConv,
  fuseResizeAndConv,
  fusePadAndConv,
  sparsifyGather,
  mergeDuplicateNodes,
  // Fewer bytes.
  quantizeWeights,
  roundWeights,
  quantizeNodes,
  insertLogging,
  freezeRequantizationRanges,
  // As a certain runtime wants it.
  addDefaultAttributes,
  removeAttribute,
  renameAttribute,
  renameOp,
  renameNode,
  setDevice,
  removeDevice,
  backportConcatV2,
  backportTensorArrayV3,
  obfuscateNames,
  sortByExecutionOrder,
]

/**
 * The recipe that needs no arguments: the same answers in fewer nodes, all floats as they are. Nothing that checks,
 * prints or decides is lost, so it is safe for graphs with branches and loops too.
 */
export const RECOMMENDED = [
  'strip_unused_nodes',
  'remove_control_dependencies(keep_effects=true)',
  'remove_nodes(op=Identity, op=StopGradient, op=PreventGradient, op=CheckNumerics)',
  'fold_constants',
  'fold_batch_norms',
  'fold_old_batch_norms',
  // A factor may stand on either side of a normalization.
  'fold_batch_norms',
  'merge_duplicate_nodes',
  'sort_by_execution_order',
].join(' ')

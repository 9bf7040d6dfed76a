import type { LiteModel, LiteTensor } from './model.ts'

/**
 * The model with every open size as it was when the model was made, which runtimes need that cannot resize. Only models
 * whose constants do not depend on an open size compute the same for it; those of converters are so.
 */
export const withFixedShapes = (model: LiteModel): LiteModel => ({
  ...model,
  subgraphs: model.subgraphs.map(subgraph => ({ ...subgraph, tensors: subgraph.tensors.map(fixed) })),
})

function fixed(tensor: LiteTensor): LiteTensor {
  if (!tensor.signature) return tensor
  const { signature: _, ...rest } = tensor
  return rest
}

/** Whether a size of an input or output is open until run time. */
export const hasOpenShapes = (model: LiteModel): boolean =>
  model.subgraphs.some(({ tensors, inputs, outputs }) =>
    [...inputs, ...outputs].some(index => tensors[index]?.signature),
  )

import type { LiteModel, LiteOperator, LiteTensor } from './model.ts'
import { bytesOf } from './types.ts'
import { signaturesOf } from './write.ts'

/**
 * The model with every tensor that its first graph computes as an output, in the order in which they are computed, to
 * watch ranges and to compare layer by layer. Outputs are named `t<index>`, so that the tensor can be told from them.
 * Texts and handles are left out, since they have no plain elements.
 */
export function withAllOutputs(model: LiteModel): LiteModel {
  const [main, ...others] = model.subgraphs
  if (!main) return model
  // Weights that come out of 16-bit floats are no activations, and runtimes that read them as they are leave them empty.
  const isWeight = ({ op, inputs: [from = -1] }: LiteOperator) =>
    op === 'DEQUANTIZE' && main.tensors[from]?.data !== undefined
  const computed = [
    ...new Set(main.operators.filter(each => !isWeight(each)).flatMap(({ outputs }) => outputs)),
  ].filter(index => isWatched(main.tensors[index]))
  const inputs = signaturesOf(model).find(signature => signature.subgraph === 0)?.inputs ?? []
  return {
    ...model,
    subgraphs: [{ ...main, outputs: computed }, ...others],
    signatures: [
      {
        key: 'serving_default',
        subgraph: 0,
        inputs,
        outputs: computed.map(tensor => ({ name: `t${tensor}`, tensor })),
      },
    ],
  }
}

const isWatched = (tensor: LiteTensor | undefined): boolean =>
  tensor !== undefined && !tensor.data && !tensor.isVariable && bytesOf(tensor.type, []) !== undefined

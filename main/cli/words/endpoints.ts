import type { ModelEndpoint } from '#contract'
import { named, shapeInWords } from './figures.ts'

/** Inputs and outputs, one a line: the signature's name, the node's where it is another, type and shape. */
export function endpointsInWords(ends: {
  inputs: readonly Partial<ModelEndpoint>[]
  outputs: readonly Partial<ModelEndpoint>[]
}): string[] {
  const told = ({ name = '', key, dtype, shape = null }: Partial<ModelEndpoint>) =>
    [key && key !== name ? `${key} (${name})` : name, dtype, shapeInWords(shape)].filter(Boolean).join('  ')
  return named([
    ...ends.inputs.map(end => ['input', told(end)] as const),
    ...ends.outputs.map(end => ['output', told(end)] as const),
  ])
}

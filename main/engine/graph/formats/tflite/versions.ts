import type { LiteModel, LiteOperator, LiteTensor } from './model.ts'
import { RULES } from './versions/operators.ts'
import { compareVersions, runtimeOf } from './versions/runtimes.ts'

/**
 * The lowest version of a builtin operator whose kernels compute these types, shapes and options. A higher one would
 * shut out runtimes that could run the model; under a lower one old runtimes take it and compute something else.
 * A custom operator's version stays what it is.
 *
 * It is TensorFlow's, with two corrections: of operators on 16-bit values with 8-bit weights, TensorFlow's table says 1
 * though the kernels came later; and TensorFlow gives all operators of a kind the version of the highest among them.
 *
 * @param tensors those of the operator's subgraph
 */
export function lowestVersion(operator: LiteOperator, tensors: LiteTensor[]): number {
  if (operator.op === 'CUSTOM') return operator.version
  const rule = RULES.get(operator.op)
  const at = (index: number): LiteTensor | undefined => tensors[index]
  return rule?.({ operator, inputs: operator.inputs.map(at), outputs: operator.outputs.map(at) }) ?? 1
}

/** The model with each builtin operator at its lowest version. */
export const withLowestVersions = (model: LiteModel): LiteModel => ({
  ...model,
  subgraphs: model.subgraphs.map(subgraph => ({
    ...subgraph,
    operators: subgraph.operators.map(operator => ({
      ...operator,
      version: lowestVersion(operator, subgraph.tensors),
    })),
  })),
})

/**
 * The oldest TensorFlow Lite runtime that knows all operators of the model at their versions, like `2.3.0`. Where an
 * operator is not known here, what the model says itself counts too; undefined where nothing is known.
 */
export function minRuntimeVersion(model: LiteModel): string | undefined {
  const operators = model.subgraphs.flatMap(subgraph => subgraph.operators)
  const found = operators.map(({ op, version }) => runtimeOf(op, version))
  if (found.some((version, i) => version === undefined && operators[i]?.op !== 'CUSTOM'))
    found.push(saidBy(model))
  return found
    .filter(version => version !== undefined)
    .reduce<string | undefined>(
      (high, version) => (high === undefined || compareVersions(high, version) < 0 ? version : high),
      undefined,
    )
}

function saidBy(model: LiteModel): string | undefined {
  const entry = model.metadata.find(({ name }) => name === 'min_runtime_version')
  const text = entry && new TextDecoder().decode(entry.data).split('\0')[0]
  return text && /^\d+(\.\d+)*$/.test(text) ? text : undefined
}

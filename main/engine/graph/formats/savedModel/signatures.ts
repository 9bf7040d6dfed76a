import { fail } from '../../../kit/index.ts'
import { dtypeOf } from '../../dtype.ts'
import type { SignatureDef, TensorInfo } from '../../gen/meta_graph_pb.ts'
import { type Endpoint, portName, portOf } from '../../graph.ts'
import type { Signature } from '../format.ts'

/** What TensorFlow itself calls when it loads or trains a model; nobody predicts with it. */
const INTERNAL = new Set(['__saved_model_init_op', '__saved_model_train_op'])

/** The ways to call a model, the default one first; inputs and outputs in the order of their names. */
export const readSignatures = (defs: { [name: string]: SignatureDef }): Signature[] =>
  Object.entries(defs)
    .filter(([name]) => !INTERNAL.has(name))
    .map(([name, { inputs, outputs }]) => ({ name, inputs: endpoints(inputs), outputs: endpoints(outputs) }))
    .filter(({ outputs }) => outputs.length > 0)
    .sort((a, b) => Number(b.name === DEFAULT) - Number(a.name === DEFAULT) || order(a.name, b.name))

export const DEFAULT = 'serving_default'

const COLLATOR = new Intl.Collator('en', { numeric: true })
const order = (a: string, b: string): number => COLLATOR.compare(a, b) || (a < b ? -1 : 1)

const endpoints = (infos: { [key: string]: TensorInfo }): Endpoint[] =>
  Object.entries(infos)
    .sort(([a], [b]) => order(a, b))
    .map(([key, info]) => endpoint(key, info))

function endpoint(key: string, { encoding, dtype, tensorShape }: TensorInfo): Endpoint {
  const type = dtypeOf(dtype)
  if (encoding.case !== 'name' || !type)
    throw fail(
      'unsupported-graph',
      `"${key}" of the model's signature is no plain tensor but ${encoding.case === 'name' ? 'of an unknown type' : 'a sparse or composite one'}.`,
      'Export the model with plain tensors as inputs and outputs.',
      { node: key },
    )
  const dims = tensorShape?.unknownRank ? undefined : tensorShape?.dim
  return {
    name: portName(portOf(encoding.value)),
    dtype: type,
    shape: dims?.map(({ size }) => Number(size)),
    key,
  }
}

/**
 * The signature that is asked for, without one `serving_default`, else the only one.
 * @throws Failure `not-found` that names those there are
 */
export function chooseSignature(signatures: Signature[], wanted: string | undefined): Signature {
  const [only] = signatures
  const found = wanted
    ? signatures.find(({ name }) => name === wanted)
    : (signatures.find(({ name }) => name === DEFAULT) ?? (signatures.length === 1 ? only : undefined))
  if (found) return found
  const names = signatures.map(({ name }) => name).join(', ')
  throw fail(
    'not-found',
    wanted ? `The model has no signature "${wanted}".` : 'The model has no signature "serving_default".',
    names ? `Choose one of: ${names}.` : 'Export the model with a signature.',
  )
}

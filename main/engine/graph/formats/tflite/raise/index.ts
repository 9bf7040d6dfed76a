import { fail } from '../../../../kit/index.ts'
import type { LiteModel, LiteSignature, LiteSubgraph } from '../model.ts'
import { ownedIn } from './owned.ts'
import { type Raised, Raiser } from './raiser.ts'

export type { Raised } from './raiser.ts'

interface RaiseOptions {
  /** The model's bytes are not needed any more, so that weights may be put into another order where they lie. */
  consume?: boolean
}

/**
 * Reads a TensorFlow Lite model as a graph in TensorFlow's operations, float throughout: quantized weights become the
 * floats that they stand for. Each node's origin is the tensor that its operator computed.
 *
 * @param signature which of the model's ways to be called
 * @throws Failure `unreadable-file` where an operator reads what nobody computes, `unsupported-graph` for constants
 * that TensorFlow cannot hold
 */
export function raise(model: LiteModel, signature: LiteSignature, options: RaiseOptions = {}): Raised {
  const subgraph = model.subgraphs[signature.subgraph] as LiteSubgraph
  return new Raiser(subgraph, signature, options.consume ? ownedIn(model) : new Set()).run()
}

/** The way to be called that was asked for, `serving_default`, or the only one. */
export function chosen(signatures: LiteSignature[], asked: string | undefined): LiteSignature {
  const key = asked ?? 'serving_default'
  const found = signatures.find(signature => signature.key === key)
  if (found) return found
  const [only, ...others] = signatures
  if (asked === undefined && only && others.length === 0) return only
  throw fail(
    'not-found',
    `The file has no signature named "${key}".`,
    `Choose one of these: ${signatures.map(signature => signature.key).join(', ')}.`,
  )
}

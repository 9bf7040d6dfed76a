import type { Variant } from '#contract'
import { freeze, type LiteModel, toLiteWithRanges } from '../graph/index.ts'
import { fail } from '../kit/index.ts'
import {
  dynamicRange,
  float16,
  plainFloats,
  quantizeActivations,
  type Range,
  unknownNames,
} from './quantize/index.ts'
import type { OpenedSource } from './source.ts'

/** How the numbers of a TFLite model are to be held. */
export interface Precision {
  quantize: 'none' | 'float16' | 'dynamic' | 'int8' | 'int16'
  io: 'float32' | 'int8'
  perTensorDense: boolean
  keepFloat: string[]
  minElements: number
}

/**
 * The float TFLite model of a source, with what training for quantization said of its ranges.
 * @param shapes of inputs that have open sizes, by name: the model is made for these alone
 * @throws Failure `unsupported-graph` that names all operations without a form in TFLite
 */
export function floatModel(
  opened: OpenedSource,
  name: string,
  shapes?: Record<string, number[]>,
): { model: LiteModel; ranges: Map<number, Range> } {
  if (opened.lite) {
    const held = opened.lite.subgraphs[0]?.tensors.some(tensor => tensor.quantization && tensor.data)
    if (held)
      throw fail(
        'unsupported',
        `${name} is quantized already.`,
        'Start from the float model that it was made of.',
      )
    if (!shapes) return plainFloats(opened.lite)
  }
  const frozen = freeze(opened.graph).graph
  const { model, ranges } = toLiteWithRanges(frozen, { name, ...(shapes ? { shapes } : {}) })
  return { model, ranges: new Map(ranges) }
}

/**
 * A float TFLite model with its numbers held as wanted.
 * @param ranges of its activations; needed for whole numbers
 * @throws Failure `not-found` for a layer to keep that is not there
 */
export function withPrecision(
  model: LiteModel,
  { quantize, io, perTensorDense, keepFloat, minElements }: Precision,
  ranges: ReadonlyMap<number, Range>,
): { model: LiteModel; kept: Variant['kept'] } {
  const [main] = model.subgraphs
  const unknown = main ? unknownNames(main, keepFloat) : []
  if (unknown.length > 0)
    throw fail(
      'not-found',
      `The model has no layer or node named ${unknown.map(name => `"${name}"`).join(', ')}.`,
      'Take a name as the graph view or inspect shows it.',
    )
  if (quantize === 'none') return { model, kept: [] }
  if (quantize === 'float16') return { model: float16(model), kept: [] }
  if (quantize === 'dynamic')
    return { model: dynamicRange(model, { minElements, perTensorDense, keepFloat }), kept: [] }
  return quantizeActivations(model, ranges, {
    bits: quantize === 'int8' ? 8 : 16,
    io,
    perTensorDense,
    keepFloat,
  })
}

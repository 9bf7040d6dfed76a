import { attr } from '../../../graph.ts'
import type { Call, Raise } from './call.ts'

/** Quantized tensors are floats in the graph already, so that nothing is left to do but between 16 and 32 bits. */
const between: Raise = call => {
  const [from, to] = [call.dtype(0), call.outputs[0]?.dtype ?? 'float32']
  return from === to ? call.input(0) : cast(call, from, to)
}

const cast = (call: Call, from: ReturnType<Call['dtype']>, to: ReturnType<Call['dtype']>) =>
  call.add('Cast', [call.input(0)], {
    SrcT: attr.type(from),
    DstT: attr.type(to),
    Truncate: attr.bool(false),
  })

export const quantization: Record<string, Raise> = {
  QUANTIZE: between,
  DEQUANTIZE: between,
  FAKE_QUANT: call =>
    call.add('FakeQuantWithMinMaxArgs', [call.input(0)], {
      min: attr.float(call.number('min')),
      max: attr.float(call.number('max')),
      num_bits: attr.int(call.number('num_bits')),
      narrow_range: attr.bool(call.flag('narrow_range')),
    }),
}

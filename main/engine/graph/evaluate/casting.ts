import { bytesPerElement, elementsOf } from '../dtype.ts'
import { attrOf, type DataType } from '../graph.ts'
import { dequantize } from '../quantization.ts'
import { elements, filled, isBig, isFloat, Unevaluable } from './elements.ts'
import { inputAt, type Kernel } from './kernel.ts'

const RANGES: Partial<Record<DataType, [number, number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
}

/** Between types, and from 8 bits back to floats. */
export const casting: Record<string, Kernel> = {
  Cast: call => {
    const source = inputAt(call, 0)
    const to = attrOf(call.node, 'DstT', 'type')
    if (!to || to.startsWith('q') || source.dtype.startsWith('q')) throw new Unevaluable('no type')
    if (to === source.dtype) return [source]
    const data = elements(source)
    if (to === 'bool') return [filled('bool', source.shape, call.limit, i => Number(Number(data[i]) !== 0))]
    if (isFloat(to)) return [filled(to, source.shape, call.limit, i => Number(data[i]))]
    const range = RANGES[to]
    if (!range) throw new Unevaluable('no type')
    const float = isFloat(source.dtype)
    const big = isBig(to)
    return [
      filled(to, source.shape, call.limit, i => {
        const value = data[i] as number | bigint
        if (!float)
          return big
            ? BigInt(value)
            : isBig(source.dtype)
              ? Number(BigInt.asIntN(32, value as bigint))
              : value
        const cut = Math.trunc(value as number)
        // What a float out of range becomes is up to the processor.
        if (!(cut >= range[0] && cut <= range[1])) throw new Unevaluable('out of range')
        return big ? BigInt(cut) : cut
      }),
    ]
  },
  Bitcast: call => {
    const source = inputAt(call, 0)
    const to = attrOf(call.node, 'type', 'type')
    if (!to || bytesPerElement(to) !== bytesPerElement(source.dtype))
      throw new Unevaluable('sizes do not fit')
    const { buffer, byteOffset, byteLength } = source.data
    const data = elementsOf(to, new Uint8Array(buffer, byteOffset, byteLength))
    if (!data) throw new Unevaluable('no type')
    return [{ dtype: to, shape: source.shape, data }]
  },
  Dequantize: call => {
    const { node } = call
    const [source, low, high] = [inputAt(call, 0), inputAt(call, 1), inputAt(call, 2)]
    const plain =
      (attrOf(node, 'axis', 'int') ?? -1) === -1 && (attrOf(node, 'dtype', 'type') ?? 'float32') === 'float32'
    if (source.dtype !== 'quint8' || attrOf(node, 'mode', 'string') !== 'MIN_FIRST' || !plain)
      throw new Unevaluable('another way to unpack')
    const [min, max] = [Number(low.data[0]), Number(high.data[0])]
    return [
      { dtype: 'float32', shape: source.shape, data: dequantize(source.data as Uint8Array, { min, max }) },
    ]
  },
}

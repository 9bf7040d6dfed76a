import { fail } from '../../../kit/index.ts'
import { widened } from '../../evaluate/half.ts'
import { attrOf, type GraphNode, sizeOf, type Tensor } from '../../graph.ts'
import type { WeightSpec } from './manifest.ts'
import { pack } from './quantized.ts'

/** A constant as it goes into the files of a TensorFlow.js model. */
export interface StoredWeight {
  spec: WeightSpec
  /** Bytes that it takes there. */
  size: number
  /** Made when they are written and not before, so that no second copy of all weights is in memory. */
  bytes(): Uint8Array
}

const refused = (node: GraphNode, what: string) =>
  fail(
    'unsupported-graph',
    `The constant "${node.name}" ${what}, which TensorFlow.js cannot hold.`,
    'Write the model in another format.',
    { node: node.name },
  )

/** @throws Failure `unsupported-graph` with the node, for a type that TensorFlow.js has not */
export function storedWeight(node: GraphNode, quantize?: 'float16' | 'uint8'): StoredWeight {
  const value = attrOf(node, 'value', 'tensor')
  return value ? numbers(node, value, quantize) : texts(node)
}

function numbers(node: GraphNode, value: Tensor, quantize?: 'float16' | 'uint8'): StoredWeight {
  const { name } = node
  const plain = plainOf(node, value)
  const { shape, dtype, data } = plain
  const packed = quantize && pack(plain, quantize)
  if (packed) {
    const { scale, min, dtype: as } = packed.packing
    const quantization = as === 'float16' ? { dtype: as } : { dtype: as, scale, min, original_dtype: dtype }
    return {
      spec: { name, shape, dtype, quantization },
      size: packed.bytes.length,
      bytes: () => packed.bytes,
    }
  }
  const bytes = () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { spec: { name, shape, dtype }, size: data.byteLength, bytes }
}

/** In the nearest of the types that TensorFlow.js has: float32, int32 and bool. */
function plainOf(node: GraphNode, { dtype, shape, data }: Tensor): Tensor {
  switch (dtype) {
    case 'float32':
    case 'int32':
    case 'bool':
      return { dtype, shape, data }
    case 'float64':
      return { dtype: 'float32', shape, data: Float32Array.from(data as Float64Array) }
    case 'float16':
    case 'bfloat16':
      return { dtype: 'float32', shape, data: widened(data as Uint16Array, dtype) }
    default: {
      const whole = Int32Array.from(data as ArrayLike<number | bigint>, Number)
      for (const [i, value] of whole.entries())
        if (value !== Number(data[i])) throw refused(node, `holds the number ${data[i]}`)
      return { dtype: 'int32', shape, data: whole }
    }
  }
}

function texts(node: GraphNode): StoredWeight {
  const raw = node.attrs.value?.kind === 'opaque' ? node.attrs.value.value.value : undefined
  const proto = raw?.case === 'tensor' ? raw.value : undefined
  const shape = (proto?.tensorShape?.dim ?? []).map(({ size }) => Number(size))
  const count = sizeOf(shape)
  const list = proto?.stringVal ?? []
  // One text may stand for all.
  if (!proto || list.length === 0 || (list.length !== count && list.length !== 1))
    throw refused(node, 'holds values that are neither numbers nor texts')
  const size = Array.from({ length: count }, (_, i) => (list[i] ?? list[0])?.length ?? 0).reduce(
    (sum, n) => sum + 4 + n,
    0,
  )
  return {
    spec: { name: node.name, shape, dtype: 'string' },
    size,
    bytes() {
      const bytes = new Uint8Array(size)
      const view = new DataView(bytes.buffer)
      let at = 0
      for (let i = 0; i < count; i++) {
        const text = (list[i] ?? list[0]) as Uint8Array
        view.setUint32(at, text.length, true)
        bytes.set(text, at + 4)
        at += 4 + text.length
      }
      return bytes
    },
  }
}

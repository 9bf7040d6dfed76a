import { create } from '@bufbuild/protobuf'
import { type AttrValue, AttrValueSchema } from '../../gen/attr_value_pb.ts'
import { DataType as Code } from '../../gen/types_pb.ts'
import { type Attr, attr, sizeOf, type Tensor } from '../../graph.ts'
import { fileSource, type Source } from '../graphdef/source.ts'
import { type ModelJson, shardsOf, unreadable, type WeightSpec } from './manifest.ts'
import { type Packing, packedBytes, unpack } from './quantized.ts'

/** More texts in one weight than any vocabulary has. */
const MOST_TEXTS = 10_000_000

/** Files read as one. */
function chain(paths: string[]): Source {
  const parts: { source: Source; at: number }[] = []
  let size = 0
  for (const path of paths) {
    const source = fileSource(path)
    parts.push({ source, at: size })
    size += source.size
  }
  const into = (at: number, target: Uint8Array) => {
    if (at + target.length > size) throw new RangeError('Past the end')
    for (const part of parts) {
      const from = Math.max(at, part.at)
      const to = Math.min(at + target.length, part.at + part.source.size)
      if (from < to) part.source.into(from - part.at, target.subarray(from - at, to - at))
    }
  }
  const view = (at: number, length: number) => {
    if (at + length > size) throw new RangeError('Past the end')
    const bytes = new Uint8Array(length)
    into(at, bytes)
    return bytes
  }
  return { size, into, view, close: () => parts.forEach(({ source }) => void source.close()) }
}

/**
 * The weights of a model by name, as attributes that a constant may have; texts have no plain form here. Packed ones
 * are unpacked. Each is read from its files straight into memory of its own.
 * @throws Failure `unreadable-file` where files are missing, too short or too long
 */
export function readManifest(path: string, model: ModelJson): { weights: Map<string, Attr>; bytes: number } {
  const weights = new Map<string, Attr>()
  let bytes = 0
  for (const { paths, weights: specs } of model.weightsManifest ?? []) {
    const source = chain(shardsOf(path, paths))
    try {
      let at = 0
      for (const spec of specs) {
        const { value, length } = readWeight(source, at, spec)
        weights.set(spec.name, value)
        at += length
      }
      if (at !== source.size) throw unreadable('The files with weights hold more than the model says.')
      bytes += source.size
    } finally {
      source.close()
    }
  }
  return { weights, bytes }
}

const WIDTHS: Record<string, number> = { float32: 4, int32: 4, bool: 1, complex64: 8, float16: 2 }

function readWeight(source: Source, at: number, spec: WeightSpec): { value: Attr; length: number } {
  if (spec.dtype === 'string') return readTexts(source, at, spec)
  const count = sizeOf(spec.shape)
  const packing = packingOf(spec)
  const width = packing ? packedBytes(packing) : WIDTHS[spec.dtype]
  if (width === undefined) throw unreadable(`The weight "${spec.name}" is of the unknown type ${spec.dtype}.`)
  const length = count * width
  if (!Number.isSafeInteger(length) || at + length > source.size)
    throw unreadable(`The files with weights end before "${spec.name}" does.`)
  const bytes = new Uint8Array(length)
  source.into(at, bytes)
  return { value: weightOf(spec, bytes), length }
}

/**
 * A weight from its bytes, which are taken over.
 * @throws Failure `unreadable-file` for a type or a packing that is not known
 */
export function weightOf(spec: WeightSpec, bytes: Uint8Array<ArrayBuffer>): Attr {
  const { dtype, shape } = spec
  const packing = packingOf(spec)
  if (packing) {
    const whole = dtype === 'int32'
    if (!whole && dtype !== 'float32')
      throw unreadable(`The weight "${spec.name}" is packed, which values of type ${dtype} cannot be.`)
    const data = unpack(bytes, packing, whole)
    return attr.tensor({ dtype: whole ? 'int32' : 'float32', shape, data })
  }
  if (dtype === 'float32') return attr.tensor({ dtype, shape, data: new Float32Array(bytes.buffer) })
  if (dtype === 'int32') return attr.tensor({ dtype, shape, data: new Int32Array(bytes.buffer) })
  if (dtype === 'bool') return attr.tensor({ dtype, shape, data: bytes })
  if (dtype === 'float16')
    return attr.tensor({ dtype: 'float32', shape, data: unpack(bytes, { dtype: 'float16' }, false) })
  if (dtype === 'complex64') return rawTensor(Code.DT_COMPLEX64, shape, { tensorContent: bytes })
  throw unreadable(`The weight "${spec.name}" is of the unknown type ${dtype}.`)
}

function packingOf({ name, quantization }: WeightSpec): Packing | undefined {
  if (!quantization) return undefined
  const { dtype, scale, min } = quantization
  if (dtype === 'float16') return { dtype }
  if ((dtype === 'uint8' || dtype === 'uint16') && Number.isFinite(scale) && Number.isFinite(min))
    return { dtype, scale: scale as number, min: min as number }
  throw unreadable(`How the weight "${name}" is packed cannot be read.`)
}

/** Texts one after another, each with its length in bytes before it. */
function readTexts(
  source: Source,
  from: number,
  { name, shape }: WeightSpec,
): { value: Attr; length: number } {
  const count = sizeOf(shape)
  const texts: Uint8Array[] = []
  let at = from
  if (count > MOST_TEXTS) throw unreadable(`The weight "${name}" holds more texts than can be.`)
  try {
    for (let i = 0; i < count; i++) {
      const length = source.view(at, 4)
      const size = new DataView(length.buffer, length.byteOffset).getUint32(0, true)
      texts.push(source.view(at + 4, size))
      at += 4 + size
    }
  } catch (cause) {
    throw unreadable(`The files with weights end before "${name}" does.`, cause)
  }
  return { value: rawTensor(Code.DT_STRING, shape, { stringVal: texts }), length: at - from }
}

function rawTensor(
  dtype: Code,
  shape: number[],
  values: { stringVal?: Uint8Array[]; tensorContent?: Uint8Array },
): Attr {
  const tensorShape = { dim: shape.map(size => ({ size: BigInt(size) })) }
  const value: AttrValue = create(AttrValueSchema, {
    value: { case: 'tensor', value: { dtype, tensorShape, ...values } },
  })
  return { kind: 'opaque', value }
}

/** The weights that are plain tensors. */
export const tensorsOf = (weights: Map<string, Attr>): Map<string, Tensor> =>
  new Map(
    [...weights].flatMap(([name, value]) => (value.kind === 'tensor' ? [[name, value.value] as const] : [])),
  )

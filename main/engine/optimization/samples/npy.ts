import { fail } from '../../kit/index.ts'

/** An array as NumPy keeps it, in C order, as floats: what a model's input is fed with. */
export interface NumpyArray {
  shape: number[]
  data: Float32Array
}

type Reader = (view: DataView, at: number) => number

/** Element types by NumPy's descriptor without its byte order, with their bytes. */
const TYPES: Record<string, [bytes: number, read: (little: boolean) => Reader]> = {
  f2: [2, little => (view, at) => view.getFloat16(at, little)],
  f4: [4, little => (view, at) => view.getFloat32(at, little)],
  f8: [8, little => (view, at) => view.getFloat64(at, little)],
  i1: [1, () => (view, at) => view.getInt8(at)],
  i2: [2, little => (view, at) => view.getInt16(at, little)],
  i4: [4, little => (view, at) => view.getInt32(at, little)],
  i8: [8, little => (view, at) => Number(view.getBigInt64(at, little))],
  u1: [1, () => (view, at) => view.getUint8(at)],
  u2: [2, little => (view, at) => view.getUint16(at, little)],
  u4: [4, little => (view, at) => view.getUint32(at, little)],
  u8: [8, little => (view, at) => Number(view.getBigUint64(at, little))],
  b1: [1, () => (view, at) => view.getUint8(at)],
}

/**
 * Reads a `.npy` file (NumPy Enhancement Proposal 1, format versions 1 to 3).
 * @throws Failure `unreadable-file` for a damaged file, `wrong-type` for texts and objects
 */
export function readNpy(bytes: Uint8Array, name: string): NumpyArray {
  const broken = (what: string) =>
    fail('unreadable-file', `The array ${name} cannot be read: ${what}.`, 'Save it again with numpy.savez.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 12 || bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY')
    throw broken('it is not a NumPy array')
  const isShort = bytes[6] === 1
  const start = isShort ? 10 : 12
  const end = start + (isShort ? view.getUint16(8, true) : view.getUint32(8, true))
  if (end > bytes.length) throw broken('its head is cut off')
  const head = new TextDecoder('latin1').decode(bytes.subarray(start, end))
  const descr = /'descr':\s*'([<>|=])(\w+)'/.exec(head)
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(head)?.[1]
  if (!descr || shapeText === undefined)
    throw fail(
      'wrong-type',
      `The array ${name} does not hold plain numbers.`,
      'Save an array of numbers, such as data.astype("float32").',
    )
  const type = TYPES[descr[2] as string]
  if (!type)
    throw fail(
      'wrong-type',
      `The array ${name} is of the type ${descr[2]}, which no model is fed with.`,
      'Save it as float32.',
    )
  const shape = shapeText.split(',').flatMap(size => (size.trim() === '' ? [] : [Number(size)]))
  const count = shape.reduce((product, size) => product * size, 1)
  const [width, read] = type
  if (shape.some(size => !Number.isInteger(size) || size < 0) || count * width > bytes.length - end)
    throw broken('it holds fewer values than its shape says')
  const isLittle = descr[1] !== '>'
  const values = new Float32Array(count)
  if (descr[2] === 'f4' && isLittle) new Uint8Array(values.buffer).set(bytes.subarray(end, end + count * 4))
  else {
    const one = read(isLittle)
    for (let i = 0; i < count; i++) values[i] = one(view, end + i * width)
  }
  return { shape, data: /'fortran_order':\s*True/.test(head) ? inOrder(values, shape) : values }
}

/** Values that lie first index fastest, laid last index fastest. */
function inOrder(values: Float32Array, shape: readonly number[]): Float32Array {
  if (shape.length < 2 || values.length === 0) return values
  const ordered = new Float32Array(values.length)
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((step, size) => step * size, 1))
  const index = shape.map(() => 0)
  let from = 0
  for (let at = 0; at < ordered.length; at++) {
    ordered[at] = values[from] as number
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis] as number
      index[axis] = (index[axis] as number) + 1
      if ((index[axis] as number) < (shape[axis] as number)) break
      from -= (steps[axis] as number) * (shape[axis] as number)
      index[axis] = 0
    }
  }
  return ordered
}

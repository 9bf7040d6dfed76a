/** The bytes of a `.npy` file. A type that is no plain one is written as it is given. */
export function npy(
  type: string,
  shape: number[],
  data: Uint8Array,
  {
    version = 1,
    fortran = false,
    shapeText = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`,
  }: { version?: number; fortran?: boolean; shapeText?: string } = {},
): Uint8Array {
  const descr = type.startsWith('[') ? type : `'${type}'`
  const text = `{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shapeText}, }`
  const start = version === 1 ? 10 : 12
  const head = `${text.padEnd(64 * Math.ceil((start + text.length + 1) / 64) - start - 1)}\n`
  const bytes = new Uint8Array(start + head.length + data.length)
  bytes.set([0x93, ...Buffer.from('NUMPY'), version, 0])
  const view = new DataView(bytes.buffer)
  if (version === 1) view.setUint16(8, head.length, true)
  else view.setUint32(8, head.length, true)
  bytes.set(Buffer.from(head, 'latin1'), start)
  bytes.set(data, start + head.length)
  return bytes
}

/** A `.npy` of 32-bit floats (NumPy Enhancement Proposal 1, version 1.0). */
export function npy(shape: number[], data: ArrayLike<number>): Uint8Array {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`
  const padded = `${head.padEnd(Math.ceil((head.length + 11) / 64) * 64 - 11)}\n`
  const bytes = Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, 0, 0])])
  bytes.writeUInt16LE(padded.length, 8)
  return Buffer.concat([bytes, Buffer.from(padded), Buffer.from(Float32Array.from(data).buffer)])
}

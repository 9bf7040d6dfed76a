import { readFileSync } from 'node:fs'
import { unzipSync } from 'fflate'
import { fail } from '../../kit/index.ts'
import { type NumpyArray, readNpy } from './npy.ts'

/** More than this unpacked is not a set to calibrate on. */
const MOST = 2 ** 31

/**
 * Reads the arrays of a `.npz` file (`numpy.savez`, packed or not), or the one of a `.npy`, by name.
 * @throws Failure `unreadable-file` for a damaged file or one that unpacks to more than 2 GiB
 */
export function readNpz(path: string): Map<string, NumpyArray> {
  const bytes = readFileSync(path)
  if (bytes[0] === 0x93) return new Map([['input', readNpy(bytes, path)]])
  let total = 0
  let files: Record<string, Uint8Array>
  try {
    files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        total += originalSize
        return name.endsWith('.npy') && total <= MOST
      },
    })
  } catch (cause) {
    throw fail(
      'unreadable-file',
      `${path} is not a NumPy archive, or it is cut off.`,
      'Save the arrays again with numpy.savez.',
      { cause },
    )
  }
  if (total > MOST)
    throw fail(
      'unreadable-file',
      `${path} unpacks to more than 2 GB.`,
      'Calibrate on fewer rows; 100 to 500 are enough.',
    )
  const arrays = Object.entries(files).map(([name, held]): [string, NumpyArray] => [
    name.replace(/\.npy$/, ''),
    readNpy(held, name),
  ])
  if (arrays.length === 0)
    throw fail('empty-data', `${path} holds no arrays.`, 'Save one array for each input with numpy.savez.')
  return new Map(arrays)
}

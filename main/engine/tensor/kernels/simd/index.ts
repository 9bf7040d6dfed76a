import { adam } from './adam.ts'
import { moduleOf, op, unsigned } from './assembler.ts'
import { biasAddGrad, poolGrad, relu, reluGrad } from './gates.ts'
import { pack } from './pack.ts'
import { MOST_PAGES } from './sharedMemory.ts'
import { TILE_COLUMNS, TILE_ROWS, tile } from './tile.ts'

export { withSharedMemory } from './sharedMemory.ts'
export { TILE_COLUMNS, TILE_ROWS } from './tile.ts'

/** Functions over addresses in one memory, each told where it is written. */
export interface Simd {
  tile(a: number, b: number, c: number, depth: number, stride: number, add: number): void
  packRows(to: number, from: number, lanes: number, steps: number, panels: number, depth: number): void
  packColumns(to: number, from: number, lanes: number, steps: number, panels: number, depth: number): void
  relu(out: number, quads: number): void
  reluGrad(out: number, dy: number, y: number, quads: number): void
  biasAddGrad(out: number, dy: number, rows: number, stride: number): void
  poolGrad(
    out: number,
    dy: number,
    input: number,
    output: number,
    pixels: number,
    quads: number,
    row: number,
  ): void
  adam(
    out: number,
    weights: number,
    gradient: number,
    first: number,
    second: number,
    constants: number,
    quads: number,
  ): void
}

/**
 * Our own WebAssembly over a memory, which may be that of the WASM backend, assembled here: a few inner loops that the
 * package lacks, with vector instructions. Where "relaxed SIMD" is known (V8 since 11.4) a product and a sum are one of them.
 * Undefined where there are no vector instructions at all.
 */
export function simdOf(memory: WebAssembly.Memory): Simd | undefined {
  const limits = memory.buffer instanceof ArrayBuffer ? [0, 0] : [3, 0, ...unsigned(MOST_PAGES)]
  const bytes = [true, false]
    .map(relaxed => bytesOf(relaxed, limits))
    .find(each => WebAssembly.validate(each))
  if (!bytes) return undefined
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
  return exports as unknown as Simd
}

const bytesOf = (relaxed: boolean, limits: number[]) =>
  moduleOf(
    [
      tile(relaxed ? op.multiplyAdd : (a, b, c) => op.add(op.multiply(a, b), c)),
      pack('packRows', TILE_ROWS),
      pack('packColumns', TILE_COLUMNS),
      relu(),
      reluGrad(),
      biasAddGrad(),
      poolGrad(),
      adam(),
    ],
    limits,
  )

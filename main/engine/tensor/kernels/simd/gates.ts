import { I32, op, V128, type WasmFunction } from './assembler.ts'

/** `relu(out, quads)`: what is below 0 becomes 0, four numbers at a time. */
export function relu(): WasmFunction {
  const [out, quads] = [0, 1]
  return {
    name: 'relu',
    parameters: 2,
    locals: [],
    body: op.times(quads, [
      ...op.store(op.get(out), op.greatest(op.load(op.get(out)), op.zero())),
      ...op.advance(out, op.int(16)),
    ]),
  }
}

/** `reluGrad(out, dy, y, quads)`: dy where y is more than 0, else 0, four numbers at a time. */
export function reluGrad(): WasmFunction {
  const [out, dy, y, quads] = [0, 1, 2, 3]
  return {
    name: 'reluGrad',
    parameters: 4,
    locals: [],
    body: op.times(quads, [
      ...op.store(op.get(out), op.and(op.load(op.get(dy)), op.greater(op.load(op.get(y)), op.zero()))),
      ...[out, dy, y].flatMap(address => op.advance(address, op.int(16))),
    ]),
  }
}

/**
 * `biasAddGrad(out, dy, rows, stride)`: sums of four columns of dy in 64 bits. `stride` is bytes from row to row.
 */
export function biasAddGrad(): WasmFunction {
  const [out, dy, rows, stride, values, low, high] = [0, 1, 2, 3, 4, 5, 6]
  return {
    name: 'biasAddGrad',
    parameters: 4,
    locals: [{ type: V128, count: 3 }],
    body: [
      ...op.times(rows, [
        ...op.set(values, op.load(op.get(dy))),
        ...op.set(low, op.add64(op.get(low), op.widen(op.get(values)))),
        ...op.set(
          high,
          op.add64(op.get(high), op.widen(op.shuffle(op.get(values), op.get(values), [2, 3, 2, 3]))),
        ),
        ...op.advance(dy, op.get(stride)),
      ]),
      ...op.store(op.get(out), op.shuffle(op.narrow(op.get(low)), op.narrow(op.get(high)), [0, 1, 4, 5])),
    ],
  }
}

/**
 * `poolGrad(out, dy, input, output, pixels, quads, row)`: one row of outputs of a pooling by 2 x 2: dy goes to the first of
 * the four pixels that is the output. `quads` is a pixel's channels by four, `row` the bytes of a row of the input.
 */
export function poolGrad(): WasmFunction {
  const [out, dy, input, output, pixels, quads, row, count] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [channels, below, outBelow, right, outRight] = [8, 9, 10, 11, 12]
  const [largest, left, here] = [13, 14, 15]
  // What is left of dy goes to this pixel where it is the largest.
  const settle = (from: number, to: number) => [
    ...op.set(here, op.equalBits(op.load(op.get(from)), op.get(largest))),
    ...op.store(op.get(to), op.and(op.get(left), op.get(here))),
    ...op.set(left, op.without(op.get(left), op.get(here))),
  ]
  const nextTo = (local: number, from: number, by: number) => op.set(local, op.plus(op.get(from), op.get(by)))
  return {
    name: 'poolGrad',
    parameters: 7,
    locals: [
      { type: I32, count: 6 },
      { type: V128, count: 3 },
    ],
    body: [
      ...op.set(channels, op.shiftLeft(op.get(quads), 4)),
      ...op.times(pixels, [
        ...op.set(count, op.get(quads)),
        ...op.times(count, [
          ...op.set(largest, op.load(op.get(output))),
          ...op.set(left, op.load(op.get(dy))),
          ...nextTo(right, input, channels),
          ...nextTo(outRight, out, channels),
          ...nextTo(below, input, row),
          ...nextTo(outBelow, out, row),
          ...settle(input, out),
          ...settle(right, outRight),
          ...settle(below, outBelow),
          ...nextTo(below, below, channels),
          ...nextTo(outBelow, outBelow, channels),
          ...settle(below, outBelow),
          ...[out, dy, input, output].flatMap(address => op.advance(address, op.int(16))),
        ]),
        ...op.advance(input, op.get(channels)),
        ...op.advance(out, op.get(channels)),
      ]),
    ],
  }
}

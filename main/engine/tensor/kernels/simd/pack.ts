import { I32, op, type WasmFunction } from './assembler.ts'

const FLOAT = 4

/**
 * `packN(to, from, lanes, steps, panels, depth)`: panels for `tile`, N numbers wide. The number of lane i at step k lies
 * at `from + lanes[i] + steps[k]`, tables of byte offsets.
 */
export function pack(name: string, width: number): WasmFunction {
  const [to, from, lanes, steps, panels, depth, step, count, offset, first] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  const all = [...Array(width).keys()]
  return {
    name,
    parameters: 6,
    locals: [{ type: I32, count: 3 + width }],
    body: op.times(panels, [
      ...all.flatMap(lane =>
        op.set(first + lane, op.plus(op.get(from), op.loadInt(op.get(lanes), lane * FLOAT))),
      ),
      ...op.advance(lanes, op.int(width * FLOAT)),
      ...op.set(step, op.get(steps)),
      ...op.set(count, op.get(depth)),
      ...op.times(count, [
        ...op.set(offset, op.loadInt(op.get(step))),
        ...op.advance(step, op.int(FLOAT)),
        ...all.flatMap(lane =>
          op.move(op.get(to), lane * FLOAT, op.plus(op.get(first + lane), op.get(offset))),
        ),
        ...op.advance(to, op.int(width * FLOAT)),
      ]),
    ]),
  }
}

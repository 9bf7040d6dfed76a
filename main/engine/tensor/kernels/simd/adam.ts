import { op, V128, type WasmFunction } from './assembler.ts'

/**
 * `adam(out, weights, gradient, first, second, constants, quads)`: one step of Adam, four weights at a time, in 32 bits; `out`
 * may be the weights themselves.
 * `constants` are seven numbers: beta1, 1 - beta1, beta2, 1 - beta2, the step, epsilon, and the least that a moment is: what
 * is nearer to 0 becomes 0, as processors take many times as long for the smallest numbers, where decay would leave it.
 */
export function adam(): WasmFunction {
  const [out, weights, gradient, first, second, constants, quads] = [0, 1, 2, 3, 4, 5, 6]
  const [g, m, v] = [7, 8, 9]
  const [beta1, rest1, beta2, rest2, step, epsilon, least] = [10, 11, 12, 13, 14, 15, 16]
  const kept = [beta1, rest1, beta2, rest2, step, epsilon, least]
  const decayed = (moment: number, address: number, beta: number, rest: number, by: number[]) => [
    ...op.set(
      moment,
      op.add(op.multiply(op.load(op.get(address)), op.get(beta)), op.multiply(by, op.get(rest))),
    ),
    ...op.set(moment, op.and(op.get(moment), op.greater(op.absolute(op.get(moment)), op.get(least)))),
    ...op.store(op.get(address), op.get(moment)),
  ]
  return {
    name: 'adam',
    parameters: 7,
    locals: [{ type: V128, count: 3 + kept.length }],
    body: [
      ...kept.flatMap((local, nth) => op.set(local, op.loadSplat(op.get(constants), nth * 4))),
      ...op.times(quads, [
        ...op.set(g, op.load(op.get(gradient))),
        ...decayed(m, first, beta1, rest1, op.get(g)),
        ...decayed(v, second, beta2, rest2, op.multiply(op.get(g), op.get(g))),
        ...op.store(
          op.get(out),
          op.subtract(
            op.load(op.get(weights)),
            op.divide(op.multiply(op.get(m), op.get(step)), op.add(op.root(op.get(v)), op.get(epsilon))),
          ),
        ),
        ...[out, weights, gradient, first, second].flatMap(address => op.advance(address, op.int(16))),
      ]),
    ],
  }
}

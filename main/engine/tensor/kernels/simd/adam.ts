import { op, V128, type WasmFunction } from './assembler.ts'

/**
 * `adam(weights, gradient, first, second, constants, quads)`: one step of Adam, four weights at a time, in 32 bits.
 * `constants` are seven numbers: beta1, 1 - beta1, beta2, 1 - beta2, the step, epsilon, and the least that a moment is: what
 * is nearer to 0 becomes 0, as processors take many times as long for the smallest numbers, where decay would leave it.
 */
export function adam(): WasmFunction {
  const [weights, gradient, first, second, constants, quads] = [0, 1, 2, 3, 4, 5]
  const [g, m, v] = [6, 7, 8]
  const [beta1, rest1, beta2, rest2, step, epsilon, least] = [9, 10, 11, 12, 13, 14, 15]
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
    parameters: 6,
    locals: [{ type: V128, count: 3 + kept.length }],
    body: [
      ...kept.flatMap((local, nth) => op.set(local, op.loadSplat(op.get(constants), nth * 4))),
      ...op.times(quads, [
        ...op.set(g, op.load(op.get(gradient))),
        ...decayed(m, first, beta1, rest1, op.get(g)),
        ...decayed(v, second, beta2, rest2, op.multiply(op.get(g), op.get(g))),
        ...op.store(
          op.get(weights),
          op.subtract(
            op.load(op.get(weights)),
            op.divide(op.multiply(op.get(m), op.get(step)), op.add(op.root(op.get(v)), op.get(epsilon))),
          ),
        ),
        ...[weights, gradient, first, second].flatMap(address => op.advance(address, op.int(16))),
      ]),
    ],
  }
}

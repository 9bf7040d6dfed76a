import type { Draft, Operation, Value } from '../draft.ts'

/**
 * ERF and ERFC stand in a draft though TensorFlow Lite has neither, until formulas that hold them are found. What is
 * left is written out by a polynomial (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26), off by at
 * most 1.5e-7.
 */
export function writeOutErrorFunctions(draft: Draft): void {
  for (const operation of [...draft.operations])
    if (!operation.gone && (operation.op === 'ERF' || operation.op === 'ERFC')) writeOut(operation, draft)
}

const FACTORS = [-1.453152027, 1.421413741, -0.284496736, 0.254829592]

function writeOut(operation: Operation, draft: Draft): void {
  const [x] = operation.inputs as [Value]
  const [result] = operation.outputs as [Value]
  let count = 0
  const name = (word: string) => `${result.name}/${word}_${count++}`
  const number = (value: number): Value =>
    draft.value({
      name: name('number'),
      type: 'float32',
      shape: [],
      data: Float32Array.of(value),
      origin: operation.origin,
    })
  const step = (op: string, ...inputs: Value[]): Value => {
    const made = draft.value({ ...result, name: name(op.toLowerCase()), range: undefined })
    draft.add({ op, inputs, outputs: [made], options: {}, origin: operation.origin })
    return made
  }
  const scaled = step('MUL', step('ABS', x), number(0.3275911))
  const t = step('DIV', number(1), step('ADD', scaled, number(1)))
  const sum = FACTORS.reduce(
    (made, factor) => step('ADD', step('MUL', made, t), number(factor)),
    number(1.061405429),
  )
  const power = step('EXP', step('NEG', step('MUL', x, x)))
  const size = step('SUB', number(1), step('MUL', step('MUL', sum, t), power))
  if (operation.op === 'ERF') draft.become(operation, 'MUL', [step('SIGN', x), size])
  else draft.become(operation, 'SUB', [number(1), step('MUL', step('SIGN', x), size)])
}

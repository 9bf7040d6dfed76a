import type { Tensor as TfTensor } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'

/**
 * A sum of products by an equation such as `abc,cd->abd`, `...ij,...jk->...ik` or `ij->ji`, of one or two tensors, as
 * a product of matrices. A letter that stands twice in one tensor (a diagonal) is refused.
 */
export function einsum(tf: Tf, equation: string, operands: TfTensor[]): TfTensor {
  const [left = '', right] = equation.replace(/\s/g, '').split('->')
  const terms = left.split(',')
  if (terms.length !== operands.length || operands.length > 2 || right === undefined)
    throw new Error(`the equation "${equation}" does not fit to ${operands.length} inputs`)
  // Axes that `...` stands for get letters of their own, aligned at the last.
  const spare = 'ABCDEFGHIJ'
  const ranks = operands.map(({ rank }, i) => rank - (terms[i] as string).replace('...', '').length)
  const widest = Math.max(0, ...ranks)
  if (widest > spare.length || ranks.some(rank => rank < 0)) throw new Error(`"${equation}" does not fit`)
  const letters = (term: string, rank: number) => term.replace('...', spare.slice(widest - rank, widest))
  const inputs = terms.map((term, i) => letters(term, ranks[i] as number))
  const output = right.replace('...', spare.slice(0, widest))
  for (const term of [...inputs, output])
    if (new Set(term).size !== term.length) throw new Error(`"${equation}" takes a diagonal`)

  const [first, second] = operands as [TfTensor, TfTensor | undefined]
  const [a, b] = inputs as [string, string | undefined]
  if (!second || b === undefined) return arranged(tf, summed(tf, first, a, output), kept(a, output), output)
  const [x, from] = [summed(tf, first, a, output + b), kept(a, output + b)]
  const [y, by] = [summed(tf, second, b, output + a), kept(b, output + a)]
  const sizes = new Map<string, number>()
  for (const [term, tensor] of [
    [from, x],
    [by, y],
  ] as const)
    for (const [i, letter] of [...term].entries())
      sizes.set(letter, Math.max(sizes.get(letter) ?? 1, tensor.shape[i] as number))
  const both = [...from].filter(letter => by.includes(letter))
  const batch = both.filter(letter => output.includes(letter)).join('')
  const inner = both.filter(letter => !output.includes(letter)).join('')
  const rows = [...from].filter(letter => !by.includes(letter)).join('')
  const columns = [...by].filter(letter => !from.includes(letter)).join('')
  const size = (term: string) => [...term].reduce((product, letter) => product * (sizes.get(letter) ?? 1), 1)
  const stretched = (tensor: TfTensor, term: string) =>
    tf.broadcastTo(
      tensor,
      [...term].map(letter => sizes.get(letter) ?? 1),
    )
  const matrix = (tensor: TfTensor, term: string, order: string, shape: [number, number, number]) =>
    tf.reshape(arranged(tf, stretched(tensor, term), term, order), shape)
  const product = tf.matMul(
    matrix(x, from, batch + rows + inner, [size(batch), size(rows), size(inner)]),
    matrix(y, by, batch + inner + columns, [size(batch), size(inner), size(columns)]),
  )
  const made = batch + rows + columns
  const whole = tf.reshape(
    product,
    [...made].map(letter => sizes.get(letter) ?? 1),
  )
  return arranged(tf, whole, made, output)
}

const kept = (term: string, others: string) => [...term].filter(letter => others.includes(letter)).join('')

/** Without the axes that nothing else names. */
function summed(tf: Tf, tensor: TfTensor, term: string, others: string): TfTensor {
  const axes = [...term].flatMap((letter, i) => (others.includes(letter) ? [] : [i]))
  return axes.length > 0 ? tf.sum(tensor, axes) : tensor
}

function arranged(tf: Tf, tensor: TfTensor, from: string, to: string): TfTensor {
  return from === to
    ? tensor.clone()
    : tf.transpose(
        tensor,
        [...to].map(letter => from.indexOf(letter)),
      )
}

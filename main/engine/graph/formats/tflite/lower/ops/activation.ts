import type { GraphNode } from '../../../../graph.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'
import { float } from './attributes.ts'

/** Makes the result of a node out of one value. */
type Activation = (builder: Builder, node: GraphNode, x: Value, result: Value) => void

const plain =
  (op: string): Activation =>
  (builder, node, x, result) => {
    builder.emit(node, op, [x], {}, [result])
  }

const alpha = (node: GraphNode, otherwise: number) =>
  float(node, 'alpha', float(node, 'leakyrelu_alpha', otherwise))

/** `scale * (x > 0 ? x : a * (e^x - 1))`, of Klambauer et al. 2017, "Self-Normalizing Neural Networks". */
const selu: Activation = (builder, node, x, result) => {
  const [scale, a] = [1.0507009873554805, 1.6732632423543772]
  const number = (word: string, value: number) => builder.scalar(node, word, value)
  const positive = builder.step(node, 'GREATER', [x, number('zero', 0)], {}, { type: 'bool' })
  const right = builder.step(node, 'MUL', [x, number('scale', scale)])
  const power = builder.step(node, 'EXP', [x])
  const left = builder.step(node, 'MUL', [
    builder.step(node, 'SUB', [power, number('one', 1)]),
    number('scale_alpha', scale * a),
  ])
  builder.emit(node, 'SELECT', [positive, right, left], {}, [result])
}

/** `log(1 + e^x)`. */
const softplus: Activation = (builder, node, x, result) => {
  const power = builder.step(node, 'EXP', [x])
  const sum = builder.step(node, 'ADD', [power, builder.scalar(node, 'one', 1)])
  builder.emit(node, 'LOG', [sum], {}, [result])
}

const softsign: Activation = (builder, node, x, result) => {
  const size = builder.step(node, 'ABS', [x])
  const sum = builder.step(node, 'ADD', [size, builder.scalar(node, 'one', 1)])
  builder.emit(node, 'DIV', [x, sum], {}, [result])
}

const softmax =
  (op: string): Activation =>
  (builder, node, x, result) => {
    builder.emit(node, op, [x], op === 'SOFTMAX' ? { beta: 1 } : {}, [result])
  }

const ACTIVATIONS: Record<string, Activation> = {
  Relu: plain('RELU'),
  Relu6: plain('RELU6'),
  ReluN1To1: plain('RELU_N1_TO_1'),
  Elu: plain('ELU'),
  Sigmoid: plain('LOGISTIC'),
  Tanh: plain('TANH'),
  Softmax: softmax('SOFTMAX'),
  LogSoftmax: softmax('LOG_SOFTMAX'),
  LeakyRelu: (builder, node, x, result) => {
    builder.emit(node, 'LEAKY_RELU', [x], { alpha: alpha(node, 0.2) }, [result])
  },
  Selu: selu,
  Softplus: softplus,
  Softsign: softsign,
}

/** Bias and activation that were fused into a node, made again as operators: fusing may put them together anew. */
export function fusedActivation(
  builder: Builder,
  node: GraphNode,
  computed: Value,
  names: string[],
  firstArgument: number,
  args: number,
  result: Value,
): void {
  let [value, argument] = [computed, firstArgument]
  const known = names.filter(name => name !== 'linear' && name !== 'Identity')
  if (known.length === 0) throw new Refusal('it says nothing of what is fused into it')
  known.forEach((name, i) => {
    const next =
      i === known.length - 1 ? result : builder.draft.value({ ...value, name: `${result.name}/${name}` })
    if (name === 'BiasAdd' || name === 'Add') {
      if (argument >= firstArgument + args) throw new Refusal('a fused bias is missing')
      builder.emit(node, 'ADD', [value, builder.input(node, argument++)], {}, [next])
    } else if (name === 'Prelu') {
      builder.emit(node, 'PRELU', [value, builder.input(node, argument++)], {}, [next])
    } else {
      const activation = ACTIVATIONS[name]
      if (!activation) throw new Refusal(`"${name}" is fused into it, which is not known`)
      activation(builder, node, value, next)
    }
    value = next
  })
}

export const ACTIVATION: Record<string, Lowering> = {
  ...Object.fromEntries(
    Object.entries(ACTIVATIONS).map(([name, activation]): [string, Lowering] => [
      name,
      (builder, node) => activation(builder, node, builder.input(node, 0), builder.result(node)),
    ]),
  ),
  Prelu: (builder, node) => {
    builder.emit(node, 'PRELU', [builder.input(node, 0), builder.input(node, 1)])
  },
}

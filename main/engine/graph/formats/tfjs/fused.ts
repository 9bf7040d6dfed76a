import { fail } from '../../../kit/index.ts'
import { type Attr, attr, attrOf, type GraphNode, type Port } from '../../graph.ts'
import { textsIn } from '../../lists.ts'

/** Operations that only runtimes know, with the plain one that each begins with. */
const FUSED: Record<string, string> = {
  _FusedConv2D: 'Conv2D',
  FusedDepthwiseConv2dNative: 'DepthwiseConv2dNative',
  _FusedDepthwiseConv2dNative: 'DepthwiseConv2dNative',
  _FusedMatMul: 'MatMul',
}

const ACTIVATIONS = new Set(['Relu', 'Relu6', 'Elu', 'Sigmoid', 'Tanh', 'LeakyRelu'])
const OWN = new Set([
  'fused_ops',
  'num_args',
  'epsilon',
  'leakyrelu_alpha',
  'TArgs',
  'num_host_args',
  'host_inputs',
])

/**
 * Fused operations as the plain ones that they stand for: product, bias or normalization, activation. The last of them
 * has the name of the fused one, so that who read that goes on doing so. `Prelu`, which TensorFlow has no operation for,
 * becomes the formula that Keras writes, `relu(x) - alpha * relu(-x)`.
 * @throws Failure `unsupported-graph` with the node, for something fused that is not known
 */
export function withoutFused(nodes: GraphNode[]): GraphNode[] {
  const names = new Set(nodes.map(({ name }) => name))
  return nodes.flatMap(node => {
    if (!Object.hasOwn(FUSED, node.op) && node.op !== 'Prelu') return [node]
    const chain = new Chain(node, names)
    if (node.op === 'Prelu') chain.prelu(node.inputs[0] as Port, node.inputs[1] as Port)
    else expand(chain, node)
    return chain.finish()
  })
}

function expand(chain: Chain, node: GraphNode): void {
  const [a, b, ...rest] = node.inputs
  const fused = textsIn(node.attrs.fused_ops)
  const plain = Object.fromEntries(Object.entries(node.attrs).filter(([name]) => !OWN.has(name)))
  const format = attrOf(node, 'data_format', 'string')
  const channels: Record<string, Attr> = format ? { data_format: attr.string(format) } : {}
  const take = (): Port => {
    const next = rest.shift()
    if (!next) throw unknown(node, `fuses ${fused.join(', ')} and does not say with what`)
    return next
  }
  if (!a || !b) throw unknown(node, 'has too few inputs')
  let at = chain.add(FUSED[node.op] as string, [a, b], plain)
  for (const op of fused) {
    if (op === 'BiasAdd') at = chain.add(op, [at, take()], channels)
    else if (op === 'FusedBatchNorm' || op === 'FusedBatchNormV3')
      at = chain.add('FusedBatchNormV3', [at, take(), take(), take(), take()], {
        ...channels,
        U: attr.type('float32'),
        epsilon: attr.float(attrOf(node, 'epsilon', 'float') ?? 1e-4),
        is_training: attr.bool(false),
      })
    else if (op === 'Prelu') at = chain.prelu(at, take())
    else if (op === 'LeakyRelu')
      at = chain.add(op, [at], { alpha: attr.float(attrOf(node, 'leakyrelu_alpha', 'float') ?? 0.2) })
    else if (op === 'Add' || op === 'AddV2') at = chain.add('AddV2', [at, take()])
    else if (ACTIVATIONS.has(op)) at = chain.add(op, [at])
    else throw unknown(node, `fuses the operation ${op}`)
  }
}

const unknown = (node: GraphNode, what: string) =>
  fail(
    'unsupported-graph',
    `"${node.name}" (${node.op}) ${what}, which is not known here.`,
    'Convert the model again without fusing operations.',
    { node: node.name },
  )

/** The plain nodes of one fused. */
class Chain {
  readonly #node: GraphNode
  readonly #names: Set<string>
  readonly #made: GraphNode[] = []

  constructor(node: GraphNode, names: Set<string>) {
    this.#node = node
    this.#names = names
  }

  add(op: string, inputs: Port[], attrs: Record<string, Attr> = {}): Port {
    const T = this.#node.attrs.T ?? attr.type('float32')
    let name = `${this.#node.name}/${op}`
    for (let i = 1; this.#names.has(name); i++) name = `${this.#node.name}/${op}_${i}`
    this.#names.add(name)
    this.#made.push({
      name,
      op,
      inputs,
      controls: this.#made.length === 0 ? this.#node.controls : [],
      device: this.#node.device,
      attrs: { T, ...attrs },
      ...(this.#node.origin && { origin: this.#node.origin }),
    })
    return { node: name, port: 0 }
  }

  prelu(x: Port, alpha: Port): Port {
    const negative = this.add('Mul', [this.add('Neg', [alpha]), this.add('Relu', [this.add('Neg', [x])])])
    return this.add('AddV2', [this.add('Relu', [x]), negative])
  }

  finish(): GraphNode[] {
    const last = this.#made.at(-1) as GraphNode
    this.#made[this.#made.length - 1] = { ...last, name: this.#node.name }
    return this.#made
  }
}

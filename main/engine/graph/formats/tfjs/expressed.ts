import { fail } from '../../../kit/index.ts'
import { attr, attrOf, constant, type GraphNode, type Port, placeOf } from '../../graph.ts'
import { RUN } from './ops.ts'

/** Operations that hand on what they get, and others that only go by another name. */
const RENAMED: Record<string, string> = {
  PreventGradient: 'Identity',
  DeepCopy: 'Identity',
  CheckNumerics: 'Identity',
  CheckNumericsV2: 'Identity',
  Inv: 'Reciprocal',
  BiasAddV1: 'BiasAdd',
  AccumulateNV2: 'AddN',
  BatchMatMulV3: 'BatchMatMulV2',
  TruncateDiv: 'Div',
}

const at = (node: string): Port => ({ node, port: 0 })

const make = (node: GraphNode, suffix: string, op: string, inputs: Port[]): GraphNode => ({
  name: `${node.name}/${suffix}`,
  op,
  inputs,
  controls: [],
  device: node.device,
  attrs: { T: node.attrs.T ?? attr.type('float32') },
  ...(node.origin && { origin: node.origin }),
})

const number = (node: GraphNode, value: number): GraphNode =>
  constant(`${node.name}/${value}`, { dtype: 'float32', shape: [], data: Float32Array.of(value) })

/** Operations by a formula of others; the last has the name of the one. */
const FORMULAS: Record<string, (node: GraphNode) => GraphNode[]> = {
  /** x / (1 + |x|) */
  Softsign(node) {
    const [x] = node.inputs as [Port]
    const [one, abs] = [number(node, 1), make(node, 'Abs', 'Abs', [x])]
    const sum = make(node, 'Add', 'AddV2', [at(abs.name), at(one.name)])
    return [one, abs, sum, { ...node, op: 'RealDiv', inputs: [x, at(sum.name)] }]
  },
  /** 1 - erf(x) */
  Erfc(node) {
    const [one, erf] = [number(node, 1), make(node, 'Erf', 'Erf', node.inputs)]
    return [one, erf, { ...node, op: 'Sub', inputs: [at(one.name), at(erf.name)] }]
  },
  /** min(max(x, -1), 1) */
  ReluN1To1(node) {
    const [low, high] = [number(node, -1), number(node, 1)]
    const above = make(node, 'Maximum', 'Maximum', [...node.inputs, at(low.name)])
    return [low, high, above, { ...node, op: 'Minimum', inputs: [at(above.name), at(high.name)] }]
  },
}

/**
 * The nodes in operations that TensorFlow.js runs.
 * @throws Failure `unsupported-graph` that names all operations it does not run, with the first node
 */
export function expressed(nodes: GraphNode[]): GraphNode[] {
  const made = nodes.flatMap((node): GraphNode[] => {
    const isFloat = (attrOf(node, 'T', 'type') ?? 'float32') === 'float32'
    if (isFloat && Object.hasOwn(FORMULAS, node.op))
      return (FORMULAS[node.op] as (node: GraphNode) => GraphNode[])(node)
    if (Object.hasOwn(RENAMED, node.op)) return [{ ...node, op: RENAMED[node.op] as string }]
    return [node]
  })
  const unknown = made.filter(({ op }) => !RUN.has(op))
  if (unknown.length === 0) return made
  const [first] = unknown as [GraphNode]
  const ops = [...new Set(unknown.map(({ op }) => op))]
  throw fail(
    'unsupported-graph',
    `TensorFlow.js does not run ${ops.join(', ')}, which "${first.name}"${unknown.length > 1 ? ` and ${unknown.length - 1} more` : ''} of this graph ${unknown.length > 1 ? 'are' : 'is'}.`,
    'Write the model as TFLite or GraphDef, or build it without these.',
    placeOf(first),
  )
}

import { attrOf, type DataType, type Graph, type GraphNode, portName, type Shape } from '../graph.ts'
import { inOrder } from '../order.ts'
import { CHOOSE } from './choose.ts'
import { CONTROL } from './control.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { LAYOUT } from './layout.ts'
import { LINEAR } from './linear.ts'
import { PICTURE } from './picture.ts'
import { QUANTIZED, quantized } from './quantized.ts'
import { REDUCE } from './reduce.ts'
import { Call, type Known, MAX_OUTPUTS, type Rule } from './rule.ts'
import { MAX_RANK } from './shapes.ts'
import { isConsistent, SOURCE } from './source.ts'
import { WINDOW } from './window.ts'

const PLAIN: Record<string, Rule> = {
  ...ELEMENTWISE,
  ...WINDOW,
  ...PICTURE,
  ...LINEAR,
  ...REDUCE,
  ...LAYOUT,
  ...CHOOSE,
  ...SOURCE,
  ...CONTROL,
  ...QUANTIZED,
}

const wide = (call: Call) => call.type('out_type', call.type('Toutput', 'qint32'))
const narrow = (call: Call) => call.input(0).dtype
const spelled = (op: string, own: number, dtype: (call: Call) => DataType): Rule =>
  quantized(PLAIN[op] as Rule, own, dtype)

/** Every rule there is, by operation. To know a new operation, add a line to the file of its family. */
const RULES: Record<string, Rule> = {
  ...PLAIN,
  QuantizedAdd: spelled('Add', 2, wide),
  QuantizedMul: spelled('Mul', 2, wide),
  QuantizedBiasAdd: spelled('BiasAdd', 2, wide),
  QuantizedConv2D: spelled('Conv2D', 2, wide),
  QuantizedMatMul: spelled('MatMul', 2, wide),
  QuantizedAvgPool: spelled('AvgPool', 1, narrow),
  QuantizedMaxPool: spelled('MaxPool', 1, narrow),
  QuantizedRelu: spelled('Relu', 1, narrow),
  QuantizedRelu6: spelled('Relu6', 1, narrow),
  QuantizedReshape: spelled('Reshape', 2, narrow),
  QuantizedResizeBilinear: spelled('ResizeBilinear', 2, narrow),
}

/** Type and shape of one output of a node; a size that is open until run time is -1. */
export interface Inferred {
  dtype: DataType
  shape: Shape
}

/**
 * What is known of every output of every node before anything runs, by `name` or `name:port`. Sizes that are computed
 * (`Shape` through `StridedSlice` and `Pack` into `Reshape`) are followed. An operation that is not known has outputs
 * of unknown shape, one for each that somebody reads; so has what goes round in a loop. Takes time and memory in
 * proportion to the graph, whatever its depth.
 *
 * @param known shapes that are given from outside, by the same names, such as those of a batch of 1: they replace
 * what follows for that output
 */
export function inferShapes(graph: Graph, known: Record<string, Shape> = {}): Map<string, Inferred> {
  return new Map(
    [...inferValues(graph, known)].map(([name, { dtype, shape }]) => [name, { dtype, shape }] as const),
  )
}

/** As {@link inferShapes}, with the elements of small tensors where they are known (undefined for those that are not). */
export function inferValues(graph: Graph, known: Record<string, Shape> = {}): Map<string, Known> {
  const given = new Map(Object.entries(known))
  const values = new Map<string, Known>()
  const entered = new Set<string>()
  // Nodes that each claim thousands of outputs are not a model; of such a file the first outputs will do.
  let room = 100_000 + 4 * graph.nodes.length
  for (const node of inOrder(graph)) {
    const inputs = node.inputs.map(port => {
      const name = portName(port)
      // A port that no rule told of is not known, and neither is what comes round in a loop.
      const value = values.get(name) ?? { dtype: 'float32' as const, shape: given.get(name) }
      if (!values.has(name) && entered.has(port.node)) values.set(name, value)
      return value
    })
    entered.add(node.name)
    for (const [port, value] of outputsOf(node, inputs).entries()) {
      if (port > 0 && room-- < 0) break
      const name = portName({ node: node.name, port })
      values.set(name, given.has(name) ? { dtype: value.dtype, shape: given.get(name) } : value)
    }
  }
  return values
}

function outputsOf(node: GraphNode, inputs: Known[]): Known[] {
  const call = new Call(node, inputs)
  const rule = Object.hasOwn(RULES, node.op) ? RULES[node.op] : undefined
  if (!rule) {
    const types = call.types('Tout') ?? [guess(node)]
    const shapes = call.shapes('_output_shapes')
    const length = Math.min(Math.max(types.length, shapes?.length ?? 0), MAX_OUTPUTS)
    return Array.from({ length }, (_, i) => ({ dtype: types[i] ?? guess(node), shape: shapes?.[i] }))
  }
  const made = rule(call)
  return (Array.isArray(made) ? [...made] : [made]).map(sane)
}

/** Hostile sizes overflow; what cannot be a size is not known. */
function sane(value: Known): Known {
  if (value.shape && value.shape.length > MAX_RANK) return { dtype: value.dtype, shape: undefined }
  const shape = value.shape?.map(size => (Number.isSafeInteger(size) && size >= 0 ? size : -1))
  const known = { dtype: value.dtype, shape, elements: value.elements }
  const any = value.elements?.some(element => element !== undefined)
  return any && isConsistent(known) ? known : { dtype: value.dtype, shape }
}

const guess = (node: GraphNode): DataType =>
  attrOf(node, 'dtype', 'type') ?? attrOf(node, 'T', 'type') ?? ('float32' satisfies DataType)

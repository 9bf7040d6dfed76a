import {
  byName,
  type DataType,
  type Endpoint,
  type Graph,
  type GraphNode,
  inferShapes,
  type Port,
  portName,
  portOf,
} from '../../graph/index.ts'
import { fail } from '../../kit/index.ts'

/** Where pictures enter a model: its input and the sizes that it says, -1 where one is open. */
export interface ImageInput {
  name: string
  dtype: DataType
  height: number
  width: number
  channels: 1 | 3
}

const shapeWords = ({ name, shape }: Endpoint): string =>
  `"${name}" [${shape ? shape.map(size => (size < 0 ? 'any' : size)).join(', ') : 'of unknown shape'}]`

/**
 * The input of a model that takes pictures, rows first and channels last.
 * @throws Failure `unsupported-graph` where it has none, several, or one of another layout or number of channels
 */
export function imageInputOf({ inputs }: Pick<Graph, 'inputs'>): ImageInput {
  const pictures = inputs.filter(({ shape, dtype }) => shape?.length === 4 && dtype !== 'string')
  const has = `It takes ${inputs.map(shapeWords).join(' and ') || 'nothing'}.`
  const other = 'Choose a model that takes pictures as [rows, height, width, channels].'
  const [input] = pictures
  if (!input) throw fail('unsupported-graph', `The backbone has no input for pictures. ${has}`, other)
  if (pictures.length > 1)
    throw fail('unsupported-graph', `The backbone takes ${pictures.length} pictures at once. ${has}`, other)
  const [, height = -1, width = -1, channels = -1] = input.shape as number[]
  if (channels !== 1 && channels !== 3) {
    const second = input.shape?.[1]
    throw fail(
      'unsupported-graph',
      second === 1 || second === 3
        ? `The backbone takes pictures with their channels first. ${has}`
        : `The backbone takes pictures of ${channels < 0 ? 'any number of' : channels} channels, and pictures here have 1 or 3. ${has}`,
      other,
    )
  }
  return { name: input.name, dtype: input.dtype, height, width, channels }
}

/** Operations through which a classifier's answer is followed back to what it is made of. */
const PASSING =
  /^(Identity|Softmax|Sigmoid|LogSoftmax|BiasAdd|Add|AddV2|Reshape|Squeeze|Cast|FakeQuantWithMinMaxVars|FakeQuantWithMinMaxArgs|Mul)$/
const PRODUCT = /^(_Fused)?MatMul$|^BatchMatMul(V2)?$/
const POINTWISE = /^(_Fused|Fused)?Conv2D$/

/**
 * The features of a model: what goes into its last dense layer (the last product with constant weights before the
 * output, or a convolution of 1 × 1 that stands for one). A model that ends without one gives its features itself.
 */
export function featuresOf(graph: Graph): Port {
  const nodes = byName(graph)
  const fixed = fixedIn(nodes)
  const [output] = graph.outputs
  if (!output) throw fail('unsupported-graph', 'The backbone has no output.', 'Export the model again.')
  const end = portOf(output.name)
  const shapes = inferShapes(graph)
  let port = end
  for (let node = nodes.get(port.node); node; node = nodes.get(port.node)) {
    const data = node.inputs.filter(input => !fixed(input.node))
    if ((PRODUCT.test(node.op) || isHead(node, shapes)) && data.length === 1) return data[0] as Port
    if (!PASSING.test(node.op) || data.length !== 1) break
    port = data[0] as Port
  }
  return end
}

/** A convolution over a single pixel in the place of a dense layer, as MobileNets end. */
function isHead(node: GraphNode, shapes: ReturnType<typeof inferShapes>): boolean {
  const [data] = node.inputs
  const shape = data && shapes.get(portName(data))?.shape
  return POINTWISE.test(node.op) && shape?.length === 4 && shape[1] === 1 && shape[2] === 1
}

/** Whether a node depends on constants alone. */
export function fixedIn(nodes: Map<string, GraphNode>): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return name => {
    const stack = [name]
    while (stack.length) {
      const top = stack.at(-1) as string
      const node = nodes.get(top)
      const open = node?.inputs.map(input => input.node).filter(next => !known.has(next)) ?? []
      if (!known.has(top) && open.length) {
        known.set(top, false)
        stack.push(...open)
        continue
      }
      stack.pop()
      known.set(
        top,
        node !== undefined &&
          !node.op.startsWith('Placeholder') &&
          (node.op === 'Const' ||
            (node.inputs.length > 0 && node.inputs.every(input => known.get(input.node)))),
      )
    }
    return known.get(name) ?? false
  }
}

/**
 * The output that a person named: a node of the file, or a layer, whose last node it is.
 * @throws Failure `not-found`, with names that are there
 */
export function namedOutput(graph: Graph, name: string): Port {
  const wanted = portOf(name)
  const exact = graph.nodes.find(node => node.name === wanted.node || node.origin?.node === wanted.node)
  if (exact) return { node: exact.name, port: wanted.port }
  const ofLayer = graph.nodes.filter(node => node.origin?.layer === name)
  // The one that nobody else of the layer reads.
  const read = new Set(ofLayer.flatMap(node => node.inputs.map(input => input.node)))
  const last = ofLayer.filter(node => !read.has(node.name) && node.op !== 'Const').at(-1)
  if (last) return { node: last.name, port: 0 }
  const layers = [...new Set(graph.nodes.flatMap(node => node.origin?.layer ?? []))]
  const known = layers.length
    ? layers
    : graph.nodes.filter(node => node.op !== 'Const').map(node => node.name)
  throw fail(
    'not-found',
    `The backbone has no layer or node "${name}".`,
    `It has, near its end: ${known.slice(-12).join(', ')}.`,
  )
}

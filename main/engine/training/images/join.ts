import {
  attr,
  constant,
  type Endpoint,
  freeze,
  type Graph,
  type GraphNode,
  portOf,
} from '../../graph/index.ts'

/** What pictures enter by, and what features are called. */
export const PIXELS = 'pixels'
export const FEATURES = 'features'
const BEFORE = 'backbone/'

/** Rows of encoded pixels, `[rows, height x width x channels]`, as the input of a model that takes pictures. */
export function fromPixels(graph: Graph, [height, width, channels]: [number, number, number]): Graph {
  const [input] = graph.inputs as [Endpoint]
  const inside = (name: string) => BEFORE + name
  const picture = portOf(input.name).node
  const isWhole = !/float/.test(input.dtype)
  const size = height * width * channels
  const entering: GraphNode[] = [
    {
      ...plain(PIXELS, 'Placeholder', []),
      attrs: { dtype: attr.type('float32'), shape: attr.shape([-1, size]) },
    },
    constant(inside('picture/shape'), {
      dtype: 'int32',
      shape: [4],
      data: Int32Array.of(-1, height, width, channels),
    }),
    {
      ...plain(isWhole ? inside('picture/floats') : inside(picture), 'Reshape', [
        PIXELS,
        inside('picture/shape'),
      ]),
      attrs: { T: attr.type('float32'), Tshape: attr.type('int32') },
    },
    ...(isWhole
      ? [
          {
            ...plain(inside(picture), 'Cast', [inside('picture/floats')]),
            attrs: {
              SrcT: attr.type('float32'),
              DstT: attr.type(input.dtype),
              Truncate: attr.bool(false),
            },
          },
        ]
      : []),
  ]
  return {
    ...graph,
    nodes: [
      ...entering,
      ...graph.nodes
        .filter(node => node.name !== picture)
        .map(node => ({
          ...node,
          name: inside(node.name),
          inputs: node.inputs.map(port => ({ ...port, node: inside(port.node) })),
          controls: node.controls.map(inside),
        })),
    ],
    inputs: [{ name: PIXELS, dtype: 'float32', shape: [-1, size] }],
    outputs: graph.outputs.map(output => ({ ...output, name: inside(output.name) })),
  }
}

/** Ends a graph in rows of features: sizes between the first axis and the last are averaged. */
export function toFeatures(graph: Graph, shape: number[]): Graph {
  const [output] = graph.outputs as [Endpoint]
  const axes = shape.slice(1, -1).map((_, i) => i + 1)
  const where = `${FEATURES}/axes`
  const node: GraphNode =
    axes.length === 0
      ? { ...plain(FEATURES, 'Identity', [output.name]), attrs: { T: attr.type('float32') } }
      : {
          ...plain(FEATURES, 'Mean', [output.name, where]),
          attrs: { T: attr.type('float32'), Tidx: attr.type('int32'), keep_dims: attr.bool(false) },
        }
  const reduced = axes.length
    ? [constant(where, { dtype: 'int32', shape: [axes.length], data: Int32Array.from(axes) })]
    : []
  return {
    ...graph,
    nodes: [...graph.nodes, ...reduced, node],
    outputs: [{ name: FEATURES, dtype: 'float32', shape: [-1, shape.at(-1) as number] }],
  }
}

const SCALED = `${FEATURES}/scaled`

/** Ends a frozen part in features on one scale: each times its factor, and shifted. */
export function scaled(graph: Graph, { factor, shift }: { factor: number[]; shift: number[] }): Graph {
  const held = (name: string, values: number[]) =>
    constant(`${FEATURES}/${name}`, {
      dtype: 'float32',
      shape: [values.length],
      data: Float32Array.from(values),
    })
  const step = (name: string, op: string, inputs: string[]): GraphNode => ({
    ...plain(name, op, inputs),
    attrs: { T: attr.type('float32') },
  })
  return {
    ...graph,
    nodes: [
      ...graph.nodes,
      held('factor', factor),
      held('shift', shift),
      step(`${FEATURES}/times`, 'Mul', [FEATURES, `${FEATURES}/factor`]),
      step(SCALED, 'AddV2', [`${FEATURES}/times`, `${FEATURES}/shift`]),
    ],
    outputs: [{ name: SCALED, dtype: 'float32', shape: [-1, factor.length] }],
  }
}

/** One graph from pixels to answers: what the backbone gives is what the head takes. */
export function joined(backbone: Graph, layers: Graph): Graph {
  const head = freeze(layers).graph
  const [input] = head.inputs as [Endpoint]
  const [given] = backbone.outputs as [Endpoint]
  const entering = portOf(input.name).node
  const taken = new Set(backbone.nodes.map(node => node.name))
  const named = (name: string) => (name === entering ? given.name : taken.has(name) ? `head/${name}` : name)
  const renamed = (name: string) => {
    const { node, port } = portOf(name)
    return port === 0 ? named(node) : `${named(node)}:${port}`
  }
  return {
    ...backbone,
    nodes: [
      ...backbone.nodes,
      ...head.nodes
        .filter(node => node.name !== entering)
        .map(node => ({
          ...node,
          name: named(node.name),
          inputs: node.inputs.map(port => ({ ...port, node: named(port.node) })),
          controls: node.controls.map(named),
        })),
    ],
    outputs: head.outputs.map(output => ({ ...output, name: renamed(output.name) })),
  }
}

const plain = (name: string, op: string, inputs: string[]): GraphNode => ({
  name,
  op,
  inputs: inputs.map(portOf),
  controls: [],
  device: '',
  attrs: {},
})

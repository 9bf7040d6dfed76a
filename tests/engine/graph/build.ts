import { attr, type Graph, type GraphNode } from '../../../main/engine/graph/index.ts'

/** Small graphs for tests, written as lists of nodes. */
export function graphOf(nodes: GraphNode[], outputs: string[]): Graph {
  return {
    nodes,
    inputs: nodes
      .filter(({ op }) => op === 'Placeholder')
      .map(({ name, attrs }) => ({
        name,
        dtype: 'float32',
        shape: attrs.shape?.kind === 'shape' ? attrs.shape.value : undefined,
      })),
    outputs: outputs.map(name => ({ name, dtype: 'float32', shape: undefined })),
    variables: new Map(),
    versions: { producer: 1286, minConsumer: 0 },
  }
}

export const node = (
  name: string,
  op: string,
  inputs: string[] = [],
  attrs: GraphNode['attrs'] = {},
): GraphNode => ({
  name,
  op,
  inputs: inputs.map(input => {
    const [source = '', port = '0'] = input.split(':')
    return { node: source, port: Number(port) }
  }),
  controls: [],
  device: '',
  attrs: { T: attr.type('float32'), ...attrs },
})

export const placeholder = (name: string, shape: number[]): GraphNode =>
  node(name, 'Placeholder', [], { dtype: attr.type('float32'), shape: attr.shape(shape) })

export const floats = (name: string, shape: number[], values: number[]): GraphNode =>
  node(name, 'Const', [], {
    dtype: attr.type('float32'),
    value: attr.tensor({ dtype: 'float32', shape, data: Float32Array.from(values) }),
  })

export const ints = (name: string, values: number[]): GraphNode =>
  node(name, 'Const', [], {
    dtype: attr.type('int32'),
    value: attr.tensor({ dtype: 'int32', shape: [values.length], data: Int32Array.from(values) }),
  })

/** The failure that something ends in; an error if it ends well or in another way. */
export function failureOf(act: () => unknown): {
  code: string
  message: string
  remedy: string
  node?: string
  layer?: string
} {
  try {
    act()
  } catch (error) {
    const { failure } = error as { failure?: ReturnType<typeof failureOf> }
    if (failure) return failure
    throw error
  }
  throw new Error('It did not fail')
}

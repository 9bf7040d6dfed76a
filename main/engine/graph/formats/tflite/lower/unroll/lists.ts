import { attr, attrOf, type DataType, type GraphNode, type Port } from '../../../../graph.ts'
import type { Trace } from './trace.ts'
import { isList, isPort, type List, Stuck, type Traced } from './traced.ts'

/** What an operation on lists gives: its outputs in order. */
type ListRule = (call: Call) => Traced[]

interface Call {
  trace: Trace
  node: GraphNode
  inputs: Traced[]
  /** What the names of new nodes start with. */
  prefix: string
}

const MOST_ELEMENTS = 100_000

function listAt({ inputs, node }: Call, index: number): List {
  const found = inputs[index]
  if (!isList(found)) throw new Stuck(`"${node.name}" takes a list that is not known`)
  return found
}

function portAt({ inputs, node }: Call, index: number): Port {
  const found = inputs[index]
  if (!isPort(found)) throw new Stuck(`"${node.name}" takes a tensor that is not known`)
  return found
}

function numberAt({ trace, inputs, node }: Call, index: number): number {
  const [found, ...more] = trace.ints(inputs[index]) ?? []
  if (found === undefined || more.length > 0)
    throw new Stuck(`a place or size in "${node.name}" is not known`)
  return found
}

const typeOf = (node: GraphNode): DataType =>
  attrOf(node, 'element_dtype', 'type') ?? attrOf(node, 'dtype', 'type') ?? 'float32'

/** The shape of elements, where it is given whole. */
function shapeAt({ trace, inputs, node }: Call, index: number): number[] | undefined {
  const shape = index < 0 ? attrOf(node, 'element_shape', 'shape') : trace.ints(inputs[index])
  return shape?.every(size => size >= 0) ? shape : undefined
}

const empty = (call: Call, count: number, shape: number[] | undefined): List => {
  if (count < 0 || count > MOST_ELEMENTS) throw new Stuck('a list is too long')
  return { elements: new Array<undefined>(count).fill(undefined), shape, dtype: typeOf(call.node) }
}

/** The element at a place; zeros where it was never set. */
function element(call: Call, list: List, index: number): Port {
  if (index < 0 || index >= list.elements.length) throw new Stuck(`"${call.node.name}" reads outside a list`)
  const found = list.elements[index]
  if (found) return found
  const shape = list.shape ?? list.elements.map(port => port && call.trace.shapeOf(port)).find(Boolean)
  if (!shape) throw new Stuck(`the shape of an element in "${call.node.name}" is not known`)
  return call.trace.zeros(
    call.node,
    `${call.prefix}${call.node.name}/zeros`,
    list.dtype ?? typeOf(call.node),
    shape,
  )
}

/** A tensor cut into the elements of a list, along its first axis. */
function unstack(call: Call, tensor: Port, list: List): List {
  const size = call.trace.shapeOf(tensor)?.[0]
  if (size === undefined || size > MOST_ELEMENTS)
    throw new Stuck(`how long "${call.node.name}" is, is not known`)
  const { node, prefix, trace } = call
  const dtype = typeOf(node)
  const made = trace.copy(
    {
      ...node,
      name: `${node.name}/unstack`,
      op: 'Unpack',
      attrs: { T: attr.type(dtype), num: attr.int(size), axis: attr.int(0) },
    },
    [tensor],
    prefix,
  )
  const elements = Array.from({ length: size }, (_, port) => ({ node: made as string, port }))
  return { ...list, elements, dtype, shape: call.trace.shapeOf(tensor)?.slice(1) }
}

/** Elements put behind each other along a new first axis. */
function stack(call: Call, list: List, places: number[]): Port {
  const { node, prefix, trace } = call
  const inputs = places.map(place => element(call, list, place))
  if (inputs.length === 0) throw new Stuck(`"${node.name}" stacks nothing`)
  const attrs = { T: attr.type(list.dtype ?? typeOf(node)), N: attr.int(inputs.length), axis: attr.int(0) }
  const made = trace.copy({ ...node, op: 'Pack', attrs }, inputs, prefix)
  return { node: made as string, port: 0 }
}

const all = (list: List): number[] => list.elements.map((_, place) => place)

function set(list: List, place: number, value: Port): List {
  if (place < 0 || place > MOST_ELEMENTS) throw new Stuck('a place in a list is out of reach')
  const elements = [...list.elements]
  while (elements.length <= place) elements.push(undefined)
  elements[place] = value
  return { ...list, elements }
}

const handle: Traced = { elements: [] }

/** Operations on lists, which leave no node behind, or the one that takes them apart or puts them together. */
export const LISTS: Record<string, ListRule> = {
  TensorListReserve: call => [empty(call, numberAt(call, 1), shapeAt(call, 0))],
  EmptyTensorList: call => [empty(call, 0, shapeAt(call, 0))],
  TensorListFromTensor: call => [unstack(call, portAt(call, 0), { elements: [] })],
  TensorListGetItem: call => [element(call, listAt(call, 0), numberAt(call, 1))],
  TensorListSetItem: call => [set(listAt(call, 0), numberAt(call, 1), portAt(call, 2))],
  TensorListPushBack: call => {
    const list = listAt(call, 0)
    return [set(list, list.elements.length, portAt(call, 1))]
  },
  TensorListPopBack: call => {
    const list = listAt(call, 0)
    return [{ ...list, elements: list.elements.slice(0, -1) }, element(call, list, list.elements.length - 1)]
  },
  TensorListStack: call => {
    const list = listAt(call, 0)
    return [stack(call, list.shape ? list : { ...list, shape: shapeAt(call, 1) }, all(list))]
  },
  TensorListGather: call => [stack(call, listAt(call, 0), call.trace.ints(call.inputs[1]) ?? [])],
  TensorListLength: call => {
    const data = Int32Array.of(listAt(call, 0).elements.length)
    return [
      call.trace.make(call.node, `${call.prefix}${call.node.name}`, { dtype: 'int32', shape: [], data }),
    ]
  },
  TensorListResize: call => {
    const list = listAt(call, 0)
    return [
      {
        ...list,
        elements: empty(call, numberAt(call, 1), list.shape).elements.map((_, i) => list.elements[i]),
      },
    ]
  },
  // TensorFlow 1: the handle says nothing, the list is what flows.
  TensorArrayV3: call => [handle, empty(call, numberAt(call, 0), shapeAt(call, -1))],
  TensorArrayScatterV3: call => [unstack(call, portAt(call, 2), listAt(call, 3))],
  TensorArrayUnpackV3: call => [unstack(call, portAt(call, 1), listAt(call, 2))],
  TensorArrayReadV3: call => [element(call, listAt(call, 2), numberAt(call, 1))],
  TensorArrayWriteV3: call => [set(listAt(call, 3), numberAt(call, 1), portAt(call, 2))],
  TensorArrayGatherV3: call => {
    const list = listAt(call, 2)
    return [
      stack(
        call,
        list.shape ? list : { ...list, shape: shapeAt(call, -1) },
        call.trace.ints(call.inputs[1]) ?? all(list),
      ),
    ]
  },
  TensorArraySizeV3: call => {
    const data = Int32Array.of(listAt(call, 1).elements.length)
    return [
      call.trace.make(call.node, `${call.prefix}${call.node.name}`, { dtype: 'int32', shape: [], data }),
    ]
  },
}

import {
  type Attr,
  attr,
  type DataType,
  floatsAttr,
  type GraphNode,
  isDataType,
  typesAttr,
  typesIn,
} from '../../../graph/index.ts'
import { OPERATIONS } from './operations.ts'

/** What TensorFlow knows of one of its operations. */
export interface Operation {
  /** Running it changes something, or depends on something, beside its inputs: two alike are not the same. */
  stateful: boolean
  /** Types of its outputs: a type, the name of an attribute, `N*T` for as many as the attribute says, `[T]` for a list. */
  outputs: string[]
  defaults: Record<string, Attr>
}

type Value =
  | { string: string }
  | { int: number }
  | { float: number }
  | { bool: boolean }
  | { type: DataType }
  | { types: DataType[] }
  | { ints: number[] }
  | { floats: number[] }
  | { shape: number[] | null }
  | { tensor: ['uint8', number[], number[]] }

let lines: Map<string, string> | undefined
const parsed = new Map<string, Operation>()

/** The lines by name; the text is 100 kB, so it is cut up when it is first asked. */
function lineOf(name: string): string | undefined {
  lines ??= new Map(
    OPERATIONS.split('\n').map(line => [(line.split(' ', 1)[0] as string).replace('!', ''), line]),
  )
  return lines.get(name)
}

/** What is known of an operation, or undefined for one that is not TensorFlow's. */
export function operationOf(name: string): Operation | undefined {
  const known = parsed.get(name)
  if (known) return known
  const line = lineOf(name)
  if (!line) return undefined
  const [head = '', outputs = ''] = line.split(' ', 2)
  const values = JSON.parse(line.slice(head.length + outputs.length + 2)) as Record<string, Value>
  const operation: Operation = {
    stateful: head.endsWith('!'),
    outputs: outputs === '-' ? [] : outputs.split(','),
    defaults: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, attrOfDefault(value)])),
  }
  parsed.set(name, operation)
  return operation
}

function attrOfDefault(value: Value): Attr {
  if ('string' in value) return attr.string(value.string)
  if ('int' in value) return attr.int(value.int)
  if ('float' in value) return attr.float(Math.fround(value.float))
  if ('bool' in value) return attr.bool(value.bool)
  if ('type' in value) return attr.type(value.type)
  if ('types' in value) return typesAttr(value.types)
  if ('floats' in value) return floatsAttr(value.floats)
  if ('shape' in value) return attr.shape(value.shape ?? undefined)
  if ('tensor' in value) {
    const [dtype, shape, data] = value.tensor
    return attr.tensor({ dtype, shape, data: Uint8Array.from(data) })
  }
  return attr.ints(value.ints)
}

/** The types of a node's outputs, or undefined where they do not follow from its attributes. */
export function outputTypes(node: GraphNode): DataType[] | undefined {
  const operation = operationOf(node.op)
  if (!operation) return undefined
  const attribute = (name: string) => node.attrs[name] ?? operation.defaults[name]
  const types: DataType[] = []
  for (const output of operation.outputs) {
    const [, many, one = ''] = /^(?:(\w+)\*)?(.*)$/.exec(output) ?? []
    if (one.startsWith('[')) {
      const list = typesIn(attribute(one.slice(1, -1)))
      if (!list) return undefined
      types.push(...list)
      continue
    }
    const times = many === undefined ? undefined : attribute(many)
    const type = attribute(one)
    // A name that is no type is an attribute that the node lacks.
    const found = type?.kind === 'type' ? type.value : !type && isDataType(one) ? one : undefined
    if (!found || (many && times?.kind !== 'int')) return undefined
    const count = times?.kind === 'int' ? times.value : 1
    if (count > 65536) return undefined
    for (let i = 0; i < count; i++) types.push(found)
  }
  return types
}

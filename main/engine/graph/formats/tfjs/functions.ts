import { clone } from '@bufbuild/protobuf'
import { type FunctionDef, type FunctionDefLibrary, FunctionDefLibrarySchema } from '../../gen/function_pb.ts'
import type { NodeDef } from '../../gen/node_def_pb.ts'
import type { GraphNode } from '../../graph.ts'
import { readNode } from '../graphdef/nodes.ts'

/**
 * The functions of a graph, such as the bodies of its loops, with their constants apart: TensorFlow.js looks these up
 * among the weights of the model, so each is named after its function and itself (`rename_constants` of its converter).
 * @param emptied a constant's NodeDef without its value
 */
export function withConstantsApart(
  library: FunctionDefLibrary | undefined,
  emptied: (node: GraphNode) => NodeDef['attr'][string],
): { library: FunctionDefLibrary | undefined; constants: GraphNode[] } {
  if (!library) return { library, constants: [] }
  const copy = clone(FunctionDefLibrarySchema, library)
  const constants: GraphNode[] = []
  for (const definition of copy.function) {
    const names = rename(definition)
    for (const node of definition.nodeDef) {
      if (!names.has(node.name)) continue
      const constant = readNode(node)
      constants.push(constant)
      node.attr.value = emptied(constant)
    }
  }
  return { library: copy, constants }
}

/** Renames the constants of a function and those who read them, and cuts control edges; gives the new names. */
function rename({ signature, nodeDef, ret }: FunctionDef): Set<string> {
  const prefix = signature?.name ?? ''
  const renamed = new Map(
    nodeDef.flatMap(({ op, name }) => (op === 'Const' ? [[name, `${prefix}/${name}`] as const] : [])),
  )
  const read = (input: string): string => {
    const [name = '', ...port] = input.split(':')
    return [renamed.get(name) ?? name, ...port].join(':')
  }
  for (const node of nodeDef) {
    node.name = renamed.get(node.name) ?? node.name
    node.input = node.input.filter(input => !input.startsWith('^')).map(read)
  }
  for (const [key, value] of Object.entries(ret)) ret[key] = read(value)
  return new Set(renamed.values())
}

/** Gives the constants of functions the values that the weights hold for them. */
export function fillConstants(
  library: FunctionDefLibrary | undefined,
  found: (node: NodeDef) => NodeDef['attr'][string] | undefined,
): void {
  for (const { nodeDef } of library?.function ?? [])
    for (const node of nodeDef) {
      const value = node.op === 'Const' ? found(node) : undefined
      if (value) node.attr.value = value
    }
}

import { attrOf, type GraphNode } from './graph.ts'

const REFERENCES = new Set(['VariableV2', 'Variable', 'RefVariable'])

/** Whether a node is a variable of TF1: its output is the value itself, by reference. */
export const isReference = ({ op }: GraphNode): boolean => REFERENCES.has(op)

/** Whether a node is a variable of TF1, or the handle of one of TF2. */
export const isVariable = (node: GraphNode): boolean => node.op === 'VarHandleOp' || isReference(node)

/** Under which name the value of a variable stands in `graph.variables`: handles of one name are one variable. */
export function variableName(node: GraphNode): string {
  const name = attrOf(node, 'shared_name', 'string') || node.name
  const container = attrOf(node, 'container', 'string')
  return container ? `${container}//${name}` : name
}

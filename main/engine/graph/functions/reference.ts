import { fail } from '../../kit/index.ts'
import type { OpDef_ArgDef } from '../gen/op_def_pb.ts'
import type { Attr, GraphNode, Port } from '../graph.ts'
import { OUTPUTS } from './outputs.ts'

/** A value inside a function: an output of a node by name and place (`split:output:2`), or with no `out` an argument. */
export interface Named {
  node: string
  out: string
  index: number
}

/** Where a node reads from: by port in a graph, by name in the body of a function. */
export type Reference = Port | Named

/** Reads `argument`, `argument:1`, `node:output:2`. */
export function readReference(text: string): Named {
  const [node = '', second, third] = text.split(':')
  if (second === undefined) return { node, out: '', index: 0 }
  if (third === undefined)
    return /^\d+$/.test(second) ? { node, out: '', index: Number(second) } : { node, out: second, index: 0 }
  return { node, out: second, index: Number(third) }
}

export function writeReference(reference: Reference): string {
  if ('port' in reference) return `${reference.node}:${reference.port}`
  const { node, out, index } = reference
  if (out) return `${node}:${out}:${index}`
  return index === 0 ? node : `${node}:${index}`
}

const MOST_VALUES = 100_000

type Sized = Pick<OpDef_ArgDef, 'numberAttr' | 'typeListAttr'>

/** How many values one argument or result of a function stands for. @throws Failure for more than any has */
export function countOf({ numberAttr, typeListAttr }: Sized, attrs: Record<string, Attr>): number {
  if (!numberAttr && !typeListAttr) return 1
  const length = lengthOf(attrs[numberAttr || typeListAttr])
  if (length >= 0 && length <= MOST_VALUES) return length
  throw fail(
    'unreadable-file',
    `A function of the model claims ${length} values of one name.`,
    'The file may be damaged; export the model again.',
  )
}

function lengthOf(attr: Attr | undefined): number {
  if (attr?.kind === 'int') return attr.value
  if (attr?.kind === 'opaque' && attr.value.value.case === 'list') return attr.value.value.value.type.length
  return 1
}

/** Whether an operation is known to have outputs of several kinds. */
export const hasOutputs = (op: string): boolean => Object.hasOwn(OUTPUTS, op)

/**
 * The port that a name inside a function means.
 * @returns undefined where the operation is known and has no such output
 */
export function portIn(node: Pick<GraphNode, 'op' | 'attrs'>, { out, index }: Named): number | undefined {
  if (!hasOutputs(node.op)) return index
  let port = 0
  for (const output of (OUTPUTS[node.op] as string).split(' ')) {
    const [name, sizedBy] = output.split(':')
    if (name === out) return port + index
    port += sizedBy ? lengthOf(node.attrs[sizedBy]) : 1
  }
  return out === '' ? index : undefined
}

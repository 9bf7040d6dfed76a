import { type FailureError, fail } from '../../../../kit/index.ts'
import type { GraphNode } from '../../../graph.ts'

/** A node that has no form in TensorFlow Lite, and why. */
export interface Refused {
  node: GraphNode
  reason: string
  remedy?: string
}

/** All nodes of one operation that cannot be converted. */
export interface Unsupported {
  op: string
  nodes: string[]
  /** Layers that they belong to, as far as the model tells. */
  layers: string[]
  /** Why, once for each reason. */
  reasons: string[]
  /** What can be done about it. */
  remedies: string[]
}

const distinct = (list: (string | undefined)[]): string[] => [
  ...new Set(list.filter(item => item !== undefined)),
]

export function grouped(refused: Refused[]): Unsupported[] {
  const ops = distinct(refused.map(({ node }) => node.op))
  return ops.map(op => {
    const own = refused.filter(({ node }) => node.op === op)
    return {
      op,
      nodes: own.map(({ node }) => node.name),
      layers: distinct(own.map(({ node }) => node.origin?.layer)),
      reasons: distinct(own.map(({ reason }) => reason)),
      remedies: distinct(own.map(({ remedy }) => remedy)),
    }
  })
}

const LAST_RESORT =
  'The graph still opens here, is transformed, and is written as a GraphDef or for TensorFlow.js; for TensorFlow Lite, replace these layers or choose outputs before them.'

/** All of them in one failure, each with its layer. */
export function unsupported(refused: Refused[]): FailureError {
  const groups = grouped(refused)
  const places = (group: Unsupported) => {
    const own = refused.filter(({ node }) => node.op === group.op)
    return own
      .map(({ node }) => `"${node.name}"${node.origin?.layer ? ` from layer "${node.origin.layer}"` : ''}`)
      .join(', ')
  }
  const told = groups.map(group => `${group.op} (${places(group)}): ${group.reasons.join('; ')}`)
  const [first] = refused
  const many = refused.length > 1 ? `${refused.length} operations have` : 'One operation has'
  return fail(
    'unsupported-graph',
    `${many} no form in TensorFlow Lite. ${told.join('. ')}.`,
    [...distinct(refused.map(({ remedy }) => remedy)), LAST_RESORT].join(' '),
    { node: first?.node.name, layer: first?.node.origin?.layer },
  )
}

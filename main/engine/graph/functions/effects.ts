import type { GraphNode } from '../graph.ts'

/**
 * Operations that do more than compute (checks, prints, assignments, queues), and those that open a frame or a branch,
 * where waiting decides in which of them a node runs.
 */
const EFFECTS = [
  /^(Assert|Print|Assign|Resource(?!Gather)|Scatter(?!Nd$)|CountUpTo|Apply|SparseApply)/,
  /^(Save|Restore|Write|PyFunc|EagerPyFunc|.*Summary|InitializeTable|LookupTable(Insert|Import|Remove))/,
  /^(Queue|Enqueue|Barrier|Stage$|Unstage|Stack|TensorArray|Stateful)/,
  /^(Ref)?(Switch|Merge|Enter|Exit|NextIteration)$/,
  /^(If|While|Case|LoopCond)$/,
]

/** Whether a node does more than compute its outputs. */
const hasEffect = ({ op }: { op: string }): boolean => EFFECTS.some(kind => kind.test(op))

/**
 * Drops the orders of execution (`^name`) that change nothing, since all that is waited for only computes. Functions
 * leave many of them behind, and they would keep nodes alive and constants from being folded.
 */
export function withoutIdleControls(nodes: GraphNode[]): GraphNode[] {
  const readers = new Map<string, GraphNode[]>()
  for (const node of nodes)
    for (const source of [...node.inputs.map(input => input.node), ...node.controls]) {
      const list = readers.get(source)
      if (list) list.push(node)
      else readers.set(source, [node])
    }
  const matters = new Set<string>()
  const open = nodes.filter(hasEffect)
  for (let node = open.pop(); node; node = open.pop()) {
    if (matters.has(node.name)) continue
    matters.add(node.name)
    for (const reader of readers.get(node.name) ?? []) open.push(reader)
  }
  return nodes.map(node => {
    const controls = [...new Set(node.controls)].filter(name => matters.has(name))
    return controls.length === node.controls.length ? node : { ...node, controls }
  })
}

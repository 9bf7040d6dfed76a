import type { GraphView } from '#contract'

/** A part of a graph by its names: `block_6` holds `block_6/expand` and `block_6/project`. */
export interface Scope {
  /** Its whole path, without a slash at the end; empty for the whole graph. */
  path: string
  /** What stands on its head; several parts where a scope holds nothing but one other: `model/block_6`. */
  title: string
  scopes: Scope[]
  /** Places in `view.nodes` of the nodes that lie right in it. */
  nodes: number[]
  /** Nodes in it, those of its scopes counted in. */
  size: number
}

/** The whole graph as nested scopes, and for each node the scopes that it lies in, outermost first. */
export interface Tree {
  root: Scope
  /** By place in `view.nodes`; absent for nodes that are not shown. */
  within: Map<number, Scope[]>
}

/** Operations that hold a value and compute nothing: they are told on the node that reads them. */
export const isValue = (op: string): boolean => op === 'Const' || op === 'VarHandleOp' || op === 'VariableV2'

/** TFLite names a tensor after all nodes that were merged into it; the first tells where it belongs. */
const cleanName = (name: string): string => (name.split(';', 1)[0] as string).replace(/:\d+$/, '')

/**
 * Sorts the nodes of a graph into scopes by their names.
 * @param values whether constants and variables are shown too
 */
export function treeOf({ nodes }: GraphView, values = false): Tree {
  const shown = nodes.flatMap((node, i) => (values || !isValue(node.op) ? [i] : []))
  const names = new Map(shown.map(i => [i, cleanName((nodes[i] as { name: string }).name)]))
  // A node may have the name of a scope (`add` beside `add/y`): then it lies in that scope.
  const paths = new Set<string>()
  for (const name of names.values())
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) paths.add(name.slice(0, at))

  const scopes = new Map<string, Scope>()
  const root: Scope = { path: '', title: '', scopes: [], nodes: [], size: 0 }
  const scopeAt = (path: string): Scope => {
    if (path === '') return root
    const known = scopes.get(path)
    if (known) return known
    // From the outside in, so that a name of a thousand parts needs no thousand calls.
    let parent = root
    for (let at = path.indexOf('/'); ; at = path.indexOf('/', at + 1)) {
      const part = at < 0 ? path : path.slice(0, at)
      let scope = scopes.get(part)
      if (!scope) {
        scope = {
          path: part,
          title: part.slice(parent.path ? parent.path.length + 1 : 0),
          scopes: [],
          nodes: [],
          size: 0,
        }
        scopes.set(part, scope)
        parent.scopes.push(scope)
      }
      parent = scope
      if (at < 0) return scope
    }
  }
  for (const [i, name] of names) {
    const path = paths.has(name) ? name : name.slice(0, Math.max(0, name.lastIndexOf('/')))
    scopeAt(path).nodes.push(i)
  }
  const within = new Map<number, Scope[]>()
  simplify(root)
  const open: [Scope, Scope[]][] = [[root, []]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [scope, above] = next
    for (const node of scope.nodes) within.set(node, above)
    for (const child of scope.scopes) open.push([child, [...above, child]])
  }
  return { root, within }
}

/** Joins a scope with the only scope in it, dissolves scopes of one node, and counts. */
function simplify(root: Scope): void {
  const order: Scope[] = []
  const open = [root]
  for (let scope = open.pop(); scope; scope = open.pop()) {
    order.push(scope)
    open.push(...scope.scopes)
  }
  for (const scope of order.reverse()) {
    const kept: Scope[] = []
    for (const child of scope.scopes) {
      const [inner] = child.scopes
      if (child.nodes.length === 0 && child.scopes.length === 1 && inner)
        kept.push({ ...inner, title: `${child.title}/${inner.title}` })
      else if (child.size === 1) scope.nodes.push(...child.nodes)
      else kept.push(child)
    }
    scope.scopes = kept
    scope.size = scope.nodes.length + kept.reduce((sum, child) => sum + child.size, 0)
  }
}

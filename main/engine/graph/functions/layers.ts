import { attrOf, type GraphNode } from '../graph.ts'

/**
 * Says of each node which layer it came from, as far as the names of scopes and variables tell.
 *
 * A scope is `model/layer/…/operation`; where Keras numbered the scopes again on export (`conv_1` for the layer `conv`),
 * a variable that is read inside names the layer as the person does. Inside a nested model the layer is
 * `inner model/layer`.
 * @param scopes by name of node, its name among the scopes of the model
 */
export function nameLayers(nodes: GraphNode[], scopes: Map<string, string>): GraphNode[] {
  const paths = new Map(nodes.map(node => [node.name, foldersOf(node, scopes.get(node.name) ?? node.name)]))
  const model = modelScope([...paths.values()])
  const inModel = (path: string[]) => (model !== undefined && path[0] === model ? path.slice(1) : path)
  const known = readVariables(nodes, paths, model)
  // `conv_1` stands for `conv` everywhere as soon as it does so where a variable proves it.
  const numbered = [...known].some(([scope, layer]) => scope !== layer)
  const inner = new Set(
    [...known.keys()].flatMap(scope => {
      const parts = scope.split('/')
      return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
    }),
  )
  const layerOf = (path: string[]): string | undefined => {
    const within = inModel(path)
    for (let length = within.length; length > 0; length--) {
      const layer = known.get(within.slice(0, length).join('/'))
      if (layer) return layer
    }
    let length = 1
    while (length < within.length && inner.has(within.slice(0, length).join('/'))) length++
    const parts = within.slice(0, length)
    return (numbered ? parts.map(part => part.replace(/_\d+$/, '')) : parts).join('/') || undefined
  }
  return nodes.map(node => {
    const origin = node.origin ?? { node: node.name }
    const layer = origin.layer ?? (isPlain(node) ? layerOf(paths.get(node.name) ?? []) : undefined)
    return { ...node, origin: layer ? { ...origin, layer } : origin }
  })
}

const isPlain = ({ op }: GraphNode): boolean => op !== 'Placeholder' && op !== 'NoOp'

/** Scopes around a node. What reads a variable for an operation has a scope of that operation's, which is no layer. */
function foldersOf(node: GraphNode, scope: string): string[] {
  const parts = scope.split('/').slice(0, -1)
  return node.op === 'ReadVariableOp' ? parts.slice(0, -1) : parts
}

/** The scope that nearly all share is the model's own. */
function modelScope(paths: string[][]): string | undefined {
  const counts = new Map<string, number>()
  let all = 0
  for (const [first] of paths) {
    if (first === undefined) continue
    all++
    counts.set(first, (counts.get(first) ?? 0) + 1)
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a)
  const isDeep = paths.some(([first, second]) => first === most?.[0] && second !== undefined)
  return most && isDeep && most[1] > all * 0.6 ? most[0] : undefined
}

/** Layers by the scope in which one of their variables is read. */
function readVariables(
  nodes: GraphNode[],
  paths: Map<string, string[]>,
  model: string | undefined,
): Map<string, string> {
  const variables = new Map(nodes.filter(isVariable).map(node => [node.name, node]))
  const found = new Map<string, string>()
  for (const node of nodes) {
    const variable = node.op === 'ReadVariableOp' ? variables.get(node.inputs[0]?.node ?? '') : undefined
    const path = paths.get(node.name) ?? []
    if (!variable || path.length === 0) continue
    const within = path[0] === model ? path.slice(1) : path
    const layer = layerOfVariable(variable, model)
    const depth = Math.min(layer.length, within.length)
    // The same layer called twice, or a name given by hand: only what looks like the scope is taken for it.
    const isSame =
      depth > 0 &&
      layer
        .slice(0, depth)
        .every((part, i) => bare(part) === bare(within[i] as string) || within[i]?.startsWith(part))
    if (isSame) found.set(within.slice(0, depth).join('/'), layer.slice(0, depth).join('/'))
  }
  return found
}

const isVariable = ({ op }: GraphNode): boolean => op === 'VarHandleOp'

const bare = (name: string): string => name.replace(/(_\d+)+$/, '')

/** `sequential/dense/kernel_1`: the layer `dense`. The cell of a recurrent layer is part of that layer. */
function layerOfVariable(variable: GraphNode, model: string | undefined): string[] {
  const parts = (attrOf(variable, 'shared_name', 'string') || variable.name).split('/').slice(0, -1)
  const cell = parts.findIndex((part, i) => i > 0 && /_cell(_\d+)?$/.test(part))
  const layer = cell > 0 ? parts.slice(0, cell) : parts
  return model !== undefined && layer.length > 1 && bare(layer[0] as string) === bare(model)
    ? layer.slice(1)
    : layer
}

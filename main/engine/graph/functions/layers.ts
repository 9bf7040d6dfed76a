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
  const paths = new Map(
    nodes.map(node => [node.name, (scopes.get(node.name) ?? node.name).split('/').slice(0, -1)]),
  )
  const model = modelScope([...paths.values()])
  const inModel = (path: string[]) => (model !== undefined && path[0] === model ? path.slice(1) : path)
  const variables = new Set(nodes.filter(isVariable).map(({ name }) => name))
  const known = readVariables(nodes, paths, model)
  // `conv_1` stands for `conv` everywhere as soon as it does so where a variable proves it.
  const numbered = [...known].some(([scope, layer]) => scope !== layer)
  const inner = new Set(
    [...known.keys()].flatMap(scope => {
      const parts = scope.split('/')
      return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
    }),
  )
  const layerOf = ({ name, op }: GraphNode): string | undefined => {
    const path = inModel(paths.get(name) ?? [])
    for (let length = path.length; length > 0; length--) {
      const layer = known.get(path.slice(0, length).join('/'))
      if (layer) return layer
    }
    // What reads a variable for an operation has a scope of that operation's.
    const within = op === 'ReadVariableOp' ? path.slice(0, -1) : path
    let length = 1
    while (length < within.length && inner.has(within.slice(0, length).join('/'))) length++
    const parts = within.slice(0, length)
    return (numbered ? parts.map(withoutNumber) : parts).join('/') || undefined
  }
  const layers = new Map(nodes.filter(isPlain).map(node => [node.name, layerOf(node)]))
  // A variable belongs to the layer that reads it.
  for (const node of nodes)
    for (const { node: source } of node.inputs)
      if (variables.has(source)) layers.set(source, layers.get(node.name) ?? layers.get(source))
  return nodes.map(node => {
    const origin = node.origin ?? { node: node.name }
    const layer = origin.layer ?? layers.get(node.name)
    return { ...node, origin: layer ? { ...origin, layer } : origin }
  })
}

const isPlain = ({ op }: GraphNode): boolean => op !== 'Placeholder' && op !== 'NoOp'

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
  const found: { scope: string[]; layer: string[] }[] = []
  for (const node of nodes) {
    const variable = variables.get(node.inputs[0]?.node ?? '')
    const path = paths.get(node.name) ?? []
    if (!variable) continue
    const within = path[0] === model ? path.slice(1) : path
    const layer = layerOfVariable(variable, model)
    // Inside a nested model the variable may not name the model. What does not look like the scope is a name of its own.
    const at = within.findIndex((_, start) => isWithin(layer, within.slice(start)))
    if (at >= 0) found.push({ scope: within.slice(0, at + layer.length), layer })
  }
  const isNumbered = found.some(
    ({ scope, layer }) => scope.slice(-layer.length).join('/') !== layer.join('/'),
  )
  return new Map(
    found.map(({ scope, layer }) => {
      const outer = scope.slice(0, -layer.length)
      return [scope.join('/'), [...(isNumbered ? outer.map(withoutNumber) : outer), ...layer].join('/')]
    }),
  )
}

const isVariable = ({ op }: GraphNode): boolean => op === 'VarHandleOp'

const isWithin = (layer: string[], scope: string[]): boolean =>
  layer.length > 0 &&
  layer.length <= scope.length &&
  layer.every((part, i) => withoutNumbers(part) === withoutNumbers(scope[i] as string))

const withoutNumber = (name: string): string => name.replace(/_\d+$/, '')
const withoutNumbers = (name: string): string => name.replace(/(_\d+)+$/, '')

/** `sequential/dense/kernel_1`: the layer `dense`. The cell of a recurrent layer is part of that layer. */
function layerOfVariable(variable: GraphNode, model: string | undefined): string[] {
  const parts = (attrOf(variable, 'shared_name', 'string') || variable.name).split('/').slice(0, -1)
  const cell = parts.findIndex((part, i) => i > 0 && /_cell(_\d+)?$/.test(part))
  const layer = cell > 0 ? parts.slice(0, cell) : parts
  const isModel = model !== undefined && withoutNumbers(layer[0] ?? '') === withoutNumbers(model)
  return isModel && layer.length > 1 ? layer.slice(1) : layer
}

import type { GraphView } from '#contract'
import { layered, type Point } from './layered.ts'
import type { Scope, Tree } from './tree.ts'

/** A rectangle of the drawing: a node, a scope that is shut, or (behind its parts) one that is open. */
export interface Box {
  /** Place in `view.nodes`, or the path of the scope. */
  of: number | string
  kind: 'node' | 'shut' | 'open'
  /** Upper left corner and size, in pixels at zoom 1. */
  x: number
  y: number
  width: number
  height: number
  title: string
  /** At the right, muted: the operation and its shape, or how many nodes. */
  fact: string
  /** Family of the operation, for the colored edge. */
  family: Family
  /** How deep it lies, 0 outermost. */
  depth: number
}

export interface Edge {
  points: Point[]
  /** Shape of what flows, as `1×12×12×32`. */
  label: string
}

/** A drawing, independent of what it is drawn on. Boxes stand before those that lie in them. */
export interface Scene {
  boxes: Box[]
  edges: Edge[]
  width: number
  height: number
}

export type Family = 'conv' | 'dense' | 'shape' | 'act' | 'io'

const ROW = 28
const HEAD = 28
const PAD = 12
const GAPS = { x: 20, y: 26 }
/** Pixels of a letter at 13 px; boxes need not fit to the pixel, texts are cut where they end. */
const LETTER = 7.4
const SMALL = 7

const FAMILIES: [RegExp, Family][] = [
  [/^(placeholder|inputlayer|.*_input$)/i, 'io'],
  [/conv/i, 'conv'],
  [/(matmul|fully_connected|dense|lstm|gru|rnn|gather|embedding)/i, 'dense'],
  [/(relu|softmax|sigmoid|logistic|tanh|elu|gelu|swish|softplus|prelu|exp|log|sqrt|erf)/i, 'act'],
]

export const familyOf = (op: string): Family => FAMILIES.find(([like]) => like.test(op))?.[1] ?? 'shape'

/** `[-1, 12, 12, 32]` as `?×12×12×32`. */
export const shapeWords = (shape: number[] | null): string =>
  shape === null ? '' : shape.length === 0 ? 'scalar' : shape.map(size => (size < 0 ? '?' : size)).join('×')

interface Laid {
  boxes: Box[]
  edges: Edge[]
  width: number
  height: number
}

/**
 * Draws a graph with the given scopes open and all others shut.
 * @param open paths of the scopes whose inside is shown; those in a shut one do not matter
 */
export function sceneOf(view: GraphView, tree: Tree, open: ReadonlySet<string>): Scene {
  const flows = flowsOf(view, tree, open)
  const laid = layScope(tree.root, 0)
  return { boxes: laid.boxes, edges: laid.edges, width: laid.width, height: laid.height }

  function layScope(scope: Scope, depth: number): Laid {
    const parts = [
      ...scope.nodes.map(node => nodePart(node, depth)),
      ...scope.scopes.map(inner => scopePart(inner, depth)),
    ]
    const index = new Map(parts.map((part, i) => [part.of, i]))
    const inside = (flows.get(scope.path) ?? []).filter(flow => index.has(flow.from) && index.has(flow.to))
    const edges = inside.map(({ from, to }): [number, number] => [index.get(from) ?? 0, index.get(to) ?? 0])
    const layout = layered(parts, edges, GAPS)
    const laid: Laid = { boxes: [], edges: [], width: layout.width, height: layout.height }
    parts.forEach((part, i) => {
      const place = layout.places[i] as Point
      const [dx, dy] = [place.x - part.width / 2, place.y - part.height / 2]
      // Not push(...): a scope may hold more boxes than a call may have arguments.
      for (const box of part.laid.boxes) laid.boxes.push({ ...box, x: box.x + dx, y: box.y + dy })
      for (const edge of part.laid.edges)
        laid.edges.push({ ...edge, points: edge.points.map(({ x, y }) => ({ x: x + dx, y: y + dy })) })
    })
    layout.edges.forEach((points, i) => {
      laid.edges.push({ points, label: inside[i]?.label ?? '' })
    })
    return laid
  }

  function nodePart(place: number, depth: number) {
    const node = view.nodes[place] as GraphView['nodes'][number]
    const title = node.name.split(';', 1)[0]?.split('/').at(-1) ?? node.name
    const fact = title.toLowerCase().startsWith(node.op.toLowerCase()) ? shapeWords(node.shape) : node.op
    const width = Math.min(300, Math.max(110, title.length * LETTER + fact.length * SMALL + 50))
    const box: Box = {
      of: place,
      kind: 'node',
      x: 0,
      y: 0,
      width,
      height: ROW,
      title,
      fact,
      family: familyOf(node.op),
      depth,
    }
    return {
      of: place as number | string,
      width,
      height: ROW,
      laid: { boxes: [box], edges: [], width, height: ROW },
    }
  }

  function scopePart(scope: Scope, depth: number) {
    const fact = `${scope.size.toLocaleString('en')} nodes`
    const isOpen = open.has(scope.path)
    const inner = isOpen ? layScope(scope, depth + 1) : undefined
    const least = Math.min(320, Math.max(150, scope.title.length * LETTER + fact.length * SMALL + 64))
    const width = Math.max(least, (inner?.width ?? 0) + 2 * PAD)
    const height = inner ? HEAD + inner.height + PAD : ROW
    const box: Box = {
      of: scope.path,
      kind: inner ? 'open' : 'shut',
      x: 0,
      y: 0,
      width,
      height,
      title: scope.title,
      fact,
      family: familyOf(mainOp(view, scope)),
      depth,
    }
    const laid: Laid = { boxes: [box], edges: [], width, height }
    if (inner) {
      const dx = (width - inner.width) / 2
      for (const each of inner.boxes) laid.boxes.push({ ...each, x: each.x + dx, y: each.y + HEAD })
      for (const edge of inner.edges)
        laid.edges.push({ ...edge, points: edge.points.map(({ x, y }) => ({ x: x + dx, y: y + HEAD })) })
    }
    return { of: scope.path as number | string, width, height, laid }
  }
}

/** The operation that tells most about a scope: a convolution or a dense layer where it holds one. */
function mainOp(view: GraphView, scope: Scope): string {
  let open = [scope]
  let first = ''
  for (let depth = 0; open.length && depth < 3; depth++) {
    for (const { nodes } of open)
      for (const node of nodes) {
        const op = view.nodes[node]?.op ?? ''
        if (familyOf(op) === 'conv' || familyOf(op) === 'dense') return op
        first ||= op
      }
    open = open.flatMap(each => each.scopes)
  }
  return first
}

interface Flow {
  from: number | string
  to: number | string
  label: string
}

/**
 * What flows between the parts of each open scope, each pair once: an edge between two nodes is drawn where their
 * scopes part, between the outermost of them that is not common.
 */
function flowsOf(view: GraphView, tree: Tree, open: ReadonlySet<string>): Map<string, Flow[]> {
  const flows = new Map<string, Flow[]>()
  const known = new Map<string, Set<string>>()
  const { within } = tree
  for (const [to, scopesTo] of within)
    for (const from of view.nodes[to]?.inputs ?? []) {
      const scopesFrom = within.get(from)
      if (!scopesFrom) continue
      let common = 0
      while (
        common < scopesFrom.length &&
        scopesFrom[common] === scopesTo[common] &&
        open.has((scopesFrom[common] as Scope).path)
      )
        common++
      // Both in one scope that is shut: nothing to draw.
      if (common < scopesFrom.length && scopesFrom[common] === scopesTo[common]) continue
      const at = common > 0 ? (scopesFrom[common - 1] as Scope).path : ''
      const a = scopesFrom[common]?.path ?? from
      const b = scopesTo[common]?.path ?? to
      const pair = `${typeof a}${a}\n${typeof b}${b}`
      const seen = known.get(at) ?? new Set<string>()
      known.set(at, seen)
      if (seen.has(pair)) continue
      seen.add(pair)
      const list = flows.get(at) ?? []
      flows.set(at, list)
      list.push({ from: a, to: b, label: shapeWords(view.nodes[from]?.shape ?? null) })
    }
  return flows
}

/** The scopes to open at first: from the outside in as long as not too much is shown at once. */
export function opening(tree: Tree, most = 60): Set<string> {
  const open = new Set<string>()
  let shown = tree.root.nodes.length + tree.root.scopes.length
  const queue = [...tree.root.scopes].sort((a, b) => b.size - a.size)
  for (const scope of queue) {
    const more = scope.nodes.length + scope.scopes.length
    // One shut box would tell nothing, so it is opened however much is in it.
    if (shown > 1 && shown + more > most) continue
    open.add(scope.path)
    shown += more
    queue.push(...scope.scopes)
  }
  return open
}

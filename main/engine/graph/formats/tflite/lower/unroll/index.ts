import { type Graph, type GraphNode, portOf, type Shape, withoutUnused } from '../../../../graph.ts'
import { inferValues } from '../../../../infer/index.ts'
import { Bodies, type Body } from './bodies.ts'
import { Frames } from './frames.ts'
import { LISTS } from './lists.ts'
import { type Scope, Trace } from './trace.ts'
import { DEAD, isList, isPort, Stuck, type Traced } from './traced.ts'

/** Rounds of one loop; what takes more is no recurrent layer of a model for devices. */
const MOST_ROUNDS = 10_000
const DEEPEST = 20

const LOOPS = /^(Stateless)?(While|If|Case)$|^(TensorList|EmptyTensorList|TensorArray|Enter$|Switch$|Merge$)/

/** Whether a graph has anything that {@link unroll} writes out. */
export const hasLoops = (graph: Graph): boolean => graph.nodes.some(node => LOOPS.test(node.op))

/**
 * Writes out loops whose number of rounds is known before the model runs, such as those of recurrent layers over a fixed
 * number of steps, in TensorFlow 2's form (`While` with functions, `TensorList`) and TensorFlow 1's (`Enter`, `Switch`,
 * `Merge`, `TensorArray`). Lists of tensors become the tensors themselves. Choices with a known condition become the
 * branch that is taken. What cannot be written out stays as it is; `stuck` says why.
 *
 * @param shapes shapes of the inputs, by name, none open
 */
export function unroll(
  graph: Graph,
  shapes: Record<string, Shape>,
): { graph: Graph; stuck: Map<string, string> } {
  const known = inferValues(graph, shapes)
  const trace = new Trace()
  const bodies = new Bodies(graph.library)
  const scope: Scope = new Map()
  const stuck = new Map<string, string>()
  const frames = new Frames(graph.nodes)
  const run = (
    node: GraphNode,
    within: Scope,
    prefix: string,
    depth: number,
    own?: typeof known,
  ): Traced[] | string => step({ node, scope: within, prefix, depth, trace, bodies, known: own })
  const attempt = (node: GraphNode, act: () => void) => {
    try {
      act()
    } catch (thrown) {
      const isMisfit = thrown instanceof TypeError || thrown instanceof RangeError
      if (!(thrown instanceof Stuck) && !isMisfit) throw thrown
      stuck.set(
        node.name,
        thrown instanceof Stuck ? thrown.message : 'its inputs and attributes do not fit together',
      )
      scope.set(node.name, trace.add({ ...node, inputs: portsOf(scope, node), controls: [] }))
    }
  }
  for (const node of frames.inOrder(graph)) {
    if (scope.has(node.name)) continue
    const frame = frames.startingAt(node)
    if (frame)
      attempt(node, () =>
        frames.unroll(frame, trace, scope, (inner, within, prefix) => run(inner, within, prefix, 1)),
      )
    else if (!frames.isInside(node)) attempt(node, () => scope.set(node.name, run(node, scope, '', 0, known)))
  }
  const outputs = graph.outputs.map(end => {
    const value = endOf(trace, scope, end.name)
    return { ...end, name: value ?? end.name, key: end.key ?? end.name }
  })
  return { graph: withoutUnused({ ...graph, nodes: trace.nodes, outputs }), stuck }
}

/** The name of the node that an output is now; a node of the old name where it came out of a loop. */
function endOf(trace: Trace, scope: Scope, name: string): string | undefined {
  const port = portOf(name)
  const found = scope.get(port.node)
  const value = typeof found === 'string' ? undefined : found?.[port.port]
  if (!isPort(value)) return undefined
  const like: GraphNode = {
    name: port.node,
    op: 'Identity',
    inputs: [value],
    controls: [],
    device: '',
    attrs: {},
  }
  return trace.add({ ...like, origin: { node: port.node } })
}

const portsOf = (scope: Scope, node: GraphNode) =>
  node.inputs.flatMap(port => {
    const found = scope.get(port.node)
    if (typeof found === 'string') return [{ node: found, port: port.port }]
    const value = found?.[port.port]
    return isPort(value) ? [value] : []
  })

interface Step {
  node: GraphNode
  scope: Scope
  prefix: string
  depth: number
  trace: Trace
  bodies: Bodies
  known?: ReturnType<typeof inferValues>
}

function step(at: Step): Traced[] | string {
  const { node, scope, trace, prefix } = at
  const inputs = node.inputs.map(port => trace.read(scope, port))
  const list = Object.hasOwn(LISTS, node.op) ? LISTS[node.op] : undefined
  if (list) return inputs.includes(DEAD) ? [DEAD, DEAD] : list({ trace, node, inputs, prefix })
  if (/^(Stateless)?While$/.test(node.op)) return loop(at, inputs)
  if (/^(Stateless)?(If|Case)$/.test(node.op)) return choose(at, inputs)
  if (node.op === 'Switch') return branch(trace, inputs, node)
  if (node.op === 'Merge') return [inputs.find(value => value !== DEAD) ?? DEAD]
  if (
    /^(Identity|StopGradient|Enter|Exit|NextIteration|LoopCond)$/.test(node.op) &&
    (isList(inputs[0]) || prefix)
  )
    return [inputs[0] as Traced]
  if (node.op === 'IdentityN' && inputs.some(isList)) return inputs
  return trace.copy(node, inputs, prefix, at.known)
}

function branch(trace: Trace, [value, condition]: Traced[], node: GraphNode): Traced[] {
  if (value === DEAD || condition === DEAD) return [DEAD, DEAD]
  const [taken] = trace.ints(condition) ?? []
  if (taken === undefined) throw new Stuck(`which way "${node.name}" goes depends on the data`)
  return taken ? [DEAD, value as Traced] : [value as Traced, DEAD]
}

function call(at: Step, body: Body, values: Traced[], prefix: string): Traced[] {
  if (at.depth > DEEPEST) throw new Stuck('loops in it lie too deep in each other')
  const scope: Scope = new Map(body.arguments.map((name, i) => [name, [values[i] as Traced]]))
  for (const node of body.nodes) {
    const origin = { ...at.node.origin, node: at.node.origin?.node ?? at.node.name }
    scope.set(
      node.name,
      step({ ...at, node: { ...node, origin }, scope, prefix, depth: at.depth + 1, known: undefined }),
    )
  }
  return body.results.map(port => at.trace.read(scope, port))
}

function loop(at: Step, start: Traced[]): Traced[] {
  const { node, trace, prefix, bodies } = at
  const [condition, body] = [bodies.of(node.attrs.cond), bodies.of(node.attrs.body)]
  let values = start
  for (let round = 0; ; round++) {
    const [goOn] = call(at, condition, values, `${prefix}${node.name}/condition_${round}/`)
    const [more] = trace.ints(goOn) ?? []
    if (more === undefined) throw new Stuck('how many rounds it takes depends on the data')
    if (!more) return values
    if (round >= MOST_ROUNDS) throw new Stuck(`it takes more than ${MOST_ROUNDS} rounds`)
    values = call(at, body, values, `${prefix}${node.name}/${round}/`)
  }
}

function choose(at: Step, [condition, ...values]: Traced[]): Traced[] {
  const { node, trace, prefix, bodies } = at
  const [index] = trace.ints(condition) ?? []
  if (index === undefined) throw new Stuck('which branch it takes depends on the data')
  const isCase = node.op.endsWith('Case')
  const taken = isCase
    ? bodies.of(node.attrs.branches, index)
    : bodies.of(index ? node.attrs.then_branch : node.attrs.else_branch)
  return call(at, taken, values, `${prefix}${node.name}/`)
}

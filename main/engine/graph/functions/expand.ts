import { fail } from '../../kit/index.ts'
import type { Room } from '../formats/tensorProto.ts'
import type { FunctionDef } from '../gen/function_pb.ts'
import type { NodeDef } from '../gen/node_def_pb.ts'
import type { Attr, Origin } from '../graph.ts'
import { callOf, functionsIn, isChoice, type Library, readAttrs } from './library.ts'
import { countOf, type Reference, readReference } from './reference.ts'

/** A node on its way out of functions. */
export interface Step {
  name: string
  op: string
  device: string
  inputs: Reference[]
  controls: string[]
  attrs: Record<string, Attr>
  origin: Origin
  /** Its name among the scopes of the model, without the calls that led to it. */
  scope: string
}

/** The node of a function as a step. */
export function stepOf({ name, op, device, input, attr }: NodeDef, room: Room): Step {
  return {
    name,
    op,
    device,
    inputs: input.filter(text => !text.startsWith('^')).map(readReference),
    controls: input.filter(text => text.startsWith('^')).map(text => text.slice(1)),
    attrs: readAttrs(attr, room),
    origin: { node: name },
    scope: name,
  }
}

/** A call whose function's body stands in its place. */
interface Inlined {
  results: Reference[]
  /** First result of each by its name; undefined where results are called `output`, with a place. */
  places?: Map<string, number>
  /** What runs before the call is done. */
  done: string[]
  /** Node that waits for `done`, made when somebody asks for it. */
  join?: string
}

/** A function's body being written out: its nodes get the call's name before their own. */
interface Frame {
  call: Step
  steps: Step[]
  at: number
  names: Map<string, string>
  args: Map<string, Reference[]>
  bindings: Record<string, Attr>
  /** What waits for the call's own orders: nodes that read nothing inside. */
  before: string[]
}

/** Choices inside choices that are known one after the other; what is left then stays a choice. */
const MOST_ROUNDS = 50

/** Nodes with all calls among them written out, and what the values of those calls now are. */
export interface Expanded {
  steps: Step[]
  /** What a reference to an inlined call means now; others are themselves. */
  resolve(reference: Reference): Reference
}

/**
 * Puts the bodies of functions in place of their calls, calls inside them too, depth first and without recursion.
 * A choice (`If`, `Case`) whose index is a constant becomes the branch it takes. Whoever calls this has asked
 * `checkCalls` first, so that it ends.
 * @throws Failure `unsupported-graph` when results of calls feed each other in a circle
 */
export function expand(steps: Step[], library: Library): Expanded {
  const rounds: Map<string, Inlined>[] = []
  let current = steps
  let known = new Map<string, Step>()
  for (let i = 0; i < MOST_ROUNDS; i++) {
    const round = expandOnce(current, library, known)
    rounds.push(round.calls)
    current = round.steps
    known = new Map(current.map(step => [step.name, step]))
    if (!current.some(step => isChoice(step.op) && branchOf(step, known, library.room))) break
  }
  return {
    steps: current,
    resolve: reference => rounds.reduce((found, calls) => resolveIn(calls, found), reference),
  }
}

function expandOnce(steps: Step[], library: Library, known: Map<string, Step>) {
  const calls = new Map<string, Inlined>()
  const made: Step[] = []
  const names = new Set(steps.map(step => step.name))
  const unique = (wanted: string): string => {
    let name = wanted
    for (let i = 1; names.has(name); i++) name = `${wanted}_${i}`
    names.add(name)
    return name
  }
  const frames: Frame[] = []
  const enter = (step: Step): boolean => {
    const call = branchOf(step, known, library.room) ?? callOf(step, library)
    const definition = call && library.get(call.name)
    if (!definition) return false
    const frame = frameOf({ ...step, attrs: call.attrs }, definition, unique, library.room)
    calls.set(step.name, inlinedOf(step, definition, frame, library))
    if (step.controls.length > 1) {
      const start = unique(`${step.name}/start`)
      made.push({ ...nothing(start, step), controls: step.controls })
      frame.before = [start]
    }
    frames.push(frame)
    return true
  }
  for (const step of steps) {
    if (!enter(step)) made.push(step)
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const next = frame.steps[frame.at++]
      if (!next) frames.pop()
      else {
        const placed = place(next, frame)
        if (!enter(placed)) made.push(placed)
      }
    }
  }
  const joined: Step[] = []
  for (const step of made) {
    step.inputs = step.inputs.map(input => resolveIn(calls, input))
    if (step.controls.some(name => calls.has(name)))
      step.controls = step.controls.flatMap(name => waitFor(name, calls, joined, unique))
  }
  for (const step of joined) {
    // A join may wait for calls itself; each of those gets a join of its own, which comes later in this list.
    step.controls = step.controls.flatMap(name => waitFor(name, calls, joined, unique))
  }
  for (const step of joined) made.push(step)
  return { steps: made, calls }
}

const nothing = (name: string, call: Step): Step => ({
  name,
  op: 'NoOp',
  device: call.device,
  inputs: [],
  controls: [],
  attrs: {},
  origin: call.origin,
  scope: call.scope,
})

function waitFor(
  name: string,
  calls: Map<string, Inlined>,
  joined: Step[],
  unique: (name: string) => string,
): string[] {
  const call = calls.get(name)
  if (!call) return [name]
  const { done } = call
  if (done.length === 0) return []
  const [only] = done
  if (done.length === 1 && only !== undefined && !calls.has(only)) return [only]
  if (call.join === undefined) {
    call.join = unique(`${name}/done`)
    joined.push({
      name: call.join,
      op: 'NoOp',
      device: '',
      inputs: [],
      controls: done,
      attrs: {},
      origin: { node: name },
      scope: name,
    })
  }
  return [call.join]
}

function resolveIn(calls: Map<string, Inlined>, reference: Reference): Reference {
  const passed: { call: Inlined; at: number }[] = []
  let current = reference
  for (let call = calls.get(current.node); call; call = calls.get(current.node)) {
    const at = placeIn(call, current)
    const next = call.results[at]
    if (!next || passed.length > calls.size)
      throw fail(
        'unsupported-graph',
        next
          ? `The results of "${current.node}" lead in a circle.`
          : `"${current.node}" has no result number ${at}.`,
        'The file may be damaged; export the model again.',
        { node: current.node },
      )
    passed.push({ call, at })
    current = next
  }
  // Remembered, so that a long chain of calls that hand something on is gone through once.
  for (const { call, at } of passed) call.results[at] = current
  return current
}

function placeIn(call: Inlined, reference: Reference): number {
  if ('port' in reference) return reference.port
  return (call.places?.get(reference.out) ?? 0) + reference.index
}

function frameOf(call: Step, definition: FunctionDef, unique: (name: string) => string, room: Room): Frame {
  const args = new Map<string, Reference[]>()
  let at = 0
  // A choice hands its branch all but the first of its inputs.
  const given = isChoice(call.op) ? call.inputs.slice(1) : call.inputs
  for (const arg of definition.signature?.inputArg ?? []) {
    const count = countOf(arg, call.attrs)
    args.set(arg.name, given.slice(at, at + count))
    at += count
  }
  const steps = definition.nodeDef.map(node => stepOf(node, room))
  const names = new Map<string, string>()
  for (const { name } of steps) {
    if (names.has(name))
      throw fail(
        'unreadable-file',
        `The function that "${call.name}" calls has two operations named "${name}".`,
        'The file may be damaged; export the model again.',
        { node: call.name },
      )
    names.set(name, unique(`${call.name}/${name}`))
  }
  return {
    call,
    steps,
    at: 0,
    names,
    args,
    bindings: call.attrs,
    before: call.controls,
  }
}

function inlinedOf(step: Step, definition: FunctionDef, frame: Frame, library: Library): Inlined {
  const places = new Map<string, number>()
  const results: Reference[] = []
  for (const arg of definition.signature?.outputArg ?? []) {
    places.set(arg.name, results.length)
    const first = readReference(definition.ret[arg.name] ?? arg.name)
    const count = countOf(arg, frame.bindings)
    for (let i = 0; i < count; i++) results.push(within(frame, { ...first, index: first.index + i }))
  }
  const controls = Object.values(definition.controlRet)
  const done =
    controls.length > 0
      ? controls.map(name => frame.names.get(name) ?? name)
      : results.map(({ node }) => node)
  return { results, done: [...new Set(done)], ...(library.has(step.op) && { places }) }
}

/** A node of a function's body under the name it gets in place of the call. */
function place(step: Step, frame: Frame): Step {
  const { call } = frame
  const name = frame.names.get(step.name) as string
  const folder = call.scope.slice(0, Math.max(call.scope.lastIndexOf('/'), 0))
  const inputs = step.inputs.map(input => within(frame, input))
  const isSource = step.inputs.every(input => frame.args.has(input.node)) && step.controls.length === 0
  return {
    name,
    op: step.op,
    device: step.device || call.device,
    inputs,
    controls: [
      ...step.controls.flatMap(source => controlIn(frame, source)),
      ...(isSource ? frame.before : []),
    ],
    attrs: bind(withoutPlace(step.attrs), frame.bindings),
    origin: { ...call.origin, node: `${call.origin.node}/${step.name}` },
    scope: !folder || step.scope.startsWith(`${folder}/`) ? step.scope : `${folder}/${step.scope}`,
  }
}

/** Which nodes share a device is said by names, which change here. */
function withoutPlace({ _class, ...attrs }: Record<string, Attr>): Record<string, Attr> {
  return attrs
}

function controlIn(frame: Frame, source: string): string[] {
  const name = frame.names.get(source)
  if (name !== undefined) return [name]
  return (frame.args.get(source) ?? []).map(({ node }) => node)
}

/** What a reference of a body means outside of it; a hole where a call gives fewer inputs than the function takes. */
function within(frame: Frame, reference: Reference): Reference {
  const name = frame.names.get(reference.node)
  if (name !== undefined) return { ...reference, node: name }
  const index = 'port' in reference ? reference.port : reference.index
  const arg = frame.args.get(reference.node)?.[index]
  if (arg) return arg
  const { call } = frame
  throw fail(
    'unreadable-file',
    `The function that "${call.name}" calls reads "${reference.node}", which is not in it.`,
    'The file may be cut off; export the model again.',
    { node: call.name },
  )
}

/** Attributes that a TF1 function leaves to its caller. */
function bind(attrs: Record<string, Attr>, bindings: Record<string, Attr>): Record<string, Attr> {
  const isOpen = (attr: Attr) => attr.kind === 'opaque' && attr.value.value.case === 'placeholder'
  if (!Object.values(attrs).some(isOpen)) return attrs
  return Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => {
      const open =
        value.kind === 'opaque' && value.value.value.case === 'placeholder' ? value.value.value.value : ''
      return [name, (open && bindings[open]) || value]
    }),
  )
}

/** The branch that a choice takes when its index is a constant. */
function branchOf(step: Step, known: Map<string, Step>, room: Room) {
  const [index] = step.inputs
  if (!isChoice(step.op) || !index) return undefined
  const value = constantOf(index, known)
  if (value === undefined) return undefined
  const branches = step.op.endsWith('If')
    ? [...functionsIn(step.attrs.else_branch), ...functionsIn(step.attrs.then_branch)]
    : functionsIn(step.attrs.branches)
  // TensorFlow takes the last branch for an index that is none.
  const inRange = value >= 0 && value < branches.length
  const branch = step.op.endsWith('If')
    ? branches[value ? 1 : 0]
    : branches[inRange ? value : branches.length - 1]
  return branch && { name: branch.name, attrs: readAttrs(branch.attr, room) }
}

function constantOf(reference: Reference, known: Map<string, Step>): number | undefined {
  let step = known.get(reference.node)
  for (let i = 0; step && i < 100; i++) {
    if (step.op === 'Const') {
      const value = step.attrs.value
      return value?.kind === 'tensor' && value.value.data.length === 1
        ? Number(value.value.data[0])
        : undefined
    }
    if (!['Identity', 'PlaceholderWithDefault', 'StopGradient'].includes(step.op)) return undefined
    step = known.get(step.inputs[0]?.node ?? '')
  }
  return undefined
}

import { fail } from '../../kit/index.ts'
import { branchOf } from './choices.ts'
import { type Frame, frameOf, type Inlined, inlinedOf, place } from './frame.ts'
import { callOf, isChoice, type Library } from './library.ts'
import type { Reference } from './reference.ts'
import type { Step } from './step.ts'

/** Choices inside choices that are known one after the other; what is left then stays a choice. */
const MOST_ROUNDS = 50

/** Nodes with all calls among them written out, and what the values of those calls now are. */
interface Expanded {
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
    const frame = frameOf({ ...step, attrs: call.attrs }, definition, unique, library)
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

import { fail } from '../../kit/index.ts'
import type { DataType } from '../graph.ts'
import type { Reference } from './reference.ts'
import type { Step } from './step.ts'

/** What a handle leads to. */
export interface Held {
  name: string
  dtype: DataType
  shape: number[]
}

/** Nodes that hand on what they are given, and which of their outputs carry an input. */
const CARRIERS: Record<string, (input: number) => number[]> = {
  Identity: () => [0],
  IdentityN: input => [input],
  StopGradient: () => [0],
  Switch: input => (input === 0 ? [0, 1] : []),
  Merge: () => [0],
  Enter: () => [0],
  Exit: () => [0],
  NextIteration: () => [0],
  While: input => [input],
  StatelessWhile: input => [input],
}

/** Ports by the variable whose handle comes out of them. */
export type Handles = Map<string, Held>

/** Whether a node only hands on what it is given, and of one kind. */
export const isCarrier = (op: string): boolean =>
  Object.hasOwn(CARRIERS, op) && op !== 'IdentityN' && !op.endsWith('While')

/** Follows handles through what hands them on. */
export function trace(
  steps: Step[],
  keyOf: (reference: Reference) => string,
  sources: Map<string, Held>,
): Handles {
  const readers = new Map<string, { step: Step; input: number }[]>()
  for (const step of steps)
    for (const [input, reference] of step.inputs.entries()) {
      const key = keyOf(reference)
      const list = readers.get(key)
      if (list) list.push({ step, input })
      else readers.set(key, [{ step, input }])
    }
  const handles: Handles = new Map()
  const open: [string, Held][] = [...sources].map(([name, held]) => [`${name}:0`, held])
  for (let next = open.pop(); next; next = open.pop()) {
    const [key, held] = next
    const before = handles.get(key)
    if (before) {
      if (before.name !== held.name) throw notConstant(key.slice(0, key.lastIndexOf(':')), held)
      continue
    }
    handles.set(key, held)
    for (const { step, input } of readers.get(key) ?? []) {
      const carrier = Object.hasOwn(CARRIERS, step.op) ? CARRIERS[step.op] : undefined
      for (const port of carrier?.(input) ?? []) open.push([`${step.name}:${port}`, held])
    }
  }
  return handles
}

/** Why a place that reads one variable or another cannot be frozen. */
export const notConstant = (node: string, held: Held) =>
  fail(
    'unsupported-graph',
    `"${node}" decides at run time which variable it reads, the variable "${held.name}" or another.`,
    'Choose outputs before it, or export the model so that each place reads one variable.',
    { node },
  )

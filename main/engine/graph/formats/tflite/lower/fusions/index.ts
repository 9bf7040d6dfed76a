import type { Draft, Operation, Value } from '../draft.ts'
import {
  activations,
  constantsIntoWeights,
  scaleOfImageIntoWeights,
  scaleOfInputIntoWeights,
} from './absorb.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { writeOutErrorFunctions } from './errorFunction.ts'
import { FORMULAS } from './formulas.ts'
import type { Fusion } from './fusion.ts'
import { layout } from './layout.ts'
import { SHAPES } from './shapes.ts'
import { share } from './shared.ts'
import { WINDOWS } from './windows.ts'

/** In the order in which they are tried. To add one, write a file and add a line. */
const FUSIONS: Fusion[] = [
  ...SHAPES,
  layout,
  constantsIntoWeights,
  ...ARITHMETIC,
  ...FORMULAS,
  ...WINDOWS,
  scaleOfImageIntoWeights,
  scaleOfInputIntoWeights,
  activations,
]

const BY_OP = new Map<string, Fusion[]>()
for (const fusion of FUSIONS) for (const op of fusion.on) BY_OP.set(op, [...(BY_OP.get(op) ?? []), fusion])

/**
 * Puts operators together until nothing more can be. Each looks at what is before it, so going once in order sees
 * nearly all; what a change lets others do is looked at again.
 */
export function fuse(draft: Draft): void {
  share(draft)
  const queue: Operation[] = [...draft.operations]
  const waiting = new Set(queue)
  const enter = (operation: Operation) => {
    if (waiting.has(operation)) return
    waiting.add(operation)
    queue.push(operation)
  }
  for (let i = 0; i < queue.length; i++) {
    const operation = queue[i] as Operation
    waiting.delete(operation)
    let count = draft.operations.length
    for (
      let before = around(operation);
      !operation.gone && apply(operation, draft);
      before = around(operation)
    ) {
      for (const value of before) for (const reader of value.readers) enter(reader)
      for (const made of draft.operations.slice(count)) enter(made)
      count = draft.operations.length
    }
  }
  share(draft)
  writeOutErrorFunctions(draft)
}

/** The values whose readers a change may concern: what an operation makes, and what it alone may leave to another. */
const around = (operation: Operation): Value[] =>
  [
    ...operation.outputs,
    ...operation.inputs.filter(value => value !== undefined && value.readers.size === 2),
  ] as Value[]

function apply(operation: Operation, draft: Draft): boolean {
  const fusions = BY_OP.get(operation.op) ?? []
  return fusions.some(fusion => !operation.gone && fusion.rewrite(operation, draft))
}

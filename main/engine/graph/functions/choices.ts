import type { Room } from '../formats/tensorProto.ts'
import { functionsIn, isChoice, readAttrs } from './library.ts'
import type { Reference } from './reference.ts'
import type { Step } from './step.ts'

/** The branch that a choice takes when its index is a constant. */
export function branchOf(step: Step, known: Map<string, Step>, room: Room) {
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

import type { Plan, Task } from '#contract'
import { fail } from '../kit/index.ts'

/**
 * How much each class weighs in the loss, in the order of the classes; null where all weigh the same. `balanced`: rows /
 * (classes x rows of the class), as scikit-learn's `compute_class_weight` has it; a class without rows weighs 1. Then
 * the plan's own weights by name.
 * @param labels index of the class of each row of the train split
 * @throws Failure `bad-input` for weights of a regression, or of a class that is not there
 */
export function classWeightsOf(
  { classWeights, weights = {} }: Pick<Plan, 'classWeights' | 'weights'>,
  { task, classes }: { task: Task; classes: readonly string[] },
  labels: ArrayLike<number>,
): number[] | null {
  const named = Object.keys(weights)
  if (classWeights === 'none' && named.length === 0) return null
  if (task === 'regression')
    throw fail(
      'bad-input',
      'Only classes can be weighed, and this label is a value.',
      'Leave out the class weights.',
    )
  const unknown = named.find(name => !classes.includes(name))
  if (unknown !== undefined)
    throw fail(
      'bad-input',
      `There is no class "${unknown}" to weigh.`,
      `The classes are ${classes.slice(0, 20).join(', ')}${classes.length > 20 ? ', …' : ''}.`,
    )
  const rows = new Array<number>(classes.length).fill(0)
  for (let row = 0; row < labels.length; row++)
    rows[labels[row] as number] = (rows[labels[row] as number] as number) + 1
  return classes.map((name, i) => {
    if (Object.hasOwn(weights, name)) return weights[name] as number
    const count = rows[i] as number
    return classWeights === 'balanced' && count > 0 ? labels.length / (classes.length * count) : 1
  })
}

import type { Plan, Task } from '#contract'
import { denseLayers } from './denseLayers.ts'
import { answered, headName, layerSeeds } from './head.ts'
import type { NetSpec } from './netSpec.ts'

/** The dense layers of a plan on `inputs` values a row, and a last one of `outputs`. All seeds come from the plan's. */
export function denseNet(
  plan: Pick<Plan, 'layers' | 'dropout' | 'seed'>,
  { task, inputs, outputs }: { task: Task; inputs: number; outputs: number },
): NetSpec {
  const seed = layerSeeds(plan.seed)
  const deep = denseLayers(plan, 'features', seed)
  return answered(
    [
      { name: 'features', inputs: [], kind: 'input', width: inputs },
      ...deep.layers,
      {
        name: headName(task),
        inputs: [deep.last],
        kind: 'dense',
        units: outputs,
        activation: 'linear',
        bias: true,
        seed: seed(),
      },
    ],
    task,
  )
}

import { denseLayers } from './denseLayers.ts'
import { answered, headName, layerSeeds } from './head.ts'
import { COMMON, type Trainer } from './trainer.ts'

/** Dense layers with ReLU, Glorot-uniform weights (Glorot and Bengio, 2010), dropout where it is wanted. */
export const tabular: Trainer = {
  name: 'tabular',
  title: 'Table: dense layers',
  suits: 'table',
  uses: [...COMMON, 'layers', 'dropout'],
  embeds: false,
  net({ plan, task, inputs, outputs }) {
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
  },
}

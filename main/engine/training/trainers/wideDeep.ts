import { denseLayers } from './denseLayers.ts'
import { answered, headName, layerSeeds } from './head.ts'
import { COMMON, type Trainer } from './trainer.ts'

/**
 * Wide and deep learning (Cheng et al., 2016, arXiv:1606.07792): a linear part over all encoded columns, crosses among
 * them, which remembers, and dense layers, which generalize, trained together; their logits are added.
 */
export const wideDeep: Trainer = {
  name: 'wide-deep',
  title: 'Table: wide and deep',
  suits: 'table',
  uses: [...COMMON, 'layers', 'dropout'],
  embeds: false,
  net({ plan, task, inputs, outputs }) {
    const seed = layerSeeds(plan.seed)
    const deep = denseLayers(plan, 'features', seed)
    const linear = { kind: 'dense', units: outputs, activation: 'linear' } as const
    return answered(
      [
        { name: 'features', inputs: [], kind: 'input', width: inputs },
        ...deep.layers,
        { name: 'deep', inputs: [deep.last], ...linear, bias: true, seed: seed() },
        // The bias of the deep part serves both.
        { name: 'wide', inputs: ['features'], ...linear, bias: false, seed: seed() },
        { name: headName(task), inputs: ['wide', 'deep'], kind: 'add' },
      ],
      task,
    )
  },
}

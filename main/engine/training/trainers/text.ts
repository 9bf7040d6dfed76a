import { entriesOf } from '../../encoding/index.ts'
import { denseLayers } from './denseLayers.ts'
import { answered, headName, layerSeeds } from './head.ts'
import type { NetLayer } from './netSpec.ts'
import { beside, partsOf, restOf, wholeWithin } from './parts.ts'
import { COMMON, type Trainer } from './trainer.ts'

/** Numbers that stand for a word. */
const EMBEDDING = 32

/**
 * Texts as the mean of what their words stand for (Joulin et al., Bag of Tricks for Efficient Text Classification,
 * arXiv:1607.01759), beside the other features, then dense layers. Categories that come as an index are a bag of one.
 */
export const text: Trainer = {
  name: 'text',
  title: 'Text: embedded words',
  suits: 'text',
  uses: [...COMMON, 'layers', 'dropout'],
  hparams: { embedding: wholeWithin(1, 1024) },
  embeds: true,
  net({ plan, task, inputs, outputs, transform }) {
    const seed = layerSeeds(plan.seed)
    const units = (plan.hparams.embedding as number | undefined) ?? EMBEDDING
    const bags = partsOf(transform).flatMap(({ feature, from }) => {
      const places = entriesOf(feature)
      return places ? [{ entries: places.entries, from, to: from + places.count }] : []
    })
    const rest = restOf(bags, inputs)
    const embedded = bags.flatMap(({ entries, from, to }, i): NetLayer[] => [
      { name: `places_${i + 1}`, inputs: ['features'], kind: 'columns', from, to },
      {
        name: `bag_${i + 1}`,
        inputs: [`places_${i + 1}`],
        kind: 'embedding-bag',
        entries,
        units,
        seed: seed(),
      },
    ])
    const all = beside('all', [...bags.map((_, i) => `bag_${i + 1}`), ...rest.map(({ name }) => name)])
    const deep = denseLayers(plan, all.last, seed)
    return answered(
      [
        { name: 'features', inputs: [], kind: 'input', width: inputs },
        ...embedded,
        ...rest,
        ...all.layers,
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

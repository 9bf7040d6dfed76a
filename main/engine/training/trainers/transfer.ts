import { IMAGE_SCALES } from '../../encoding/index.ts'
import { denseLayers } from './denseLayers.ts'
import { answered, headName, layerSeeds } from './head.ts'
import { denseOf } from './image.ts'
import { COMMON, type Trainer } from './trainer.ts'

/**
 * Dense layers on the features that a trained model, the backbone, gives of a picture; the backbone itself stays as it
 * is. Hyper-parameters: `layer`, the node or layer of the backbone whose output are the features, and `scale`, what it
 * wants the values of a picture to be.
 */
export const transfer: Trainer = {
  name: 'transfer',
  title: 'Images: new head on a trained model',
  suits: 'images',
  uses: [...COMMON, 'layers', 'dropout', 'size', 'flip', 'backbone'],
  hparams: {
    layer: { takes: 'the name of a layer or node', fits: value => typeof value === 'string' && value !== '' },
    scale: {
      takes: `one of ${IMAGE_SCALES.join(', ')}`,
      fits: value => (IMAGE_SCALES as unknown[]).includes(value),
    },
  },
  embeds: false,
  net({ plan, task, inputs, outputs }) {
    const seed = layerSeeds(plan.seed)
    const deep = denseLayers(denseOf(plan), 'features', seed)
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

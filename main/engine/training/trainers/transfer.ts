import { IMAGE_SCALES } from '../../encoding/index.ts'
import { denseNet } from './denseNet.ts'
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
  net: ({ plan, ...shape }) => denseNet({ ...plan, ...denseOf(plan) }, shape),
}

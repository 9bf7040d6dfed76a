import { denseNet } from './denseNet.ts'
import { COMMON, type Trainer } from './trainer.ts'

/** Dense layers with ReLU, Glorot-uniform weights (Glorot and Bengio, 2010), dropout where it is wanted. */
export const tabular: Trainer = {
  name: 'tabular',
  title: 'Table: dense layers',
  suits: 'table',
  uses: [...COMMON, 'layers', 'dropout'],
  embeds: false,
  net: ({ plan, ...shape }) => denseNet(plan, shape),
}

import { seeded } from '../../kit/index.ts'
import type { Trainer } from './trainer.ts'

/** Dense layers with ReLU, Glorot-uniform weights (Glorot and Bengio, 2010), dropout where it is wanted. */
export const tabular: Trainer = {
  name: 'tabular',
  title: 'Table: dense layers',
  embeds: false,
  build(tf, { inputs, outputs, task, layers, dropout, seed }) {
    const random = seeded(seed, 0)
    const initial = () => tf.initializers.glorotUniform({ seed: Math.floor(random() * 2 ** 31) })
    const model = tf.sequential({ name: 'tabular' })
    model.add(tf.layers.inputLayer({ inputShape: [inputs], name: 'features' }))
    layers.forEach((units, i) => {
      model.add(
        tf.layers.dense({
          units,
          activation: 'relu',
          kernelInitializer: initial(),
          name: `dense_${i + 1}`,
        }),
      )
      if (dropout > 0) model.add(tf.layers.dropout({ rate: dropout, name: `dropout_${i + 1}` }))
    })
    const head = task === 'regression' ? 'value' : 'logits'
    model.add(tf.layers.dense({ units: outputs, kernelInitializer: initial(), name: head }))
    if (task !== 'regression')
      model.add(
        tf.layers.activation({
          activation: task === 'binary' ? 'sigmoid' : 'softmax',
          name: 'probabilities',
        }),
      )
    return model
  },
}

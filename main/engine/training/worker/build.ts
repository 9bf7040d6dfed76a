import type { LayersModel } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import { type NetSpec, topologyOf } from '../trainers/index.ts'
import { ownLayers } from './layers/index.ts'

/**
 * The functional TensorFlow.js model of a net, with its initial weights. It is read from the very description that is
 * kept beside trained weights, so what is trained and what is loaded later cannot differ.
 * @throws Failure `bad-input` where the layers do not fit together
 */
export async function build(tf: Tf, net: NetSpec, name?: string): Promise<LayersModel> {
  ownLayers(tf)
  const { modelTopology } = topologyOf(net, name)
  return await tf.loadLayersModel(tf.io.fromMemory({ modelTopology }))
}

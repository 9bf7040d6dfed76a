import type {
  LayersModel,
  layers,
  NamedTensorMap,
  Scalar,
  Tensor,
  Tensor2D,
  Variable,
} from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import { type NetLayer, type NetSpec, shapesOf, stepsOf } from '../trainers/index.ts'
import type { TrainWork } from '../work.ts'
import { adam } from './adam.ts'
import { rowsLearnedAtOnce } from './atOnce.ts'
import { build } from './build.ts'
import { lossGradient } from './lossGradient.ts'
import { type Step, stepFor } from './steps/index.ts'

/** A net that can be taught a batch at a time. */
export interface Net {
  model: LayersModel
  parameters: number
  /**
   * One step on `rows` rows; returns what the layer of the logits gave, before the step.
   * @param rate learning rate of this step
   * @param random draws the dropout of this step
   */
  teach(
    features: Float32Array,
    labels: Float32Array,
    rows: number,
    rate: number,
    random: () => number,
  ): Float32Array
  /** What the layer of the logits gives, without dropout. */
  compute(features: Float32Array, rows: number): Float32Array
  weights(): Float32Array[]
  setWeights(weights: Float32Array[]): void
  optimizer: ReturnType<typeof adam>
}

/** What a net has to know of its work. */
export type NetTask = Pick<TrainWork, 'net' | 'task' | 'inputs' | 'outputs' | 'classWeights'>

/** @param atOnce rows that are learned at once, see `atOnce.ts` */
export async function netOf(tf: Tf, work: NetTask, atOnce = rowsLearnedAtOnce(work.net)): Promise<Net> {
  const { net } = work
  const model = await build(tf, net)
  const layers = learned(tf, model, net)
  // In the order of the net; the model sorts its layers by how deep they lie.
  const variables = layers.flatMap(layer => layer.variables)
  const optimizer = adam(tf, variables)
  const forward = forwardOf(tf, net, layers)

  return {
    model,
    parameters: model.countParams(),
    optimizer,
    teach(features, labels, rows, rate, random) {
      const outputs = new Float32Array(rows * work.outputs)
      tf.tidy(() => {
        let sum: NamedTensorMap | undefined
        // Parts of a size, so that none is a handful of rows.
        const part = Math.ceil(rows / Math.ceil(rows / atOnce))
        for (let at = 0; at < rows; at += part) {
          const count = Math.min(part, rows - at)
          sum = tf.tidy(() => {
            const batch = tf.tensor2d(features.subarray(at * work.inputs, (at + count) * work.inputs), [
              count,
              work.inputs,
            ])
            const loss = tf.customGrad((logits, save) => {
              const given = (logits as Tensor).dataSync() as Float32Array
              outputs.set(given, at * work.outputs)
              const gradient = lossGradient(work, given, labels.subarray(at, at + count), rows)
              ;(save as (tensors: Tensor[]) => void)([tf.tensor(gradient, (logits as Tensor).shape)])
              // Only its gradient is wanted.
              return { value: tf.scalar(0), gradFunc: (_, [kept]) => (kept as Tensor).clone() }
            })
            const { grads } = tf.variableGrads(() => loss(forward(batch, random)) as Scalar, variables)
            if (!sum) return grads
            for (const [name, before] of Object.entries(sum)) {
              grads[name] = tf.add(before, grads[name] as Tensor)
            }
            return grads
          })
        }
        optimizer.apply(sum ?? {}, rate)
      })
      return outputs
    },
    compute: (features, rows) =>
      tf.tidy(() => Float32Array.from(forward(tf.tensor2d(features, [rows, work.inputs]), null).dataSync())),
    weights: () => optimizer.weights(),
    setWeights: weights => optimizer.setWeights(weights),
  }
}

/** A layer of a net as it is learned. */
export interface LearnedLayer {
  layer: NetLayer
  /** The Keras layers that it is, one after another; see `topologyOf`. */
  parts: layers.Layer[]
  variables: Variable[]
  quick: Step | undefined
}

/** The layers of a net up to the one that gives the logits, but the input. */
export function learned(tf: Tf, model: LayersModel, net: NetSpec): LearnedLayer[] {
  const names = stepsOf(net)
  const end = net.layers.findIndex(layer => layer.name === net.logits)
  return shapesOf(net)
    .slice(1, end + 1)
    .map(({ layer, inputs }) => {
      const parts = (names.get(layer.name) ?? []).map(name => model.getLayer(name))
      const variables = parts.flatMap(part => part.trainableWeights).map(weight => weight.read() as Variable)
      return { layer, parts, variables, quick: stepFor(tf, layer, inputs[0]?.length ?? 0, variables) }
    })
}

/** From a batch to its logits. The loss is taken of these: the probabilities of a sure net round to 0 and 1, where gradients end. */
export function forwardOf(tf: Tf, net: NetSpec, layers: LearnedLayer[]) {
  /** @param random null: no dropout */
  return (features: Tensor2D, random: (() => number) | null): Tensor2D => {
    const flows = new Map<string, { flow: Tensor; learns: boolean }>([
      [net.layers[0]?.name as string, { flow: features, learns: false }],
    ])
    for (const { layer, parts, variables, quick } of layers) {
      const from = layer.inputs.map(name => flows.get(name) as { flow: Tensor; learns: boolean })
      const learns = from.some(each => each.learns)
      let given = from.map(each => each.flow)
      if (layer.kind === 'dropout') {
        const [flow] = given as [Tensor]
        if (random) given = [tf.mul(flow, maskOf(tf, flow, layer.rate, random))]
      } else
        for (const [nth, part] of parts.entries())
          given = [
            quick && nth === parts.length - 1
              ? quick(given[0] as Tensor, learns)
              : (part.apply(given.length > 1 ? given : (given[0] as Tensor)) as Tensor),
          ]
      flows.set(layer.name, { flow: given[0] as Tensor, learns: learns || variables.length > 0 })
    }
    return (flows.get(net.logits) as { flow: Tensor }).flow as Tensor2D
  }
}

/** Inverted dropout (Srivastava et al., 2014): a unit is 0, or made larger by what the others lack. */
function maskOf(tf: Tf, flow: Tensor, rate: number, random: () => number): Tensor {
  const kept = 1 / (1 - rate)
  const mask = Float32Array.from({ length: flow.size }, () => (random() < rate ? 0 : kept))
  return tf.tensor(mask, flow.shape)
}

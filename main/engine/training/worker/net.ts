import type { LayersModel, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import { type NetSpec, stepsOf } from '../trainers/index.ts'
import type { TrainWork } from '../work.ts'
import { adam } from './adam.ts'
import { build } from './build.ts'
import { lossOf } from './loss.ts'

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

export async function netOf(tf: Tf, work: NetTask): Promise<Net> {
  const model = await build(tf, work.net)
  // In the order of the net; the model sorts its layers by how deep they lie.
  const variables = [...stepsOf(work.net).values()]
    .flat()
    .flatMap(name => model.getLayer(name).trainableWeights)
    .map(weight => weight.read() as Variable)
  const optimizer = adam(tf, variables)
  const forward = forwardOf(tf, model, work.net)
  const loss = lossOf(tf, work)

  return {
    model,
    parameters: model.countParams(),
    optimizer,
    teach(features, labels, rows, rate, random) {
      return tf.tidy(() => {
        const batch = tf.tensor2d(features, [rows, work.inputs])
        let outputs: Tensor | undefined
        const { grads } = tf.variableGrads(() => {
          const computed = forward(batch, random)
          outputs = tf.keep(computed)
          return loss(computed, labels).asScalar()
        }, variables)
        optimizer.apply(grads, rate)
        const values = (outputs as Tensor).dataSync() as Float32Array
        outputs?.dispose()
        return Float32Array.from(values)
      })
    },
    compute: (features, rows) =>
      tf.tidy(() => Float32Array.from(forward(tf.tensor2d(features, [rows, work.inputs]), null).dataSync())),
    weights: () => variables.map(variable => Float32Array.from(variable.dataSync())),
    setWeights(weights) {
      variables.forEach((variable, i) => {
        tf.tidy(() => variable.assign(tf.tensor(weights[i] as Float32Array, variable.shape)))
      })
    },
  }
}

/** From a batch to its logits. The loss is taken of these: the probabilities of a sure net round to 0 and 1, where gradients end. */
function forwardOf(tf: Tf, model: LayersModel, net: NetSpec) {
  const names = stepsOf(net)
  const steps = net.layers
    .slice(1, 1 + net.layers.findIndex(layer => layer.name === net.logits))
    .map(layer => ({ ...layer, parts: (names.get(layer.name) ?? []).map(name => model.getLayer(name)) }))
  const first = net.layers[0]?.name as string

  /** @param random null: no dropout */
  return (features: Tensor2D, random: (() => number) | null): Tensor2D => {
    const flows = new Map<string, Tensor>([[first, features]])
    for (const step of steps) {
      let given = step.inputs.map(name => flows.get(name) as Tensor)
      if (step.kind === 'dropout') {
        const [flow] = given as [Tensor]
        flows.set(step.name, random ? tf.mul(flow, maskOf(tf, flow, step.rate, random)) : flow)
        continue
      }
      for (const part of step.parts)
        given = [part.apply(given.length > 1 ? given : (given[0] as Tensor)) as Tensor]
      flows.set(step.name, given[0] as Tensor)
    }
    return flows.get(net.logits) as Tensor2D
  }
}

/** Inverted dropout (Srivastava et al., 2014): a unit is 0, or made larger by what the others lack. */
function maskOf(tf: Tf, flow: Tensor, rate: number, random: () => number): Tensor {
  const kept = 1 / (1 - rate)
  const mask = Float32Array.from({ length: flow.size }, () => (random() < rate ? 0 : kept))
  return tf.tensor(mask, flow.shape)
}

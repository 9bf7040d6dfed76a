import { fail } from '../../kit/index.ts'
import { type KerasLayer, kindOf, type RowShape } from './layers/index.ts'
import type { NetLayer, NetSpec } from './netSpec.ts'

/** What `topology.json` holds: a functional model as TensorFlow.js writes it, and its weights in the order of `weights.bin`. */
export interface Topology {
  modelTopology: {
    class_name: 'Functional'
    config: {
      name: string
      layers: (KerasLayer & { name: string; inbound_nodes: [string, number, number, object][][] })[]
      input_layers: [string, number, number][]
      output_layers: [string, number, number][]
    }
    keras_version: string
    backend: string
  }
  weightSpecs: WeightSpec[]
}

export interface WeightSpec {
  name: string
  shape: number[]
  dtype: 'float32'
}

/** A layer with what it is given and gives. */
export interface ShapedLayer {
  layer: NetLayer
  inputs: RowShape[]
  shape: RowShape
}

/**
 * The layers of a net with the shapes of their rows.
 * @throws Failure `bad-input` with the layer that does not fit the ones before it
 */
export function shapesOf(net: NetSpec): ShapedLayer[] {
  const shapes = new Map<string, RowShape>()
  const found = (name: string, by: string): RowShape => {
    const shape = shapes.get(name)
    if (!shape) throw wrong(`${by} takes from "${name}", which is not before it`)
    return shape
  }
  const shaped = net.layers.map((layer, nth): ShapedLayer => {
    if (shapes.has(layer.name)) throw wrong(`two layers are called "${layer.name}"`)
    if ((layer.kind === 'input') !== (nth === 0)) throw wrong('its first layer alone must be its input')
    const inputs = layer.inputs.map(name => found(name, `"${layer.name}"`))
    const shape = kindOf(layer).shape(layer, inputs)
    shapes.set(layer.name, shape)
    return { layer, inputs, shape }
  })
  found(net.logits, 'the loss')
  found(net.output, 'the answer')
  return shaped
}

const wrong = (why: string) =>
  fail('bad-input', `The net cannot be built: ${why}.`, 'Choose another trainer.')

/** The trained weights of a net in their order: layer by layer, within one as Keras has them. */
export const weightsOf = (net: NetSpec): WeightSpec[] =>
  shapesOf(net).flatMap(({ layer, inputs }) =>
    (kindOf(layer).weights?.(layer, inputs) ?? []).map(
      ([name, shape]): WeightSpec => ({ name: `${layer.name}/${name}`, shape, dtype: 'float32' }),
    ),
  )

/** How many numbers a net learns. */
export const parametersOf = (net: NetSpec): number =>
  weightsOf(net).reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0)

const stepName = ({ name }: NetLayer, nth: number, count: number): string =>
  nth === count - 1 ? name : `${name}.${nth + 1}`

/** The names of the Keras layers that each layer of a net is, one after another. */
export const stepsOf = (net: NetSpec): Map<string, string[]> =>
  new Map(
    shapesOf(net).map(({ layer, inputs }) => [
      layer.name,
      kindOf(layer)
        .keras(layer, inputs)
        .map((_, nth, all) => stepName(layer, nth, all.length)),
    ]),
  )

/**
 * A net as TensorFlow.js and Keras write one down, so that weights that were trained anywhere become a model. Layers
 * that Keras does in several steps have all but the last of these named after them with a number: `filter.1`.
 * @throws Failure `bad-input` where the layers do not fit together
 */
export function topologyOf(net: NetSpec, name = 'net'): Topology {
  const layers = shapesOf(net).flatMap(({ layer, inputs }) => {
    const steps = kindOf(layer).keras(layer, inputs)
    return steps.map(({ class_name, config }, nth) => {
      const named = stepName(layer, nth, steps.length)
      const from = nth === 0 ? layer.inputs : [stepName(layer, nth - 1, steps.length)]
      return {
        class_name,
        name: named,
        config: { ...config, name: named, ...(layer.kind !== 'input' && { trainable: true }) },
        inbound_nodes: from.length
          ? [from.map((source): [string, number, number, object] => [source, 0, 0, {}])]
          : [],
      }
    })
  })
  return {
    modelTopology: {
      class_name: 'Functional',
      config: {
        name,
        layers,
        input_layers: [[net.layers[0]?.name as string, 0, 0]],
        output_layers: [[net.output, 0, 0]],
      },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightSpecs: weightsOf(net),
  }
}

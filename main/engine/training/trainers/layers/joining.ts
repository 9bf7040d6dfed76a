import type { Kind, LayerOf } from './kind.ts'
import { refused } from './refused.ts'

/** One after another on the last axis. */
export const concat: Kind<LayerOf<'concat'>> = {
  shape(layer, inputs) {
    const [first] = inputs
    const before = first?.slice(0, -1).join()
    if (!first || inputs.length < 2 || inputs.some(shape => shape.slice(0, -1).join() !== before))
      throw refused(layer, inputs, 'two or more that differ in their last axis only')
    return [...first.slice(0, -1), inputs.reduce((sum, shape) => sum + (shape.at(-1) as number), 0)]
  },
  keras: () => [{ class_name: 'Concatenate', config: { axis: -1 } }],
}

export const add: Kind<LayerOf<'add'>> = {
  shape(layer, inputs) {
    const [first] = inputs
    if (!first || inputs.length < 2 || inputs.some(shape => shape.join() !== first.join()))
      throw refused(layer, inputs, 'two or more of one shape')
    return first
  },
  keras: () => [{ class_name: 'Add', config: {} }],
}

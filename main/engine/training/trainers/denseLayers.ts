import type { Plan } from '#contract'
import type { NetLayer } from './netSpec.ts'

/**
 * The dense layers of a plan, ReLU, each followed by dropout where it is wanted.
 * @param from the layer that the first one takes in
 * @returns them, and the name of the last one
 */
export function denseLayers(
  { layers, dropout }: Pick<Plan, 'layers' | 'dropout'>,
  from: string,
  seed: () => number,
): { layers: NetLayer[]; last: string } {
  const made: NetLayer[] = []
  let last = from
  layers.forEach((units, i) => {
    const name = `dense_${i + 1}`
    made.push({ name, inputs: [last], kind: 'dense', units, activation: 'relu', bias: true, seed: seed() })
    last = name
    if (dropout > 0) {
      last = `dropout_${i + 1}`
      made.push({ name: last, inputs: [name], kind: 'dropout', rate: dropout })
    }
  })
  return { layers: made, last }
}

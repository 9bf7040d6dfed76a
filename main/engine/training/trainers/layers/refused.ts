import { fail } from '../../../kit/index.ts'
import type { NetLayer } from '../netSpec.ts'
import type { RowShape } from './kind.ts'

/** A layer that cannot take in what it is given. */
export const refused = ({ name, kind }: NetLayer, given: RowShape[], wants: string) =>
  fail(
    'bad-input',
    `The layer "${name}" (${kind}) is given ${given.map(shape => `[${shape.join(', ')}]`).join(' and ') || 'nothing'} and takes ${wants}.`,
    'Take smaller windows, pictures or layers, or fewer of them.',
    { layer: name },
  )

/** The only shape that a layer is given. @param rank axes that it must have, without that of rows; null: any */
export function only(layer: NetLayer, inputs: RowShape[], rank: number | null, wants: string): RowShape {
  const [shape] = inputs
  if (!shape || inputs.length !== 1 || (rank !== null && shape.length !== rank))
    throw refused(layer, inputs, wants)
  return shape
}

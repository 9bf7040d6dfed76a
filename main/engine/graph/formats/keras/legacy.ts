import type { Tensor } from '../../graph.ts'
import type { Slot } from '../layers/slots.ts'
import { byName } from '../layers/weightStore.ts'
import type { Hdf5 } from './hdf5.ts'

/**
 * The weights of a legacy `.h5` file: `model_weights/<layer>` with a list of names, of Keras 2
 * (`model_weights/c1/c1/kernel:0`) and 3 (`model_weights/c1/kernel`). The weights of a model inside lie in one group.
 */
export class LegacyWeights {
  readonly #file: Hdf5
  readonly #paths = new Map<string, string>()

  constructor(file: Hdf5, slots: Slot[]) {
    this.#file = file
    const root = file.hasGroup('model_weights') ? 'model_weights' : ''
    const byLayer = Map.groupBy(slots, slot => slot.names[0] as string)
    const layers = file.list(root, 'layer_names') ?? file.names(root)
    for (const layer of layers) {
      const own = byLayer.get(layer)
      if (!own) continue
      const group = root ? `${root}/${layer}` : layer
      const names = file.list(group, 'weight_names') ?? []
      const ordered = own.toSorted((a, b) => Number(b.trainable) - Number(a.trainable))
      for (const [key, name] of byName(
        ordered,
        names.map(name => [name, name] as [string, string]),
      ))
        this.#paths.set(key, `${group}/${name}`)
    }
  }

  find(key: string): Tensor | undefined {
    const path = this.#paths.get(key)
    return path === undefined ? undefined : this.#file.tensor(path)
  }
}

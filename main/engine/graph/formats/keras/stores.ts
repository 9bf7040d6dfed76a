import type { Tensor } from '../../graph.ts'
import type { Slot, Step } from '../layers/slots.ts'
import type { ModelDef } from '../layers/topology.ts'
import type { Hdf5 } from './hdf5.ts'

/** Where a model keeps its layers: Keras 3, and the `.keras` of Keras 2.12 to 2.15. */
const CONTAINERS = ['layers', '_layer_checkpoint_dependencies']

/** Keras' name for a class in a file: `Conv2D` is `conv2d`, `PReLU` is `p_re_lu`. */
export const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()

/** The layer by itself, its part and the weight. */
const tailOf = ({ names, store, weight }: Slot): string => {
  const last = store.findLastIndex(step => 'layer' in step)
  const parts = store.slice(last + 1).flatMap(step => ('part' in step ? [step.part] : []))
  return [names.at(-1), ...parts, weight].join('/')
}

/**
 * The weights of a `.keras` file's `model.weights.h5`: they lie under the class of their layer and a counter
 * (`layers/conv2d_1/vars/0`). Newer files say the layer's name beside; for others the counting is done again.
 */
export class Stores {
  readonly #file: Hdf5
  readonly #slots: Map<string, Slot>
  #byTail: Map<string, Slot[]> | undefined
  readonly #groups = new Map<string, Map<string, string>>()

  constructor(file: Hdf5, slots: Slot[]) {
    this.#file = file
    this.#slots = new Map(slots.map(slot => [slot.key, slot]))
  }

  find(key: string): Tensor | undefined {
    const slot = this.#slots.get(key)
    if (!slot) return undefined
    return this.#read(slot) ?? this.#sharedWith(slot)
  }

  #read(slot: Slot): Tensor | undefined {
    const path = this.#pathOf(slot.store)
    return path === undefined ? undefined : this.#file.tensor(`${path}/vars/${slot.index}`)
  }

  /** A layer that stands in several models lies in the file once: in another model, under the same names. */
  #sharedWith(slot: Slot): Tensor | undefined {
    this.#byTail ??= Map.groupBy(this.#slots.values(), tailOf)
    const twins = (this.#byTail.get(tailOf(slot)) ?? []).filter(other => other !== slot)
    const common = (other: Slot) => {
      let count = 0
      while (count < slot.names.length && slot.names.at(-1 - count) === other.names.at(-1 - count)) count++
      return count
    }
    for (const twin of twins.sort((a, b) => common(b) - common(a))) {
      const found = this.#read(twin)
      if (found) return found
    }
    return undefined
  }

  #pathOf(steps: Step[]): string | undefined {
    let path: string | undefined = ''
    for (const step of steps) {
      path = 'part' in step ? this.#part(path, step.part) : this.#layersOf(path, step.among).get(step.layer)
      if (path === undefined) return undefined
    }
    return path
  }

  /** Keras kept some parts of layers under a name with an underscore. */
  #part(path: string, part: string): string | undefined {
    return [part, `_${part}`].map(name => `${path}/${name}`).find(place => this.#file.hasGroup(place))
  }

  /** The groups of a model's layers, by their names. */
  #layersOf(path: string, model: ModelDef): Map<string, string> {
    const known = this.#groups.get(path)
    if (known) return known
    const container = CONTAINERS.map(name => (path ? `${path}/${name}` : name)).find(place =>
      this.#file.hasGroup(place),
    )
    const found = new Map<string, string>()
    if (container !== undefined) {
      const groups = this.#file.names(container)
      for (const group of groups) {
        const name = this.#file.text(`${container}/${group}/vars`, 'name')
        if (name !== undefined) found.set(name, `${container}/${group}`)
      }
      const there = new Set(groups)
      const counts = new Map<string, number>()
      for (const { name, kind, calculation } of model.layers) {
        if (calculation) continue
        const base = snakeCase(kind === 'Model' ? 'Functional' : kind)
        const count = counts.get(base) ?? 0
        counts.set(base, count + 1)
        const counted = count === 0 ? base : `${base}_${count}`
        const group = there.has(counted) ? counted : there.has(name) ? name : undefined
        if (group !== undefined && !found.has(name)) found.set(name, `${container}/${group}`)
      }
    }
    this.#groups.set(path, found)
    return found
  }
}

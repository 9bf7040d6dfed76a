import { UniqueNames } from '../names.ts'

/**
 * Names for nodes. A tensor of TensorFlow Lite may be called after several layers at once, `a/Relu;a/BiasAdd;b`, as
 * something else is, or not at all; TensorFlow wants each name once, of letters, digits and `_.-/`.
 */
export class Names {
  readonly #unique = new UniqueNames()

  of(tensor: string): string {
    const [first = ''] = tensor.split(';')
    const letters = first.replace(/:0$/, '').replace(/[^A-Za-z0-9_.\-/]/g, '_')
    return this.#unique.of(/^[A-Za-z0-9.]/.test(letters) ? letters : `tensor${letters}`)
  }
}

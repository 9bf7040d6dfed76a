import type { PublicKey } from '../engine/release/index.ts'
import { type OpenedTensor, openTensor, type Tf } from '../engine/tensor/index.ts'
import type { Installed } from './current.ts'
import { checkInstalled } from './install.ts'
import { loadModel, type Model } from './model.ts'
import type { State } from './state.ts'

/** Brings installed releases into memory. Owns the tensor library, which is opened once, by whoever needs it first. */
export interface Loader {
  /** What computes, in words; empty until it is known. */
  readonly backend: string
  tf(): Promise<Tf>
  /** @throws Failure `tampered` where a file is damaged on disk, and those of `loadModel` */
  load(key: PublicKey, model: string, installed: Installed): Promise<Model>
}

export function openLoader(state: State): Loader {
  let tensor: Promise<OpenedTensor> | null = null
  let backend = ''

  async function tf(): Promise<Tf> {
    tensor ??= openTensor()
    const opened = await tensor
    backend = opened.detail
    return opened.tf
  }

  return {
    get backend() {
      return backend
    },
    tf,
    load: async (key, model, installed) =>
      loadModel(state, await checkInstalled(state, key, model, installed), await tf()),
  }
}

import { statSync } from 'node:fs'
import type { Format } from '../format.ts'
import { opened } from '../graphdef/format.ts'
import { lowerLayersModel } from '../layers.ts'
import { jsonOf, kindOf, readModelJson, unreadable } from './manifest.ts'
import { readManifest } from './weights.ts'

/** Layers as TensorFlow.js saves them, or as its converter writes them from Keras. */
export const tfjsLayers: Format = {
  name: 'tfjs-layers',
  title: 'TensorFlow.js layers model',
  match: (path, head) => kindOf(path, head) === 'layers',
  async open(path, options) {
    const model = readModelJson(path)
    const { weights, bytes } = readManifest(path, model)
    const weightSpecs: { name: string; shape: number[]; dtype: string }[] = []
    const weightData: ArrayBuffer[] = []
    for (const [name, value] of weights) {
      if (value.kind !== 'tensor') throw unreadable(`The weight "${name}" holds no numbers.`)
      const { dtype, shape, data } = value.value
      weightSpecs.push({ name, shape, dtype })
      weightData.push(data.buffer as ArrayBuffer)
    }
    const graph = lowerLayersModel({
      modelTopology: model.modelTopology as object,
      weightSpecs,
      weightData,
    })
    return opened('tfjs-layers', graph, bytes + statSync(jsonOf(path)).size, options)
  },
}

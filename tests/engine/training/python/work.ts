import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seeded } from '../../../../main/engine/kit/index.ts'
import type { NetLayer, NetSpec } from '../../../../main/engine/training/trainers/index.ts'
import { FILES, type TrainWork } from '../../../../main/engine/training/work.ts'

export const dense = (name: string, from: string, units: number, seed: number, relu = true): NetLayer => ({
  name,
  inputs: [from],
  kind: 'dense',
  units,
  activation: relu ? 'relu' : 'linear',
  bias: true,
  seed,
})

/** Classes of rows: dense layers, with dropout where it is wanted. */
export const classifier = (width: number, units: number[], classes: number, dropout = 0): NetSpec => {
  const layers: NetLayer[] = [{ name: 'features', inputs: [], kind: 'input', width }]
  let last = 'features'
  units.forEach((count, nth) => {
    layers.push(dense(`dense_${nth}`, last, count, 10 + nth))
    last = `dense_${nth}`
    if (dropout === 0) return
    layers.push({ name: `dropout_${nth}`, inputs: [last], kind: 'dropout', rate: dropout })
    last = `dropout_${nth}`
  })
  layers.push(dense('logits', last, classes, 99, false))
  layers.push({
    name: 'probabilities',
    inputs: ['logits'],
    kind: 'activation',
    activation: classes === 1 ? 'sigmoid' : 'softmax',
  })
  return { layers, logits: 'logits', output: 'probabilities' }
}

/** A work folder with rows of a rule with noise: three classes by which of three curved sums is the greatest. */
export function writeWork(
  folder: string,
  given: Partial<TrainWork> & { inputs: number; net: NetSpec },
): TrainWork {
  const work: TrainWork = {
    kind: 'train',
    trainer: 'tabular',
    backend: 'auto',
    epochs: 4,
    batch: 64,
    learningRate: 0.003,
    schedule: 'constant',
    warmup: 0,
    patience: 0,
    seed: 1,
    task: 'multiclass',
    outputs: 3,
    rows: { train: 1200, eval: 600 },
    classWeights: null,
    ...given,
  }
  mkdirSync(folder, { recursive: true })
  const random = seeded(5)
  const weights = Array.from({ length: work.inputs * 3 }, () => random() * 2 - 1)
  for (const split of ['train', 'eval'] as const) {
    const features = Float32Array.from({ length: work.rows[split] * work.inputs }, () => random() * 4 - 2)
    const labels = Float32Array.from({ length: work.rows[split] }, (_, row) => {
      const sums = [0, 1, 2].map(of => {
        let sum = (random() - 0.5) * 0.5
        for (let i = 0; i < work.inputs; i++)
          sum += Math.tanh(features[row * work.inputs + i] as number) * (weights[i * 3 + of] as number)
        return sum
      })
      if (work.task === 'regression') return sums[0] as number
      const greatest = sums.indexOf(Math.max(...sums))
      return work.task === 'binary' ? Number(greatest === 0) : greatest
    })
    writeFileSync(join(folder, FILES.features(split)), new Uint8Array(features.buffer))
    writeFileSync(join(folder, FILES.labels(split)), new Uint8Array(labels.buffer))
  }
  writeFileSync(join(folder, FILES.work), JSON.stringify(work))
  return work
}

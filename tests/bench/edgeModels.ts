/** Trains a net of pictures, tunes all of it, trains only its head anew, and saves the three: edgeModels.ts FOLDER */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { seeded } from '../../main/engine/kit/index.ts'
import { openTensor } from '../../main/engine/tensor/index.ts'
import type { NetLayer, NetSpec } from '../../main/engine/training/trainers/index.ts'
import { multiplicationsOf } from '../../main/engine/training/worker/multiplications.ts'
import { netOf } from '../../main/engine/training/worker/net.ts'
import { npy } from '../engine/optimization/numpy.ts'

const folder = process.argv[2] as string
const [SIDE, CLASSES, BATCH, ROWS] = [16, 10, 32, 1280]
const INPUTS = SIDE * SIDE

const filters = (name: string, from: string, count: number): NetLayer => ({
  ...{ name, inputs: [from], kind: 'conv2d', filters: count, size: 3, strides: 1, padding: 'same' },
  ...{ activation: 'relu', seed: count },
})
const dense = (name: string, from: string, units: number, seed: number): NetLayer => ({
  ...{ name, inputs: [from], kind: 'dense', units, bias: true, seed },
  activation: name === 'logits' ? 'linear' : 'relu',
})
const net: NetSpec = {
  layers: [
    { name: 'features', inputs: [], kind: 'input', width: INPUTS },
    { name: 'picture', inputs: ['features'], kind: 'reshape', shape: [SIDE, SIDE, 1] },
    filters('conv_1', 'picture', 16),
    { name: 'pool_1', inputs: ['conv_1'], kind: 'max-pool-2d', size: 2 },
    filters('conv_2', 'pool_1', 32),
    { name: 'pool_2', inputs: ['conv_2'], kind: 'max-pool-2d', size: 2 },
    { name: 'flat', inputs: ['pool_2'], kind: 'flatten' },
    dense('dense_1', 'flat', 256, 1),
    dense('dense_2', 'dense_1', 128, 2),
    dense('logits', 'dense_2', CLASSES, 3),
  ] as NetLayer[],
  logits: 'logits',
  output: 'logits',
}

/** Pictures of ten shapes under noise; `drift` turns each shape a little into another one. */
function pictures(seed: number, drift: number) {
  const shape = seeded(7)
  const shapes = Array.from({ length: CLASSES + 1 }, () => Float32Array.from({ length: INPUTS }, shape))
  const random = seeded(seed)
  const y = Float32Array.from({ length: ROWS }, () => Math.floor(random() * CLASSES))
  const x = new Float32Array(ROWS * INPUTS)
  for (let row = 0; row < ROWS; row++)
    for (let i = 0; i < INPUTS; i++) {
      const own = shapes[y[row] as number]?.[i] as number
      const next = shapes[(y[row] as number) + 1]?.[i] as number
      x[row * INPUTS + i] = own * (1 - drift) + next * drift + (random() - 0.5) * 1.5
    }
  return { x, y }
}

const { tf } = await openTensor({ backend: 'auto', multiplications: BATCH * multiplicationsOf(net) })
const taught = await netOf(tf, {
  net,
  task: 'multiclass',
  inputs: INPUTS,
  outputs: CLASSES,
  classWeights: null,
})
const random = seeded(1)

function train(data: ReturnType<typeof pictures>, rate: number, epochs: number, after = () => {}): void {
  for (let epoch = 0; epoch < epochs; epoch++)
    for (let at = 0; at + BATCH <= ROWS; at += BATCH) {
      taught.teach(
        data.x.subarray(at * INPUTS, (at + BATCH) * INPUTS),
        data.y.subarray(at, at + BATCH),
        BATCH,
        rate,
        random,
      )
      after()
    }
}

function accuracy({ x, y }: ReturnType<typeof pictures>): number {
  const scores = taught.compute(x, ROWS)
  let right = 0
  for (let row = 0; row < ROWS; row++) {
    const own = scores.subarray(row * CLASSES, (row + 1) * CLASSES)
    if (own.indexOf(Math.max(...own)) === y[row]) right++
  }
  return right / ROWS
}

async function save(name: string): Promise<void> {
  mkdirSync(join(folder, name), { recursive: true })
  await taught.model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      writeFileSync(join(folder, name, 'weights.bin'), Buffer.from(weightData as ArrayBuffer))
      const model = {
        format: 'layers-model',
        modelTopology,
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      }
      writeFileSync(join(folder, name, 'model.json'), JSON.stringify(model))
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    }),
  )
}

const before = pictures(1, 0)
const drifted = pictures(2, 0.25)
train(before, 0.001, 6)
const base = taught.weights()
const report = { base: accuracy(before), drifted: accuracy(drifted), tuned: 0, head: 0 }
await save('base')
train(drifted, 0.0001, 3)
report.tuned = accuracy(drifted)
await save('tuned')
// Kernel and bias of the last layer learn; everything else is put back after each step.
const backTo = () => taught.setWeights([...base.slice(0, -2), ...taught.weights().slice(-2)])
taught.setWeights(base)
train(drifted, 0.001, 3, backTo)
report.head = accuracy(drifted)
await save('head')
const rows = before.x.slice(0, 64 * INPUTS)
const array = npy('<f4', [64, INPUTS], new Uint8Array(rows.buffer))
writeFileSync(join(folder, 'rows.npz'), zipSync({ 'features.npy': array }))
console.log(JSON.stringify(report))

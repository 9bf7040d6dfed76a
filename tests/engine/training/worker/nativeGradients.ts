/**
 * A process of its own for native TensorFlow, since a process has one backend. Prints as JSON how far its gradients, and a
 * whole training step of each net, are from those of the plain backend, as a share of the largest number.
 */
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs'
import { seeded } from '../../../../main/engine/kit/index.ts'
import { biasGrad, openTensor, reluGrad } from '../../../../main/engine/tensor/index.ts'
import { type NetTask, netOf } from '../../../../main/engine/training/worker/net.ts'
import { NETS, rowsOf } from '../nets/every.ts'

const { tf } = await openTensor({ backend: 'tensorflow' })
const random = seeded(4)
const noise = (...shape: number[]) => {
  const length = shape.reduce((all, size) => all * size, 1)
  return { shape, data: Float32Array.from({ length }, () => random() * 2 - 1) }
}
type Made = ReturnType<typeof noise>

const off = (ours: ArrayLike<number>, theirs: ArrayLike<number>) => {
  const largest = Math.max(...Array.from(theirs, Math.abs), 1e-6)
  if (ours.length !== theirs.length) return Number.MAX_VALUE
  const each = Array.from(ours, (value, i) => Math.abs(value - (theirs[i] as number)) / largest)
  return Math.max(...each)
}

async function on(backend: string, made: Made[], compute: (...given: Tensor[]) => Tensor) {
  await tf.setBackend(backend)
  const { numTensors } = tf.memory()
  const values = tf.tidy(() => compute(...made.map(({ data, shape }) => tf.tensor(data, shape))).dataSync())
  if (tf.memory().numTensors !== numTensors) throw new Error(`${backend} keeps tensors`)
  return Float32Array.from(values)
}

const differences: Record<string, number> = {}
async function compare(
  name: string,
  made: Made[],
  compute: (...given: Tensor[]) => Tensor,
  plain: (...given: Tensor[]) => Tensor = compute,
) {
  differences[name] = off(await on('tensorflow', made, compute), await on('cpu', made, plain))
}

for (const shape of [[1], [5], [3, 4], [2, 3, 4], [2, 5, 7, 3], [129, 33]]) {
  const [dy, y] = [noise(...shape), noise(...shape)]
  y.data.forEach((value, i) => {
    y.data[i] = Math.max(0, value)
  })
  await compare(`ReluGrad ${shape}`, [dy, y], (d, o) => reluGrad(tf, d as Tensor, o as Tensor))
  if (shape.length > 1) await compare(`BiasAddGrad ${shape}`, [dy], given => biasGrad(tf, given as Tensor))
}
for (const [n, k, m] of [
  [1, 1, 1],
  [3, 4, 5],
  [128, 108, 100],
  [7, 300, 1],
] as const)
  for (const activation of ['linear', 'relu'])
    await compare(
      `_FusedMatMul ${n} ${k} ${m} ${activation}`,
      [noise(n, k), noise(k, m), noise(m)],
      (a, b, bias) =>
        tf.engine().runKernel('_FusedMatMul', { a, b, bias } as NamedTensorMap, {
          ...{ transposeA: false, transposeB: false, activation },
        }) as Tensor,
      (a, b, bias) => {
        const out = tf.add(tf.matMul(a as Tensor, b as Tensor), bias as Tensor)
        return activation === 'relu' ? tf.relu(out) : out
      },
    )

const ROWS = 8
for (const [name, { net, width }] of Object.entries(NETS)) {
  const task: NetTask = { net, task: 'multiclass', inputs: width, outputs: 3, classWeights: [1, 2, 3] }
  const moments: Float32Array[][] = []
  for (const backend of ['tensorflow', 'cpu']) {
    await tf.setBackend(backend)
    const taught = await netOf(tf, task)
    const labels = Float32Array.from({ length: ROWS }, (_, i) => i % 3)
    taught.teach(rowsOf(name, ROWS, seeded(5)), labels, ROWS, 0.01, seeded(6))
    // The first moments after one step are a tenth of the gradients.
    moments.push(taught.optimizer.state().moments.slice(0, taught.weights().length))
  }
  const [native, plain] = moments as [Float32Array[], Float32Array[]]
  plain.forEach((part, i) => {
    differences[`${name}, weights ${i + 1}`] = off(native[i] as Float32Array, part)
  })
}
console.log(JSON.stringify(differences))

import type { Tensor, TensorInfo } from '@tensorflow/tfjs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { afterAll, describe, expect, test } from 'vitest'
import { FailureError, seeded } from '../../../../main/engine/kit/index.ts'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import { guardMemory } from '../../../../main/engine/tensor/kernels/memory.ts'
import type { NetLayer, NetSpec } from '../../../../main/engine/training/trainers/index.ts'
import { rowsLearnedAtOnce } from '../../../../main/engine/training/worker/atOnce.ts'
import { type NetTask, netOf } from '../../../../main/engine/training/worker/net.ts'
import { NETS, rowsOf } from '../nets/every.ts'

const { tf } = await openTensor({ backend: 'wasm' })
const backend = tf.findBackend('wasm') as unknown as BackendWasm
const heapOf = () => (backend.wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8.length / 2 ** 20
afterAll(() => tf.disposeVariables())

const random = seeded(11)
const whole = (low: number, high: number) => low + Math.floor(random() * (high - low + 1))
const pick = <T>(all: readonly T[]): T => all[whole(0, all.length - 1)] as T
const noise = (length: number) => Float32Array.from({ length }, () => random() * 2 - 1)

describe('a product on WASM', () => {
  /** Row by row, in 64 bits. */
  const expected = (a: ArrayLike<number>, b: ArrayLike<number>, n: number, k: number, m: number) =>
    Array.from({ length: n * m }, (_, i) => {
      let sum = 0
      for (let j = 0; j < k; j++)
        sum += (a[Math.floor(i / m) * k + j] as number) * (b[j * m + (i % m)] as number)
      return sum
    })
  const off = (ours: Tensor, theirs: number[]) =>
    Math.max(...Array.from(ours.dataSync(), (value, i) => Math.abs(value - (theirs[i] as number))))

  test.each(['BatchMatMul', '_FusedMatMul'])('by %s with data that was multiplied in another shape', name => {
    const data = noise(24)
    tf.tidy(() => {
      const flat = tf.tensor1d(data)
      for (const [k, m] of [
        ...([
          [4, 6],
          [6, 4],
          [2, 12],
          [24, 1],
          [4, 6],
        ] as const),
      ]) {
        const left = noise(5 * k)
        const inputs = { a: tf.tensor2d(left, [5, k]), b: tf.reshape(flat, [k, m]) }
        const attrs = { transposeA: false, transposeB: false, activation: 'linear' }
        const out = tf.engine().runKernel(name, inputs, attrs) as Tensor
        expect(off(out, expected(left, data, 5, k, m))).toBeLessThan(1e-5)
      }
    })
  })

  test.each([
    [3, 300, 40],
    [17, 257, 31],
    [300, 15, 2],
    [1, 1000, 3],
  ])('with an operand of %d by %d turned around', (n, k, m) => {
    const [a, b] = [noise(n * k), noise(k * m)]
    const turned = (data: Float32Array, rows: number, columns: number) =>
      Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number)
    const attrs = { transposeA: true, transposeB: true }
    tf.tidy(() => {
      const inputs = { a: tf.tensor2d(turned(a, n, k), [k, n]), b: tf.tensor2d(turned(b, k, m), [m, k]) }
      const out = tf.engine().runKernel('BatchMatMul', inputs, attrs) as Tensor
      expect(off(out, expected(a, b, n, k, m))).toBeLessThan(1e-4)
    })
  })
})

test('the gradient of pooling goes to the first of the largest, at odd sizes too', () => {
  const shape: [number, number, number, number] = [2, 5, 7, 3]
  const x = Float32Array.from({ length: 210 }, () => whole(-2, 2))
  const dy = noise(2 * 2 * 3 * 3)
  const gradient = tf.tidy(() =>
    tf
      .grad(given => tf.sum(tf.mul(tf.maxPool(given as never, 2, 2, 'valid'), tf.tensor(dy, [2, 2, 3, 3]))))(
        tf.tensor4d(x, shape),
      )
      .dataSync(),
  )
  const sums = new Float32Array(210)
  for (let i = 0; i < dy.length; i++) {
    const [c, ox, oy, b] = [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9) % 2, Math.floor(i / 18)]
    const places = [0, 1].flatMap(y => [0, 1].map(z => ((b * 5 + oy * 2 + y) * 7 + ox * 2 + z) * 3 + c))
    const best = places.reduce((top, at) => ((x[at] as number) > (x[top] as number) ? at : top))
    sums[best] = (sums[best] as number) + (dy[i] as number)
  }
  expect([...gradient]).toEqual([...sums])
})

/** A net of any kind and size, and how wide a row of it is. */
function drawn(): { net: NetSpec; width: number; entries: number | null } {
  const seed = () => whole(0, 1e6)
  const layers: NetLayer[] = []
  let entries: number | null = null
  const add = (layer: object) => {
    const name = `layer_${layers.length}`
    const before = layers.at(-1)?.name
    layers.push({ name, inputs: before ? [before] : [], ...layer } as NetLayer)
  }
  const dense = (units: number, activation = 'relu') =>
    add({ kind: 'dense', units, activation, bias: true, seed: seed() })
  const kind = pick(['wide', 'pictures', 'steps', 'memory', 'words'] as const)
  const [height, length, channels] = [whole(3, 28), whole(3, 28), whole(1, 4)]
  const width = { wide: 5000, words: length }[kind as 'wide'] ?? height * length * channels
  add({ kind: 'input', width })
  if (kind === 'wide') for (let i = whole(0, 2); i >= 0; i--) dense(whole(1, 300))
  if (kind === 'words') {
    entries = whole(2, 50_000)
    add({ kind: 'embedding-bag', entries, units: whole(1, 40), seed: seed() })
  }
  if (kind === 'pictures') {
    add({ kind: 'reshape', shape: [height, length, channels] })
    const convolve = () =>
      add({
        ...{ kind: 'conv2d', filters: whole(1, 40), size: whole(1, 3), strides: whole(1, 2), seed: seed() },
        ...{ padding: 'same', activation: pick(['relu', 'linear', 'tanh']) },
      })
    convolve()
    if (Math.min(height, length) >= 4) add({ kind: 'max-pool-2d', size: 2 })
    convolve()
    add({ kind: pick(['flatten', 'global-average-pool-2d']) })
  }
  if (kind === 'steps' || kind === 'memory') add({ kind: 'reshape', shape: [height, length * channels] })
  if (kind === 'memory') add({ kind: 'gru', units: whole(1, 30), seed: seed() })
  if (kind === 'steps') {
    const about = { kind: 'conv1d', strides: 1, activation: 'relu' }
    add({ ...about, filters: whole(1, 40), size: 3, padding: 'causal', seed: seed() })
    add({ ...about, filters: whole(1, 40), size: whole(1, 3), padding: 'same', seed: seed() })
    add({ kind: 'global-average-pool-1d' })
  }
  dense(3, 'linear')
  const logits = layers.at(-1)?.name as string
  return { net: { layers, logits, output: logits }, width, entries }
}

test('16 nets of all kinds in batches of odd sizes learn while the memory grows by hundreds of megabytes', async () => {
  const begun = heapOf()
  const held: TensorInfo[] = []
  for (let nth = 0; nth < 16; nth++) {
    const { net, width, entries } = drawn()
    const task = { net, task: 'multiclass', inputs: width, outputs: 3, classWeights: null } as const
    const taught = await netOf(tf, task)
    for (const rows of [whole(1, 100), whole(1, 100), 1]) {
      const x = noise(rows * width)
      const features = entries ? x.map(() => whole(0, entries - 1)) : x
      const labels = Float32Array.from({ length: rows }, () => whole(0, 2))
      const logits = taught.teach(features, labels, rows, 0.001, random)
      expect(logits.length).toBe(rows * 3)
      expect(taught.compute(features, rows).every(Number.isFinite)).toBe(true)
      // The memory fills and grows at every place of a step, sooner or later.
      held.push(tf.zeros([whole(1, 6_000_000)]))
    }
    expect(taught.weights().every(part => part.every(Number.isFinite))).toBe(true)
    taught.model.dispose()
  }
  tf.dispose(held as Tensor[])
  expect(heapOf() - begun).toBeGreaterThan(300)
}, 60_000)

describe('a batch that is too large to be learned at once', () => {
  test.each(Object.keys(NETS))('is learned in parts, which is the same step: "%s"', async name => {
    const { net, width } = NETS[name] as (typeof NETS)[string]
    const task: NetTask = { net, task: 'multiclass', inputs: width, outputs: 3, classWeights: [1, 2, 3] }
    const features = rowsOf(name, 9, seeded(2))
    const labels = Float32Array.from({ length: 9 }, (_, i) => i % 3)
    const [one, parts] = [await netOf(tf, task), await netOf(tf, task, 4)]
    const logits = [one, parts].map(each => each.teach(features, labels, 9, 0.01, seeded(3))) as [
      Float32Array,
      Float32Array,
    ]
    logits[1].forEach((value, i) => {
      expect(Math.abs(value - (logits[0][i] as number))).toBeLessThan(1e-5)
    })
    // The first step of Adam goes by the sign of a gradient; the moments say how large it was.
    one.optimizer.state().moments.forEach((moment, i) => {
      const own = parts.optimizer.state().moments[i] as Float32Array
      moment.forEach((value, at) => {
        expect(Math.abs(value - (own[at] as number))).toBeLessThan(1e-6)
      })
    })
  })

  test('is one whose layers need more than a gigabyte', () => {
    const picture = (side: number): NetSpec => ({
      layers: [
        { name: 'features', inputs: [], kind: 'input', width: side * side * 3 },
        { name: 'picture', inputs: ['features'], kind: 'reshape', shape: [side, side, 3] },
        {
          ...{ name: 'conv', inputs: ['picture'], kind: 'conv2d', filters: 16, size: 3, strides: 1 },
          ...{ padding: 'same', activation: 'relu', seed: 1 },
        },
      ] as NetLayer[],
      logits: 'conv',
      output: 'conv',
    })
    expect(rowsLearnedAtOnce(picture(28))).toBeGreaterThan(1024)
    expect(rowsLearnedAtOnce(picture(512))).toBeLessThan(16)
    expect(rowsLearnedAtOnce(picture(4096))).toBe(1)
  })
})

test('memory that is full is said in words, and what was there goes on', async () => {
  const { net, width } = NETS.pictures as (typeof NETS)[string]
  const task = { net, task: 'multiclass', inputs: width, outputs: 3, classWeights: null } as const
  const taught = await netOf(tf, task)
  const [features, labels] = [rowsOf('pictures', 4, seeded(1)), Float32Array.of(0, 1, 2, 0)]
  // For real: 4 GB of address space, of which next to nothing is touched.
  const held: Tensor[] = []
  const refused = () => {
    for (let i = 0; i < 9; i++) held.push(tf.tensor(new Float32Array(0), [0]), reserve(2 ** 29))
  }
  const reserve = (bytes: number) =>
    tf.engine().makeTensorFromTensorInfo(backend.makeOutput([bytes / 4], 'float32'))
  expect(refused).toThrow(FailureError)
  expect(refused).toThrow(/do not fit in the memory/)
  tf.dispose(held)
  expect(taught.teach(features, labels, 4, 0.01, random).every(Number.isFinite)).toBe(true)

  guardMemory(backend, 2 ** 20)
  expect(() => taught.teach(features, labels, 4, 0.01, random)).toThrow(/do not fit/)
})

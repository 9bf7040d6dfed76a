import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { seeded } from '../../../main/engine/kit/index.ts'
import { adamPiece, handsOf } from '../../../main/engine/tensor/kernels/hands/index.ts'
import { type Simd, simdOf, withSharedMemory } from '../../../main/engine/tensor/kernels/simd/index.ts'
import { temporaryFolder } from '../../contract/house.ts'

const door = join(import.meta.dirname, '../../../main/engine/tensor/index.ts')
const PAGES = { initial: 4, maximum: 4 }

test('the package with a memory that threads share is a valid module, and one without memory is left alone', () => {
  const folder = dirname(createRequire(door).resolve('@tensorflow/tfjs-backend-wasm'))
  for (const name of ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm.wasm']) {
    const before = readFileSync(join(folder, name))
    const after = withSharedMemory(before) as Uint8Array<ArrayBuffer>
    expect(WebAssembly.validate(after)).toBe(true)
    expect(after.length - before.length).toBeLessThan(8)
  }
  expect(withSharedMemory(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))).toBeNull()
})

test('each piece of each of 20,000 rounds is done once, whoever does it', () => {
  const [shared, own] = [true, false].map(each => new WebAssembly.Memory({ ...PAGES, shared: each })) as [
    WebAssembly.Memory,
    WebAssembly.Memory,
  ]
  const many = handsOf(shared, simdOf(shared) as Simd, 3)
  const one = handsOf(own, simdOf(own) as Simd, 3)
  expect([many.count, one.count]).toEqual([3, 1])
  const random = seeded(5)
  const SIZE = 4000
  for (const { buffer } of [shared, own]) {
    const all = new Float32Array(buffer, 0, 64 + SIZE * 4)
    all.set([0.9, 0.1, 0.999, 0.001, 0.01, 1e-7, 1e-36])
    for (let i = 64; i < all.length; i++) all[i] = Math.sin(i) ** 2
  }
  const part = (nth: number) => (64 + nth * SIZE) * 4
  for (let round = 0; round < 20_000; round++) {
    const quads = 1 + Math.floor(random() * 40)
    const each = 1 + Math.floor(random() * 4)
    const from = Math.floor(random() * (SIZE / 4 - quads)) * 16
    const [weights, ...rest] = [0, 1, 2, 3].map(nth => part(nth) + from) as [number, ...number[]]
    for (const hands of [many, one])
      hands.share(adamPiece, [weights, weights, ...rest, 0, quads, each], Math.ceil(quads / each), false)
  }
  expect(Buffer.compare(Buffer.from(shared.buffer), Buffer.from(own.buffer))).toBe(0)
})

test('a piece that fails on any thread fails the whole, and the next round is done', () => {
  const memory = new WebAssembly.Memory({ ...PAGES, shared: true })
  const hands = handsOf(memory, simdOf(memory) as Simd, 2)
  const beyond = 4 * 2 ** 16
  const step = (at: number) => () => hands.share(adamPiece, [at, at, at, at, at, 0, 64, 1], 64, false)
  expect(step(beyond)).toThrow('adamPiece')
  expect(step(1024)).not.toThrow()
})

test('a net learns the same to the bit on one thread and on three', async () => {
  const file = join(temporaryFolder().path, 'threads.mts')
  writeFileSync(
    file,
    `import { createHash } from 'node:crypto'
     import { openTensor } from ${JSON.stringify(door)}
     const { tf, detail } = await openTensor({ backend: 'wasm', threads: Number(process.argv[2]) })
     const uneven = shape => tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)), shape)
     const hash = createHash('sha256')
     const add = tensor => hash.update(tensor.dataSync())
     for (const [n, k, m] of [[131, 520, 301], [7, 900, 1100], [1500, 33, 64]]) {
       add(tf.matMul(uneven([n, k]), uneven([k, m])))
       add(tf.matMul(uneven([k, n]), uneven([m, k]), true, true))
       add(tf.fused.matMul({ a: uneven([n, k]), b: uneven([k, m]), bias: uneven([m]), activation: 'relu' }))
     }
     const [x, filter] = [uneven([16, 28, 28, 16]), uneven([3, 3, 16, 32])]
     const grads = tf.grads((x, filter) => tf.conv2d(x, filter, 1, 'same'))
     for (const each of grads([x, filter])) add(each)
     const shape = [300, 301]
     add(tf.engine().runKernel('AdamStep', { weights: uneven(shape), gradient: uneven(shape), first: tf.zeros(shape), second: tf.zeros(shape) },
       { beta1: 0.9, beta2: 0.999, step: 0.01, epsilon: 1e-7, least: 1e-36 }))
     console.log(JSON.stringify([detail, hash.digest('hex')]))`,
  )
  const on = async (threads: number) =>
    JSON.parse((await promisify(execFile)(process.execPath, [file, String(threads)])).stdout) as [
      string,
      string,
    ]
  const [[alone, one], [together, three]] = await Promise.all([on(1), on(3)])
  expect(alone).not.toContain('threads')
  expect(together).toContain('on 3 threads')
  expect(three).toBe(one)
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  arenaBytes,
  type LiteModel,
  type LiteOperator,
  type LiteTensor,
  readTflite,
} from '../../../main/engine/graph/formats/tflite/index.ts'

const bytes = (size: number): LiteTensor => ({ name: '', type: 'int8', shape: [size] })

const step = (inputs: number[], outputs: number[]): LiteOperator => ({
  op: 'ADD',
  version: 1,
  inputs,
  outputs,
  options: {},
})

const modelOf = (
  tensors: LiteTensor[],
  operators: LiteOperator[],
  inputs: number[],
  outputs: number[],
): LiteModel => ({
  description: '',
  subgraphs: [{ name: '', tensors, operators, inputs, outputs }],
  signatures: [],
  metadata: [],
})

test('a chain needs its input and output and the two largest neighbors', () => {
  const tensors = [16, 1000, 320, 640, 32].map(bytes)
  const operators = [0, 1, 2, 3].map(i => step([i], [i + 1]))
  // The input and what nobody reads stay to the end; 1000 is aligned to 1008, 640 lies over it.
  expect(arenaBytes(modelOf(tensors, operators, [0], [4]))).toBe(16 + 1008 + 320)
})

test('a skip keeps its tensor, constants and what is left out take nothing', () => {
  const constant = { ...bytes(5000), data: new Uint8Array(5000) }
  const tensors = [bytes(16), bytes(160), bytes(160), bytes(160), constant]
  const operators = [step([0, 4, -1], [1]), step([1], [2]), step([2, 1], [3])]
  expect(arenaBytes(modelOf(tensors, operators, [0], [3]))).toBe(16 + 3 * 160)
})

test('the smallest gap that is large enough is taken', () => {
  // After the fourth step 300 and 100 are free; 90 goes into the place of the 100 though the 300 comes first.
  const sizes = [16, 304, 64, 96, 64, 96, 304]
  const tensors = sizes.map(bytes)
  const operators = [step([0], [1, 2, 3, 4]), step([1, 3], [5]), step([2, 4, 5], [6])]
  expect(arenaBytes(modelOf(tensors, operators, [0], [6]))).toBeLessThanOrEqual(16 + 304 + 64 + 96 + 64 + 96)
})

test('variables and unread results stay; several graphs and unknown sizes are not counted', () => {
  const state: LiteTensor = { ...bytes(48), isVariable: true }
  const tensors = [bytes(16), state, bytes(80), bytes(80)]
  const model = modelOf(tensors, [step([0, 1], [2]), step([0], [3])], [0], [3])
  expect(arenaBytes(model)).toBe(16 + 48 + 80 + 80)
  expect(arenaBytes({ ...model, subgraphs: [...model.subgraphs, ...model.subgraphs] })).toBeNull()
  const text: LiteTensor = { name: '', type: 'string', shape: [1] }
  expect(arenaBytes(modelOf([bytes(16), text], [step([0], [1])], [0], [1]))).toBeNull()
})

test('what lives at the same time never shares memory, and never takes more than all of it', () => {
  const graph = fc.array(
    fc.record({ size: fc.integer({ min: 1, max: 5000 }), back: fc.integer({ min: 1, max: 6 }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  fc.assert(
    fc.property(graph, nodes => {
      const sizes = [64, ...nodes.map(({ size }) => size)]
      const operators = nodes.map(({ back }, i) => step([i, Math.max(0, i + 1 - back)], [i + 1]))
      const bytesNeeded = arenaBytes(modelOf(sizes.map(bytes), operators, [0], [nodes.length])) as number
      const aligned = sizes.map(size => Math.ceil(size / 16) * 16)
      // At each step its input and output, and what is read later, must be there at once.
      const lastRead = sizes.map((_, i) =>
        i === 0 || i === nodes.length
          ? nodes.length
          : Math.max(...operators.flatMap((o, at) => (o.inputs.includes(i) ? [at] : [i - 1]))),
      )
      const busiest = Math.max(
        ...operators.map((_, at) =>
          aligned.reduce(
            (sum, _, i) => sum + (i - 1 <= at && (lastRead[i] as number) >= at ? (sizes[i] as number) : 0),
            0,
          ),
        ),
      )
      expect(bytesNeeded).toBeGreaterThanOrEqual(busiest)
      expect(bytesNeeded).toBeLessThanOrEqual(aligned.reduce((sum, size) => sum + size, 0))
    }),
  )
})

test('quantized values take a quarter', () => {
  const file = (name: string) =>
    readTflite(readFileSync(join(import.meta.dirname, '../../golden/graph/tflite', `${name}.tflite`)))
  const [float, whole] = [arenaBytes(file('convnet_float')), arenaBytes(file('convnet_int8io'))] as [
    number,
    number,
  ]
  expect(float / whole).toBeGreaterThan(3.5)
  expect(float / whole).toBeLessThan(4.1)
})

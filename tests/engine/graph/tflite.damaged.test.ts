import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Builder } from 'flatbuffers'
import { expect, test } from 'vitest'
import {
  arenaBytes,
  type LiteModel,
  minRuntimeVersion,
  raise,
  readTflite,
  signaturesOf,
  withAllOutputs,
  writeTflite,
} from '../../../main/engine/graph/formats/tflite/index.ts'
import { FailureError } from '../../../main/engine/kit/index.ts'

const folder = join(import.meta.dirname, '../../golden/graph/tflite')
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, `${name}.tflite`)))
const FILES = ['convnet_int8io', 'shapes', 'recurrent', 'labels'].map(bytesOf)

/** Does all that is done with a file that a person drops in. What it throws must be a failure in words. */
function survives(bytes: Uint8Array): LiteModel | undefined {
  try {
    const model = readTflite(bytes)
    minRuntimeVersion(model)
    arenaBytes(model)
    withAllOutputs(model)
    for (const signature of signaturesOf(model)) raise(model, signature)
    writeTflite(model)
    return model
  } catch (error) {
    if (!(error instanceof FailureError)) throw error
    expect(['unreadable-file', 'unsupported-graph']).toContain(error.failure.code)
    expect(error.failure.message.length).toBeGreaterThan(20)
    return undefined
  }
}

const file = fc.constantFrom(...FILES)

test('whole files are read', () => {
  for (const bytes of FILES) expect(survives(bytes)).toBeDefined()
})

test('files that were cut off are refused in words', () => {
  fc.assert(
    fc.property(file, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, part) => {
      survives(bytes.slice(0, Math.floor(bytes.length * part)))
    }),
    { numRuns: 400 },
  )
})

test('files with flipped bits are refused in words or read as they are', () => {
  const flip = fc.record({ at: fc.nat(), bit: fc.nat({ max: 7 }) })
  fc.assert(
    fc.property(file, fc.array(flip, { minLength: 1, maxLength: 20 }), (bytes, flips) => {
      const damaged = bytes.slice()
      // The tables lie in front of the data of files as we write them; flips there do the most harm.
      for (const { at, bit } of flips)
        damaged[at % damaged.length] = (damaged[at % damaged.length] as number) ^ (1 << bit)
      survives(damaged)
    }),
    { numRuns: 600 },
  )
})

test('files with numbers of the worst kinds in them are refused in words or read as they are', () => {
  const worst = fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0x10000, 0xffff)
  const writing = fc.record({ at: fc.nat(), value: worst })
  const heads = FILES.map(bytes => writeTflite(readTflite(bytes)))
  fc.assert(
    fc.property(
      fc.constantFrom(...heads),
      fc.array(writing, { minLength: 1, maxLength: 4 }),
      (bytes, writings) => {
        const damaged = bytes.slice()
        const view = new DataView(damaged.buffer)
        for (const { at, value } of writings) view.setUint32((at % 2000) & ~3, value, true)
        survives(damaged)
      },
    ),
    { numRuns: 1500 },
  )
})

test('what is not a model at all is refused in words', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      const named = Uint8Array.from([8, 0, 0, 0, ...new TextEncoder().encode('TFL3'), ...bytes])
      expect(survives(named)).toBeUndefined()
      expect(survives(bytes)).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})

/** A file whose lists name the same table again and again, which a small file can multiply without end. */
function multiplied(subgraphs: number, operators: number, inputs: number): Uint8Array {
  const builder = new Builder()
  const table = (fields: [id: number, at: number][]) => {
    builder.startObject(12)
    for (const [id, at] of fields) builder.addFieldOffset(id, at, 0)
    return builder.endObject()
  }
  const list = (at: number, count: number) => {
    builder.startVector(4, count, 4)
    for (let i = 0; i < count; i++) builder.addOffset(at)
    return builder.endVector()
  }
  builder.startVector(4, inputs, 4)
  for (let i = 0; i < inputs; i++) builder.addInt32(0)
  const operator = table([[1, builder.endVector()]])
  const tensors = list(table([]), 1)
  const subgraph = table([
    [0, tensors],
    [3, list(operator, operators)],
  ])
  const codes = list(table([]), 1)
  const graphs = list(subgraph, subgraphs)
  builder.startObject(10)
  builder.addFieldInt32(0, 3, 0)
  builder.addFieldOffset(1, codes, 0)
  builder.addFieldOffset(2, graphs, 0)
  builder.finish(builder.endObject(), 'TFL3')
  return builder.asUint8Array().slice()
}

test('tables that are used again are read', () => {
  const { subgraphs } = readTflite(multiplied(2, 3, 4))
  expect(subgraphs.map(({ operators }) => operators.map(({ inputs }) => inputs.length))).toEqual([
    [4, 4, 4],
    [4, 4, 4],
  ])
})

test.each([
  [1, 5000, 5000],
  [3000, 3000, 3000],
  [20_000, 20_000, 0],
])(
  'a small file that stands for %i x %i x %i things is refused before it takes time or memory',
  (...counts) => {
    const bytes = multiplied(...counts)
    expect(bytes.length).toBeLessThan(200_000)
    const before = process.memoryUsage().heapUsed
    const start = process.cpuUsage()
    expect(() => readTflite(bytes)).toThrow(/used again and again/)
    expect(process.cpuUsage(start).user).toBeLessThan(2e6)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6)
  },
)

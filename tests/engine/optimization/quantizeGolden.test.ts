import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LiteModel, readTflite, writeTflite } from '../../../main/engine/graph/index.ts'
import { type LiteRt, openLiteRt, toFloats } from '../../../main/engine/litert/index.ts'
import {
  plainFloats,
  quantizeActivations,
  type Range,
} from '../../../main/engine/optimization/quantize/index.ts'
import { FILES, type Message } from '../../../main/engine/optimization/work.ts'
import { calibrate } from '../../../main/engine/optimization/worker/calibrate.ts'
import { type Kind, type QuantizeCase, ROWS, readQuantizeCases } from '../../golden/graph/quantize/read.ts'
import { differences, namesOf } from './quantizeDifferences.ts'

/** Where the file is meant to be another than TensorFlow's, and why. */
const narrowed = 'TensorFlow narrows what is read elsewhere too to the result of a join'
const requantized = 'TensorFlow requantizes in front of a join instead of computing in its parameters'
const unlike: Partial<Record<Kind, Record<string, string>>> = {
  int8: {
    select: narrowed,
    prelu: narrowed,
    embedding: 'TensorFlow cuts off rows of the table that calibration did not meet',
    div: 'the 8-bit DIV kernel refuses divisors whose step is 0, whatever they mean',
    loop: 'TensorFlow quantizes weights in the bodies of loops',
  },
  int16: {
    pack: requantized,
    packConst: requantized,
    concat: requantized,
    concatConst: requantized,
    maximum: requantized,
    maximumConst: requantized,
    minimumConst: requantized,
    prelu: requantized,
    relu0To1: requantized,
    slices: requantized,
    sliceJoined: requantized,
    joinedTwice: requantized,
    joins: requantized,
    maximumShared: requantized,
    poolJoined: requantized,
    padv2: 'TensorFlow leaves the padding float, which no kernel takes',
    padv2Far: 'TensorFlow leaves the padding float, which no kernel takes',
    tile: 'the 16-bit TILE kernel is younger than TensorFlow 2.21',
    scatterNd: 'SCATTER_ND has no 16-bit kernel',
    squaredDifference: 'SQUARED_DIFFERENCE has no 16-bit kernel',
    layerNorm: 'SQUARED_DIFFERENCE has no 16-bit kernel',
    dead: 'a scale that is widened for a bias is rounded otherwise',
    convWideBias: 'a scale that is widened for a bias is rounded otherwise',
    select: 'TensorFlow gives the branches of SELECT scales of their own, which its kernel ignores',
    sum: 'the 16-bit SUM kernel does not rescale, so that sums are cut off',
    log: 'the 16-bit LOG kernel is farther off than float weights',
    gelu: 'GELU stays float',
    geluTanh: 'GELU stays float',
    denseShared: 'TensorFlow scales a shared bias for the first of its readers only',
    between: 'TensorFlow scales a shared bias for the first of its readers only',
  },
}

const folder = mkdtempSync(join(tmpdir(), 'quantize-'))
let runtime: LiteRt
beforeAll(async () => {
  runtime = await openLiteRt()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const widthOf = (values: Float32Array) => values.length / ROWS

async function rangesOf(float: Uint8Array, rows: QuantizeCase['rows']): Promise<Map<number, Range>> {
  writeFileSync(join(folder, FILES.float), float)
  const values = namesOf(readTflite(float)).inputs.map(name => rows[name] as Float32Array)
  values.forEach((each, i) => {
    writeFileSync(join(folder, FILES.input(i)), new Uint8Array(each.buffer, each.byteOffset, each.byteLength))
  })
  const work = { kind: 'calibrate', rows: ROWS, widths: values.map(widthOf), by: 'minmax' } as const
  const end = (await calibrate(folder, work, () => {})) as Extract<Message, { kind: 'calibrated' }>
  return new Map(end.ranges)
}

/** Outputs for all rows, by their names in the signature. */
async function answersOf(bytes: Uint8Array, rows: QuantizeCase['rows']): Promise<Record<string, number[]>> {
  const names = namesOf(readTflite(bytes))
  const runner = await runtime.load(bytes)
  const answers: Record<string, number[]> = Object.fromEntries(names.outputs.map(name => [name, []]))
  try {
    for (let row = 0; row < ROWS; row++) {
      const feeds = names.inputs.map(name => {
        const values = rows[name] as Float32Array
        return values.slice(row * widthOf(values), (row + 1) * widthOf(values))
      })
      runner.run(feeds).forEach((part, i) => {
        answers[names.outputs[i] as string]?.push(...toFloats(part, undefined))
      })
    }
  } finally {
    runner.dispose()
  }
  return answers
}

const farthest = (a: Record<string, ArrayLike<number>>, b: Record<string, ArrayLike<number>>): number =>
  Math.max(
    ...Object.entries(a).flatMap(([name, values]) =>
      Array.from(values, (value, i) => Math.abs(value - (b[name]?.[i] ?? Number.NaN))),
    ),
  )

/** One step of the outputs, the widest of them. */
const stepOf = ({ subgraphs: [main] }: LiteModel): number =>
  Math.max(
    0,
    ...(main?.outputs ?? []).map(output => {
      const made = main?.operators.find(each => each.outputs.includes(output))
      return made?.op === 'DEQUANTIZE'
        ? (main?.tensors[made.inputs[0] ?? -1]?.quantization?.scale[0] ?? 0)
        : 0
    }),
  )

const cases = readQuantizeCases()
const rangesByCase = new Map<string, Map<number, Range>>()

describe.each(['int8', 'int8io', 'dense', 'int16'] as const)('%s files as TensorFlow makes them', kind => {
  const having = [...cases].filter(([, { files }]) => files[kind])
  test.each(having.map(([name]) => name))('%s', async name => {
    const { files, rows, answers } = cases.get(name) as QuantizeCase
    const float = files.float as Uint8Array
    const plain = plainFloats(readTflite(float))
    const seen = rangesByCase.get(name) ?? (await rangesOf(writeTflite(plain.model), rows))
    rangesByCase.set(name, seen)
    const { model } = quantizeActivations(plain.model, new Map([...seen, ...plain.ranges]), {
      bits: kind === 'int16' ? 16 : 8,
      io: kind === 'int8io' ? 'int8' : 'float32',
      perTensorDense: kind === 'dense',
      keepFloat: [],
    })
    const ours = writeTflite(model)
    const theirs = files[kind] as Uint8Array
    const found = differences(readTflite(ours), readTflite(theirs))
    const isUnlike = unlike[kind]?.[name] !== undefined
    if (isUnlike) expect(found, 'a difference that is no longer one').not.toEqual([])
    else expect(found).toEqual([])
    if (kind === 'int8io') return

    const [mine, exact] = [await answersOf(ours, rows), await answersOf(float, rows)]
    const step = Math.max(stepOf(readTflite(theirs)), stepOf(model))
    const expected = answers[kind]
    if (!isUnlike) {
      expect(farthest(mine, await answersOf(theirs, rows)), 'beside the other file').toBeLessThanOrEqual(
        step + 1e-5,
      )
      // Other kernels compute the same file a step apart, and so do sums of two such steps.
      if (expected) expect(farthest(expected, mine)).toBeLessThanOrEqual(2.01 * step + 1e-5)
    } else if (expected)
      expect(farthest(exact, mine), 'from the float model').toBeLessThanOrEqual(
        1.3 * farthest(exact, expected) + 1e-5,
      )
  })
})

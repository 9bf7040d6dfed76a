import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type LiteModel,
  type LiteTensor,
  readTflite,
  withAllOutputs,
  writeTflite,
} from '../../../main/engine/graph/index.ts'
import { FailureError } from '../../../main/engine/kit/index.ts'
import {
  type Elements,
  type LiteModelRunner,
  type LiteRt,
  openLiteRt,
} from '../../../main/engine/litert/index.ts'
import { type Answers, elementsOf, readAnswers, readFile } from '../../golden/graph/tflite/read.ts'

let runtime: LiteRt
beforeAll(async () => {
  runtime = await openLiteRt()
})

/** The tensor behind a name of the model's signature. */
function tensorOf(model: LiteModel, kind: 'inputs' | 'outputs', name: string): string {
  const signature = readTflite(writeTflite(model)).signatures[0]
  const index = signature?.[kind].find(end => end.name === name)?.tensor
  return model.subgraphs[0]?.tensors[index as number]?.name as string
}

const feedsOf = (model: LiteModel, runner: LiteModelRunner, answers: Answers): Elements[] =>
  runner.inputs.map(({ name }) =>
    elementsOf(answers.inputs.find(input => input.name === tensorOf(model, 'inputs', name))),
  )

function largestDifference(a: Elements, b: Elements): number {
  expect(a.length).toBe(b.length)
  let largest = 0
  a.forEach((value, i) => {
    const difference = Math.abs(Number(value) - Number(b[i]))
    if (!(difference <= largest)) largest = difference
  })
  return largest
}

/** As far as kernels of other machines may differ: rounding of floats, none in whole numbers. */
const EXACT = ['convnet_int8', 'convnet_int8io', 'convnet_int16', 'whole']
const NAMES = [
  ...EXACT,
  'convnet_float',
  'convnet_float16',
  'convnet_dynamic',
  'recurrent',
  'elements',
  'shapes',
  'windows',
]

describe.each(NAMES)('the model %s', name => {
  test.each(['as TensorFlow wrote it', 'as we write it'])(
    'computes what TensorFlow Lite computes, %s',
    async way => {
      const bytes = readFile(name)
      const model = readTflite(bytes)
      const answers = readAnswers(name)
      const runner = await runtime.load(way === 'as we write it' ? writeTflite(model) : bytes)
      try {
        const outputs = runner.run(feedsOf(model, runner, answers))
        expect(outputs.length).toBe(answers.outputs.length)
        outputs.forEach((output, i) => {
          const end = runner.outputs[i]
          const expected = answers.outputs.find(
            ({ name: tensor }) => tensor === tensorOf(model, 'outputs', end?.name as string),
          )
          expect(end?.shape).toEqual(expected?.shape)
          const tolerance = EXACT.includes(name) ? 0 : 1e-5
          expect(largestDifference(output, elementsOf(expected)), end?.name).toBeLessThanOrEqual(tolerance)
        })
      } finally {
        runner.dispose()
      }
    },
  )

  test('shows every tensor that it computes', async () => {
    const model = readTflite(readFile(name))
    const watched = withAllOutputs(model)
    const runner = await runtime.load(writeTflite(watched))
    const outputs = runner.run(feedsOf(model, runner, readAnswers(name)))
    expect(runner.outputs.map(({ name: output }) => output)).toEqual(
      watched.subgraphs[0]?.outputs.map(index => `t${index}`),
    )
    // What was an output before still has the same values.
    for (const [i, index] of (model.subgraphs[0]?.outputs ?? []).entries()) {
      const at = watched.subgraphs[0]?.outputs.indexOf(index) as number
      const expected = readAnswers(name).outputs[i]
      const tolerance = EXACT.includes(name) ? 0 : 1e-5
      expect(largestDifference(outputs[at] as Elements, elementsOf(expected))).toBeLessThanOrEqual(tolerance)
    }
    runner.dispose()
  })
})

test('a model with an open batch runs row by row', async () => {
  const answers = readAnswers('tabular')
  const runner = await runtime.load(readFile('tabular'))
  expect(runner.inputs[0]?.shape).toEqual([1, 10])
  const rows = elementsOf(answers.inputs[0]) as Float32Array
  const expected = elementsOf(answers.outputs[0])
  for (let row = 0; row < 3; row++) {
    const [output] = runner.run([rows.slice(row * 10, (row + 1) * 10)])
    expect(output?.[0]).toBeCloseTo(Number(expected[row]), 5)
  }
  runner.dispose()
})

const tensor = (name: string): LiteTensor => ({ name, type: 'float32', shape: [1, 4] })

const single = (op: string, version: number, customCode?: string): LiteModel => ({
  description: '',
  subgraphs: [
    {
      name: 'main',
      tensors: [tensor('x'), tensor('y')],
      operators: [{ op, version, inputs: [0], outputs: [1], options: {}, ...(customCode && { customCode }) }],
      inputs: [0],
      outputs: [1],
    },
  ],
  signatures: [],
  metadata: [],
})

async function failureOf(work: () => unknown) {
  try {
    await work()
  } catch (error) {
    if (error instanceof FailureError) return error.failure
    throw error
  }
  throw new Error('It did not fail')
}

test('refusals of the runtime are told in words', async () => {
  const refused = (model: LiteModel) => failureOf(() => runtime.load(writeTflite(model)))
  expect(await refused(single('CUSTOM', 1, 'MyOp'))).toMatchObject({
    code: 'unsupported-graph',
    message: expect.stringContaining('the custom operator MyOp'),
  })
  expect(await refused(single('EXP', 9))).toMatchObject({
    message: expect.stringContaining('version 9 of the operator EXP'),
  })
  // It still works after that.
  const runner = await runtime.load(writeTflite(single('EXP', 1)))
  expect(runner.run([Float32Array.of(0, 0, 0, 0)])).toEqual([Float32Array.of(1, 1, 1, 1)])
  runner.dispose()
})

test('operators that do not fit together are refused, though the runtime would answer something', async () => {
  const model = single('RESHAPE', 1)
  const [main] = model.subgraphs
  const other = { ...model, subgraphs: [{ ...main, tensors: [tensor('x'), { ...tensor('y'), shape: [7] }] }] }
  const failure = await failureOf(() =>
    runtime.load(writeTflite({ ...other, subgraphs: other.subgraphs } as LiteModel)),
  )
  expect(failure).toMatchObject({
    code: 'unsupported-graph',
    message: expect.stringContaining('do not fit together'),
  })
})

test('what is not a model, and what does not fit its inputs, is refused', async () => {
  expect(await failureOf(() => runtime.load(new Uint8Array(100)))).toMatchObject({ code: 'unreadable-file' })
  const runner = await runtime.load(readFile('convnet_int8io'))
  const wrong = [[], [new Int8Array(3)], [new Float32Array(432)]]
  for (const feeds of wrong)
    expect(await failureOf(() => runner.run(feeds))).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('432 values of type int8'),
    })
  runner.dispose()
  expect(() => runner.run([new Int8Array(432)])).toThrow('disposed')
})

test('an answer stays as it is when the next one is computed, and nothing of a call is left for the next', async () => {
  const runner = await runtime.load(writeTflite(single('EXP', 1)))
  const given = Float32Array.of(0, 1, 2, 3)
  const [first] = runner.run([given])
  const [other] = runner.run([Float32Array.of(0, 0, 0, 0)])
  expect(() => runner.run([new Float32Array(3)])).toThrow()
  expect([...given, ...(other as Float32Array)]).toEqual([0, 1, 2, 3, 1, 1, 1, 1])
  expect(runner.run([given])).toEqual([first])
  expect((first as Float32Array)[3]).toBeCloseTo(Math.exp(3), 4)
  runner.dispose()
})

test('memory is given back', async () => {
  const bytes = readFile('convnet_float')
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const runner = await runtime.load(bytes)
      for (let k = 0; k < 20; k++) runner.run([new Float32Array(432)])
      runner.dispose()
    }
    return process.memoryUsage().arrayBuffers + process.memoryUsage().external
  }
  const before = await rounds(5)
  expect((await rounds(60)) - before).toBeLessThan(20e6)
})

test('nothing is written to the console, and no global thing is left behind', async () => {
  const spies = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
  const before = Object.getOwnPropertyNames(globalThis)
  vi.resetModules()
  const fresh = await import('../../../main/engine/litert/index.ts')
  const runner = await (await fresh.openLiteRt()).load(readFile('convnet_float'))
  runner.run([new Float32Array(432)])
  runner.dispose()
  for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before)
})

test('it says which version it is, that of the installed package', () => {
  const entry = createRequire(import.meta.url).resolve('@litertjs/core')
  const { version } = JSON.parse(readFileSync(join(dirname(dirname(entry)), 'package.json'), 'utf8'))
  expect(runtime.version).toBe(`LiteRT.js ${version}`)
})

test('a model that is larger than its memory is refused, and the next one runs', async () => {
  const huge: LiteModel = single('EXP', 1)
  const tensors = [
    { ...tensor('x'), shape: [1, 2 ** 29] },
    { ...tensor('y'), shape: [1, 2 ** 29] },
  ]
  const [main] = huge.subgraphs
  const model = { ...huge, subgraphs: [{ ...main, tensors }] } as LiteModel
  expect(await failureOf(() => runtime.load(writeTflite(model)))).toMatchObject({ code: 'unsupported-graph' })
  const again = await (await openLiteRt()).load(writeTflite(single('EXP', 1)))
  expect(again.run([Float32Array.of(0, 0, 0, 0)])).toEqual([Float32Array.of(1, 1, 1, 1)])
  again.dispose()
})

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Inspection, Transformed, Variant } from '#contract'
import { loadExecutable, readGraphDef, readTflite } from '../../main/engine/graph/index.ts'
import { openLiteRt } from '../../main/engine/litert/index.ts'
import { openTensor } from '../../main/engine/tensor/index.ts'
import { npy } from '../cases/npy.ts'
import { temporaryFolder } from '../contract/house.ts'
import { readAnswers, savedModels } from '../golden/graph/savedmodel/read.ts'
import { terminal } from './terminal.ts'

const folder = temporaryFolder()
const home = join(folder.path, 'home')
// A person stands somewhere else, and their names have spaces.
const place = join(folder.path, 'a place')
mkdirSync(place)
const { run, json } = terminal(home, place)
const at = (name: string) => join(place, name)
afterAll(() => folder.remove())

const { inputs, outputs } = readAnswers('convnet')
const input = inputs.args_0 as { shape: number[]; data: number[] }
const expected = Object.values(outputs)[0]?.data as number[]
const tflite = join(savedModels, '..', 'tflite', 'convnet_float.tflite')

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] as number))))
}

async function graphAnswer(file: string, name: string): Promise<ArrayLike<number>> {
  const { tf } = await openTensor({ backend: 'cpu' })
  const executable = loadExecutable(readGraphDef(readFileSync(file)), tf)
  const [answer] = Object.values(
    executable.run({ [name]: { data: Float32Array.from(input.data), shape: input.shape } }),
  )
  executable.dispose()
  return answer?.data ?? []
}

beforeAll(() => {
  cpSync(join(savedModels, 'convnet', 'model'), at('my model'), { recursive: true })
  cpSync(tflite, at('conv net.tflite'))
  const [rows = 0, ...row] = readTflite(readFileSync(tflite)).subgraphs[0]?.tensors[0]?.shape ?? []
  expect(rows).toBe(1)
  const width = row.reduce((product, size) => product * size, 1)
  const data = Float32Array.from({ length: 40 * width }, (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011))
  writeFileSync(at('rows.npz'), zipSync({ 'rows.npy': npy([40, ...row], data) }))
  const both = Array.from({ length: 20 }, () => input.data).flat()
  writeFileSync(at('pairs.npz'), zipSync({ 'args_0.npy': npy([40, ...input.shape.slice(1)], both) }))
})

describe('the commands of optimization, as others write them, where nobody ever opened a workspace', () => {
  test('inspect --model PATH --json', async () => {
    const seen = await json<Inspection>('optimization', 'inspect', '--model', 'my model')
    expect(seen).toMatchObject({ format: 'saved-model', signature: 'serving_default', unsupported: [] })
    expect(seen.inputs).toEqual([
      { name: 'serving_default_args_0', key: 'args_0', dtype: 'float32', shape: input.shape },
    ])
    const { code, out } = await run('optimization', 'inspect', '--model', 'my model')
    expect(code).toBe(0)
    expect(out).toMatch(/^my model: TensorFlow SavedModel, 51\.6 kB\n/)
    expect(out).toContain('input   args_0 (serving_default_args_0)  float32  [2, 8, 8, 2]')
  })

  test('freeze --model PATH --signature serving_default --out F.pb: what TensorFlow answered', async () => {
    const frozen = await json<Variant>(
      ...['optimization', 'freeze', '--model', 'my model', '--signature', 'serving_default'],
      ...['--out', 'frozen.pb'],
    )
    expect(frozen).toMatchObject({ kind: 'float32', out: at('frozen.pb'), run: null, source: at('my model') })
    expect(frozen.inputs).toEqual([{ name: 'serving_default_args_0', shape: input.shape }])
    expect(frozen.outputs.map(({ shape }) => shape)).toEqual([[2, 3]])
    expect(readFileSync(at('frozen.pb'))).toHaveLength(frozen.bytes)
    expect(Object.keys(frozen.ops)).not.toContain('VarHandleOp')
    expect(furthest(await graphAnswer(at('frozen.pb'), 'serving_default_args_0'), expected)).toBeLessThan(
      1e-6,
    )
  })

  test("transform --in_graph F --out_graph G --inputs='x' --outputs='y' --transforms '...'", async () => {
    const done = await json<Transformed>(
      ...['optimization', 'transform', '--in_graph', 'frozen.pb', '--out_graph', 'small.pb'],
      ...['--inputs=serving_default_args_0', '--outputs=StatefulPartitionedCall_1:0', '--transforms'],
      'strip_unused_nodes fold_constants(ignore_errors=true) fold_batch_norms quantize_weights(minimum_size=16)',
    )
    expect(done.passes.map(({ pass }) => pass)).toEqual([
      'strip_unused_nodes',
      'fold_constants',
      'fold_batch_norms',
      'quantize_weights',
    ])
    expect(done.out).toBe(at('small.pb'))
    expect(readGraphDef(readFileSync(at('small.pb'))).nodes.some(({ op }) => op === 'Dequantize')).toBe(true)
    const difference = furthest(await graphAnswer(at('small.pb'), 'serving_default_args_0'), expected)
    expect(difference).toBeGreaterThan(0)
    expect(difference).toBeLessThan(0.02)
  })

  test('transform --output_as_text writes text, and reads it again', async () => {
    const words = ['--inputs', 'serving_default_args_0', '--outputs', 'StatefulPartitionedCall_1']
    const text = await run(
      ...['optimization', 'transform', '--in_graph', 'frozen.pb', '--out_graph', 'graph.pbtxt', ...words],
      ...['--transforms', 'strip_unused_nodes', '--output_as_text=true'],
    )
    expect(text.code).toBe(0)
    expect(readFileSync(at('graph.pbtxt'), 'utf8')).toMatch(/^node \{\n {2}name: "/)
    await json(
      ...['optimization', 'transform', '--in_graph', 'graph.pbtxt', '--out_graph', 'again.pb', ...words],
      ...['--transforms', 'strip_unused_nodes'],
    )
    expect(furthest(await graphAnswer(at('again.pb'), 'serving_default_args_0'), expected)).toBeLessThan(1e-6)
  })

  test.each([
    ['none', 1e-5],
    ['float16', 5e-3],
    ['dynamic', 0.05],
    ['int8', 0.06],
  ])('convert --to tflite --quantize %s: within %d of TensorFlow on its runtime', async (quantize, most) => {
    const made = await json<Variant>(
      ...['optimization', 'convert', '--model', 'my model', '--to', 'tflite', '--quantize', quantize],
      ...['--calibration', 'pairs.npz', '--min-elements', '16', '--out', `${quantize}.tflite`],
    )
    expect(made.proof?.runtime).toMatch(/LiteRT/)
    // The model takes two rows at once.
    expect(made.proof).toMatchObject({ rows: 20, disagreements: null })
    expect(made.floatBytes === null).toBe(quantize === 'none')
    const bytes = readFileSync(at(`${quantize}.tflite`))
    const runner = await (await openLiteRt()).load(bytes)
    const shape = runner.inputs[0]?.shape ?? []
    const width = shape.reduce((product, size) => product * size, 1)
    const answers = Array.from({ length: input.data.length / width }, (_, i) => [
      ...(runner.run([Float32Array.from(input.data.slice(i * width, (i + 1) * width))])[0] ?? []),
    ]).flat() as number[]
    runner.dispose()
    expect(furthest(answers, expected)).toBeLessThan(most)
  })

  test('convert int8 with --io, --calibrate-by, --per-tensor-dense, --keep-float, of a float .tflite', async () => {
    const made = await json<Variant>(
      ...['optimization', 'convert', '--model', 'conv net.tflite', '--to', 'tflite', '--quantize', 'int8'],
      ...['--io', 'int8', '--calibration', 'rows.npz', '--calibrate-by', 'percentile', '--per-tensor-dense'],
      ...['--out', 'io.tflite'],
    )
    expect(made.settings).toMatchObject({ io: 'int8', calibrateBy: 'percentile', perTensorDense: true })
    const [main] = readTflite(readFileSync(at('io.tflite'))).subgraphs
    const ends = [...(main?.inputs ?? []), ...(main?.outputs ?? [])].map(place => main?.tensors[place]?.type)
    expect(new Set(ends)).toEqual(new Set(['int8']))
    const dense = main?.operators.filter(({ op }) => op === 'FULLY_CONNECTED') ?? []
    for (const { inputs: read } of dense)
      expect(main?.tensors[read[1] as number]?.quantization?.scale).toHaveLength(1)
  })

  test('convert --to tfjs and --to c', async () => {
    const js = await json<Variant>(
      ...['optimization', 'convert', '--model', 'my model', '--to', 'tfjs', '--quantize', 'none'],
      ...['--out', 'js model'],
    )
    const files = readdirSync(at('js model'))
    expect(files).toContain('model.json')
    expect(js.bytes).toBe(
      files.reduce((sum, name) => sum + readFileSync(join(at('js model'), name)).length, 0),
    )
    expect(await json('optimization', 'inspect', '--model', 'js model')).toMatchObject({
      format: 'tfjs-graph',
    })
    const c = await json<Variant>(
      ...['optimization', 'convert', '--model', 'js model', '--to', 'c', '--quantize', 'dynamic'],
      ...['--out', 'model_data'],
    )
    expect(c.out).toBe(at('model_data.c'))
    expect(readFileSync(at('model_data.c'), 'utf8')).toMatch(/const unsigned char model_data\[/)
    expect(existsSync(at('model_data.h'))).toBe(true)
  })

  test('the same convert twice gives the same file', async () => {
    const words = ['optimization', 'convert', '--model', 'my model', '--quantize', 'int8']
    const [one, two] = await Promise.all(
      ['one.tflite', 'two.tflite'].map(out =>
        json<Variant>(...words, '--calibration', 'pairs.npz', '--out', out),
      ),
    )
    expect(one?.id).toBe(two?.id)
    expect(readFileSync(at('one.tflite'))).toEqual(readFileSync(at('two.tflite')))
  })

  test('a person reads what came of it, in a few lines', async () => {
    const { out, err, code } = await run(
      ...['optimization', 'convert', '--model', 'my model', '--quantize', 'int8', '--out', 'told.tflite'],
      ...['--calibration', 'pairs.npz', '--keep-float', 'nobody'],
    )
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('The model has no layer or node named "nobody".')
    expect(existsSync(at('told.tflite'))).toBe(false)
    const told = await run(
      ...['optimization', 'convert', '--model', 'my model', '--quantize', 'int8', '--out', 'told.tflite'],
      ...['--calibration', 'pairs.npz'],
    )
    expect(told.out.split('\n').length).toBeLessThan(16)
    expect(told.out).toMatch(/^TFLite, int8: [\d.]+ kB, \d+% of the [\d.]+ kB of float32\n/)
    expect(told.out).toContain(at('told.tflite'))
    expect(told.out).toMatch(/20 rows of pairs\.npz/)
  })

  test('nothing is left of it but the files that were asked for', () => {
    expect(existsSync(home)).toBe(false)
    expect(readdirSync(tmpdir()).filter(name => name.startsWith(`edgewright-${process.pid}-`))).toEqual([])
    expect(readdirSync(place).filter(name => name.endsWith('.part'))).toEqual([])
  })
})

describe('what must not happen', () => {
  test('the model is not replaced, and a folder is no file', async () => {
    const before = readFileSync(at('conv net.tflite'))
    const onto = await run(
      ...['optimization', 'convert', '--model', 'conv net.tflite', '--quantize', 'dynamic'],
      ...['--out', 'conv net.tflite'],
    )
    expect([onto.code, onto.err]).toEqual([1, expect.stringContaining('would replace conv net.tflite')])
    expect(readFileSync(at('conv net.tflite'))).toEqual(before)
    const inside = await run(
      ...['optimization', 'freeze', '--model', 'my model', '--out', 'my model/saved_model.pb'],
    )
    expect([inside.code, inside.err]).toEqual([1, expect.stringContaining('would replace')])
    const onFolder = await run('optimization', 'freeze', '--model', 'my model', '--out', 'js model')
    expect([onFolder.code, onFolder.err]).toEqual([1, expect.stringContaining('is a folder')])
  })

  test('what is not understood ends with 2, what fails with 1', async () => {
    expect((await run('optimization', 'convert', '--model', 'my model', '--to', 'onnx')).code).toBe(2)
    expect((await run('optimization', 'freeze')).code).toBe(2)
    expect((await run('optimization', 'inspect', '--model', 'nothing.pb')).code).toBe(1)
  })

  test('a damaged workspace is no reason to stop for files', async () => {
    const broken = join(home, 'Edgewright')
    mkdirSync(broken, { recursive: true })
    writeFileSync(join(broken, 'edgewright.db'), 'this is no database, whatever its name says')
    const made = await run('optimization', 'freeze', '--model', 'my model', '--out', 'still.pb')
    expect(made.code).toBe(0)
    expect(readFileSync(at('still.pb'))).toEqual(readFileSync(at('frozen.pb')))
  })
})

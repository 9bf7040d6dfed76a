import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ByteBuffer } from 'flatbuffers'
import { describe, expect, test } from 'vitest'
import {
  type LiteModel,
  type LiteOperator,
  type LiteTensor,
  lowestVersion,
  minRuntimeVersion,
  readTflite,
  saveTflite,
  tflitePieces,
  withLowestVersions,
  writeTflite,
} from '../../../main/engine/graph/formats/tflite/index.ts'

const folder = join(import.meta.dirname, '../../golden/graph/tflite')
const names = readdirSync(folder)
  .filter(name => name.endsWith('.tflite'))
  .map(name => name.slice(0, -'.tflite'.length))
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, `${name}.tflite`)))
const read = (name: string) => readTflite(bytesOf(name))

/** The model as it would be without what the writer corrects on purpose. */
const plain = (model: LiteModel) => ({
  ...model,
  metadata: model.metadata.filter(({ name }) => name !== 'min_runtime_version'),
})

const floats = (name: string, shape: number[], data?: Float32Array): LiteTensor => ({
  name,
  type: 'float32',
  shape,
  ...(data && { data: new Uint8Array(data.buffer) }),
})

/** `y = op(x, w)`, with more of the operator as asked. */
const single = (tensors: LiteTensor[], operator: Partial<LiteOperator> = {}): LiteModel => ({
  description: '',
  subgraphs: [
    {
      name: 'main',
      tensors: [...tensors, floats('y', [1, 4])],
      operators: [
        {
          op: 'ADD',
          version: 1,
          inputs: tensors.map((_, i) => i),
          outputs: [tensors.length],
          options: {},
          ...operator,
        },
      ],
      inputs: [0],
      outputs: [tensors.length],
    },
  ],
  signatures: [],
  metadata: [],
})

test('there are golden files', () => expect(names).toHaveLength(13))

describe.each(names)('the file %s of TensorFlow', name => {
  test('says the same after it was read and written', () => {
    const model = read(name)
    const again = readTflite(writeTflite(model))
    expect(plain({ ...again, signatures: model.signatures })).toEqual(plain(model))
    expect(again.signatures[0]?.key).toBe('serving_default')
    expect(again.signatures).toEqual(model.signatures.length > 0 ? model.signatures : again.signatures)
  })

  test('holds its constants where a runtime can use them in place', () => {
    const file = writeTflite(read(name))
    expect(new ByteBuffer(file).getBufferIdentifier()).toBe('TFL3')
    const constants = readTflite(file).subgraphs.flatMap(({ tensors }) =>
      tensors.flatMap(({ data }) => data ?? []),
    )
    expect(constants.length).toBeGreaterThan(0)
    expect(constants.filter(data => data.byteOffset % 16 !== 0)).toEqual([])
    expect(constants.filter(data => data.buffer !== file.buffer)).toEqual([])
  })

  test('is read without copying what it holds', () => {
    const bytes = bytesOf(name)
    const { subgraphs } = readTflite(bytes)
    for (const { tensors } of subgraphs)
      for (const { data } of tensors) if (data) expect(data.buffer).toBe(bytes.buffer)
  })

  test('has its operators at the versions that are true', () => {
    const model = read(name)
    const { subgraphs } = model
    // TensorFlow writes one version for all operators of a kind, the highest of them.
    const lowest = new Map<string, number>()
    for (const { operators, tensors } of subgraphs)
      for (const operator of operators)
        lowest.set(operator.op, Math.max(lowest.get(operator.op) ?? 0, lowestVersion(operator, tensors)))
    const written = new Map(
      subgraphs.flatMap(({ operators }) => operators.map(({ op, version }) => [op, version])),
    )
    // Of 16-bit values over 8-bit weights it writes the version of 8-bit ones, which have no such kernel.
    if (name === 'convnet_int16')
      for (const [op, version] of written) expect(lowest.get(op)).toBeGreaterThanOrEqual(version)
    else {
      expect(lowest).toEqual(written)
      const said = model.metadata.find(entry => entry.name === 'min_runtime_version')?.data
      expect(minRuntimeVersion(model)).toBe(new TextDecoder().decode(said).replaceAll('\0', ''))
    }
  })
})

test('versions are those of each operator, not of its kind', () => {
  const model = withLowestVersions(read('convnet_dynamic'))
  const versions = (op: string) =>
    model.subgraphs[0]?.operators.filter(operator => operator.op === op).map(operator => operator.version)
  expect(versions('CONV_2D')).toEqual([1, 5])
  expect(versions('FULLY_CONNECTED')?.toSorted((a, b) => a - b)).toEqual([1, 12, 12])
})

test('a newer operator keeps its number, and what the file says of the runtime', () => {
  const model: LiteModel = {
    ...single([floats('x', [1, 4])], { op: 'BUILTIN_300', version: 7 }),
    metadata: [{ name: 'min_runtime_version', data: new TextEncoder().encode('3.1.0') }],
  }
  const again = readTflite(writeTflite(model))
  expect(again.subgraphs[0]?.operators[0]).toMatchObject({ op: 'BUILTIN_300', version: 7 })
  expect(minRuntimeVersion(again)).toBe('3.1.0')
})

test('options of a newer kind are read, and refused in words when they are to be written', () => {
  const model = single([floats('x', [1, 4])], { optionsTable: 200 })
  expect(() => writeTflite(model)).toThrow(/options of the operator ADD are of a newer kind/)
})

test('custom operators keep their code and their options', () => {
  const customOptions = Uint8Array.of(1, 2, 3, 250)
  const model = single([floats('x', [1, 4])], { op: 'CUSTOM', customCode: 'MyOp', version: 3, customOptions })
  expect(readTflite(writeTflite(model)).subgraphs[0]?.operators[0]).toMatchObject({
    op: 'CUSTOM',
    customCode: 'MyOp',
    version: 3,
    customOptions,
  })
})

test('operators beyond the first 127 are named in both fields', () => {
  const model = single([floats('x', [1, 4])], { op: 'GELU', options: { approximate: true } })
  const again = readTflite(writeTflite(model))
  expect(again.subgraphs[0]?.operators[0]).toMatchObject({ op: 'GELU', options: { approximate: true } })
})

test('what is rare is carried along: sparse weights, ranges, variables, intermediates', () => {
  const tensor: LiteTensor = {
    ...floats('w', [2, 2], Float32Array.of(1, 2)),
    quantization: { scale: [0.5, 0.25], zeroPoint: [-3, 2 ** 40], axis: 1 },
    carried: {
      sparsity: {
        traversal_order: [0, 1],
        dim_metadata: [
          { format: 'DENSE', dense_size: 2 },
          {
            format: 'SPARSE_CSR',
            dense_size: 0,
            array_segments: { table: 'Uint8Vector', value: { values: Uint8Array.of(0, 1, 2) } },
            array_indices: { table: 'Uint16Vector', value: { values: [0, 1] } },
          },
        ],
      },
      quantization: { min: [-1], max: [2.5] },
    },
  }
  const state: LiteTensor = { ...floats('s', [1, 4]), isVariable: true, hasRank: false }
  const model = single([floats('x', [1, 4]), tensor, state], {
    intermediates: [2],
    carried: { mutating_variable_inputs: [0, 0, 1] },
  })
  const main = readTflite(writeTflite(model)).subgraphs[0]
  expect(main?.tensors.slice(0, 3)).toEqual(model.subgraphs[0]?.tensors.slice(0, 3))
  expect(main?.operators[0]).toMatchObject({
    intermediates: [2],
    carried: { mutating_variable_inputs: [0, 0, 1] },
  })
})

test('equal constants lie in the file once', () => {
  const data = () => new Float32Array(5000).fill(1.5)
  const twice = single([floats('x', [1, 4]), floats('a', [5000], data()), floats('b', [5000], data())])
  const other = single([
    floats('x', [1, 4]),
    floats('a', [5000], data()),
    floats('b', [5000], data().fill(2)),
  ])
  expect(writeTflite(twice).length).toBeLessThan(22_000)
  expect(writeTflite(other).length).toBeGreaterThan(40_000)
})

test('names of a signature that is made are told apart', () => {
  const model = single([floats('x', [1, 4])])
  const main = { ...model.subgraphs[0], outputs: [1, 1] } as LiteModel['subgraphs'][0]
  const again = readTflite(writeTflite({ ...model, subgraphs: [main] }))
  expect(again.signatures).toEqual([
    {
      key: 'serving_default',
      subgraph: 0,
      inputs: [{ name: 'x', tensor: 0 }],
      outputs: [
        { name: 'y', tensor: 1 },
        { name: 'y_1', tensor: 1 },
      ],
    },
  ])
})

test('what is too large for a FlatBuffer lies behind it', () => {
  const model = { ...read('labels'), trailing: undefined }
  const pieces = tflitePieces(model, 1000)
  const file = new Uint8Array(Buffer.concat(pieces))
  expect(plain(readTflite(file))).toEqual(plain(readTflite(writeTflite(model))))
  const constants = readTflite(file).subgraphs[0]?.tensors.flatMap(({ data }) => data ?? [])
  expect(constants?.every(data => data.byteOffset % 16 === 0)).toBe(true)
})

test('labels behind the file stay a zip that can be opened', async () => {
  const model = read('labels')
  const { unzipSync, strFromU8 } = await import('fflate')
  const labels = (bytes: Uint8Array) => strFromU8(unzipSync(bytes)['labels.txt'] as Uint8Array)
  expect(labels(model.trailing as Uint8Array)).toBe('cat\ndog\nhen\ncow\npig\n')
  // The directory counts from the file's start, so it reads the same with the model before it.
  const longer = writeTflite({ ...model, description: 'a longer one '.repeat(50) })
  expect(labels(longer)).toBe('cat\ndog\nhen\ncow\npig\n')
  expect(readTflite(longer).trailing).toEqual(model.trailing)
})

test('a file is saved whole, as it would be in memory', async () => {
  const place = mkdtempSync(join(tmpdir(), 'tflite-'))
  try {
    const model = read('convnet_int8')
    const bytes = await saveTflite(model, join(place, 'sub', 'model.tflite'))
    const file = new Uint8Array(readFileSync(join(place, 'sub', 'model.tflite')))
    expect(file).toEqual(writeTflite(model))
    expect(bytes).toBe(file.length)
    expect(readdirSync(join(place, 'sub'))).toEqual(['model.tflite'])
  } finally {
    rmSync(place, { recursive: true })
  }
})

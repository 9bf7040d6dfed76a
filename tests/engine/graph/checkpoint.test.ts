import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import snappy from 'snappyjs'
import { afterAll, describe, expect, test } from 'vitest'
import { openBundle } from '../../../main/engine/graph/formats/checkpoint/bundle.ts'
import { partKey } from '../../../main/engine/graph/formats/checkpoint/orderedCode.ts'
import { tableEntries } from '../../../main/engine/graph/formats/checkpoint/sstable.ts'
import { bytesSource, fileSource } from '../../../main/engine/graph/formats/graphdef/source.ts'
import {
  BundleEntryProtoSchema,
  BundleHeaderProto_Endianness,
  BundleHeaderProtoSchema,
} from '../../../main/engine/graph/gen/tensor_bundle_pb.ts'
import { DataType } from '../../../main/engine/graph/gen/types_pb.ts'
import { freeze, openModel, type Tensor } from '../../../main/engine/graph/index.ts'
import { maskedCrc32c } from '../../../main/engine/kit/index.ts'
import { readAnswers, savedModels } from '../../golden/graph/savedmodel/read.ts'
import { damagedBytes, failing } from './damage.ts'

const scratch = mkdtempSync(join(tmpdir(), 'checkpoint-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const model = (version: number) => join(savedModels, `checkpoint_v${version}`, 'model')
const copyOf = (version: number) => {
  const folder = mkdtempSync(join(scratch, `v${version}-`))
  cpSync(model(version), folder, { recursive: true })
  return folder
}

for (const version of [1, 2])
  describe(`a checkpoint of version ${version}, in three files, with variables in parts`, () => {
    test('opens with the values that TensorFlow had, and freezes without what trains', async () => {
      const opened = await openModel(model(version), { outputs: ['answers'] })
      expect(opened).toMatchObject({ format: 'checkpoint', signature: 'serving_default' })
      expect(opened.graph.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [-1, 4] }])
      const { variables } = readAnswers(`checkpoint_v${version}`)
      expect(opened.graph.variables.size).toBe(7)
      for (const [name, { shape, data }] of opened.graph.variables) {
        expect(shape).toEqual(variables?.[name]?.shape)
        expect([...data].map(value => Math.fround(Number(value)))).toEqual(
          variables?.[name]?.data.map(Math.fround),
        )
      }
      const { graph, report } = freeze(opened.graph)
      expect(report.variables).toBe(7)
      expect(graph.nodes.some(({ op }) => /Variable|Assign|Apply|Save|Restore/.test(op))).toBe(false)
    })

    test('takes what nothing reads as outputs, and says so', async () => {
      const { graph, notes } = await openModel(model(version))
      expect(graph.outputs.map(({ name }) => name)).toEqual(['answers', 'loss'])
      expect(graph.inputs.map(({ name }) => name)).toEqual(['x', 'y'])
      expect(notes).toEqual(['The file names no outputs; taken were "answers", "loss".'])
    })

    test('is found from any of its files, and the latest of a folder by its list or its number', async () => {
      const folder = copyOf(version)
      for (const name of readdirSync(folder))
        expect((await openModel(join(folder, name))).graph.variables.size).toBe(7)
      expect((await openModel(join(folder, 'model.ckpt-12'))).graph.variables.size).toBe(7)
      for (const name of readdirSync(folder).filter(one => one.includes('ckpt-12')))
        cpSync(join(folder, name), join(folder, name.replace('ckpt-12', 'ckpt-9')))
      rmSync(join(folder, 'model.ckpt-9.meta'))
      const only = (
        await failing(() =>
          openModel(join(folder, `model.ckpt-9${version === 1 ? '-00000-of-00003' : '.index'}`)),
        )
      ).code
      expect(['unsupported', 'unsupported-graph']).toContain(only)
      rmSync(join(folder, 'checkpoint'))
      expect((await openModel(folder)).graph.variables.size).toBe(7)
    })

    test('without weights, or with a part of them missing', async () => {
      const folder = copyOf(version)
      const data = readdirSync(folder).filter(name => /-of-/.test(name))
      expect(data.length).toBe(3)
      rmSync(join(folder, data[1] as string))
      expect(await failing(() => openModel(folder))).toMatchObject({ code: 'unreadable-file' })
      for (const name of readdirSync(folder)) if (!name.endsWith('.meta')) rmSync(join(folder, name))
      expect(await failing(() => openModel(folder))).toMatchObject({
        code: 'unreadable-file',
        message: 'There are no weights beside model.ckpt-12.meta.',
      })
    })

    test('damaged anywhere: a failure or the same graph, never a crash', async () => {
      const folder = copyOf(version)
      for (const name of readdirSync(folder)) {
        const file = join(folder, name)
        const whole = readFileSync(file)
        await fc.assert(
          fc.asyncProperty(damagedBytes(whole), async bytes => {
            writeFileSync(file, bytes)
            await failing(async () => {
              freeze((await openModel(folder, { outputs: ['answers'] })).graph)
            }).catch((error: Error) => {
              if (error.message !== 'It did not fail') throw error
            })
          }),
          { numRuns: 40 },
        )
        writeFileSync(file, whole)
      }
    })
  })

test('weights without a graph say what is missing', async () => {
  const folder = join(scratch, 'weights')
  mkdirSync(folder)
  for (const name of readdirSync(model(2)))
    if (!name.endsWith('.meta')) cpSync(join(model(2), name), join(folder, name))
  expect(await failing(() => openModel(folder))).toMatchObject({
    code: 'unsupported-graph',
    message: expect.stringContaining('weights only'),
  })
})

const latin = (text: string) => Buffer.from(text, 'latin1')
const varint = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return [...bytes, rest]
}

/** A table with one block, written here from the format's description. */
function tableOf(entries: [key: string, value: Uint8Array][], { packed = false } = {}): Uint8Array {
  const block = (list: [Uint8Array, Uint8Array][]) => {
    let last: Uint8Array = new Uint8Array()
    const parts = list.map(([key, value]) => {
      let shared = 0
      while (shared < Math.min(last.length, key.length) && last[shared] === key[shared]) shared++
      last = key
      return Buffer.from([
        ...varint(shared),
        ...varint(key.length - shared),
        ...varint(value.length),
        ...key.subarray(shared),
        ...value,
      ])
    })
    return Buffer.concat([...parts, Buffer.from(Uint32Array.of(0, 1).buffer)])
  }
  const pieces: Buffer[] = []
  let at = 0
  const append = (bytes: Uint8Array, kind: number) => {
    const body = Buffer.concat([bytes, Buffer.of(kind)])
    const sum = Buffer.alloc(4)
    sum.writeUInt32LE(maskedCrc32c(body))
    pieces.push(body, sum)
    const handle = [...varint(at), ...varint(bytes.length)]
    at += bytes.length + 5
    return Uint8Array.from(handle)
  }
  const plain = block(entries.map(([key, value]) => [latin(key), value]))
  const data = append(packed ? new Uint8Array(snappy.compress(plain)) : plain, packed ? 1 : 0)
  const meta = append(block([]), 0)
  const index = append(block([[latin(`${entries.at(-1)?.[0]}z`), data]]), 0)
  const footer = Buffer.alloc(48)
  footer.set([...meta, ...index])
  footer.writeBigUInt64LE(0xdb4775248b80fb57n, 40)
  return Buffer.concat([...pieces, footer])
}

describe('a sorted string table', () => {
  const texts = fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme-ascii' }), {
    minLength: 1,
    maxLength: 30,
  })
  for (const packed of [false, true])
    test(`gives back what was put in, ${packed ? 'packed with snappy' : 'plain'}`, () => {
      fc.assert(
        fc.property(texts, keys => {
          const entries = keys.sort().map((key): [string, Uint8Array] => [key, latin(`value of ${key}`)])
          const read = [...tableEntries(bytesSource(tableOf(entries, { packed })), 'x')]
          expect(
            read.map(({ key, value }) => [Buffer.from(key).toString('latin1'), Buffer.from(value)]),
          ).toEqual(entries.map(([key, value]) => [key, Buffer.from(value)]))
        }),
      )
    })

  test('that lies about lengths needs neither memory nor time', () => {
    const whole = tableOf([['a', latin('b')]])
    const lies = Buffer.from(whole)
    // The index is said to lie far away and to be as large as memory.
    lies.set([...varint(2 ** 50), ...varint(2 ** 50)], whole.length - 48)
    lies.set([...varint(2 ** 50), ...varint(2 ** 50)], whole.length - 48 + 16)
    expect(() => [...tableEntries(bytesSource(lies), 'x')]).toThrow(/damaged/)
    expect(() => [...tableEntries(bytesSource(whole.subarray(0, 40)), 'x')]).toThrow(/damaged/)
    expect(() => [...tableEntries(bytesSource(Buffer.alloc(100)), 'x')]).toThrow(/no checkpoint/)
  })
})

/** What an entry of a bundle may say that is not so. */
type Lie = Partial<Omit<MessageInitShape<typeof BundleEntryProtoSchema>, '$typeName' | '$unknown'>>

describe('a bundle', () => {
  const header = (endianness: BundleHeaderProto_Endianness = BundleHeaderProto_Endianness.LITTLE) =>
    toBinary(BundleHeaderProtoSchema, create(BundleHeaderProtoSchema, { numShards: 1, endianness }))
  const floats = (values: number[]) => Buffer.from(Float32Array.from(values).buffer)
  const extents = (start: number[], size: number[]) => ({
    extent: start.map((from, axis) => ({
      start: BigInt(from),
      ...(size[axis] !== -1 && {
        hasLength: { case: 'length' as const, value: BigInt(size[axis] as number) },
      }),
    })),
  })
  const shape = (sizes: number[]) => ({ dim: sizes.map(size => ({ size: BigInt(size) })) })

  /** Writes a bundle of float tensors, whole or in parts. */
  function write(
    name: string,
    tensors: Record<
      string,
      { shape: number[]; parts: { start: number[]; size: number[]; values: number[] }[] }
    >,
    more: Lie = {},
  ) {
    const data: Buffer[] = []
    let at = 0
    const entries: [string, Uint8Array][] = []
    const put = (key: Uint8Array | string, sizes: number[], values: number[]) => {
      const bytes = floats(values)
      const entry = create(BundleEntryProtoSchema, {
        dtype: DataType.DT_FLOAT,
        shape: shape(sizes),
        offset: BigInt(at),
        size: BigInt(bytes.length),
        crc32c: maskedCrc32c(bytes),
        ...more,
      })
      entries.push([
        Buffer.from(key as string, 'latin1').toString('latin1'),
        toBinary(BundleEntryProtoSchema, entry),
      ])
      data.push(bytes)
      at += bytes.length
    }
    for (const [key, { shape: sizes, parts }] of Object.entries(tensors)) {
      const [only] = parts
      if (parts.length === 1 && only) put(key, sizes, only.values)
      else {
        entries.push([
          key,
          toBinary(
            BundleEntryProtoSchema,
            create(BundleEntryProtoSchema, {
              dtype: DataType.DT_FLOAT,
              shape: shape(sizes),
              slices: parts.map(({ start, size }) => extents(start, size)),
            }),
          ),
        ])
        for (const { start, size, values } of parts)
          put(
            Buffer.from(partKey(key, { start, size })).toString('latin1'),
            size.map((length, axis) => (length === -1 ? (sizes[axis] as number) : length)),
            values,
          )
      }
    }
    const prefix = join(scratch, name)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    writeFileSync(`${prefix}.index`, tableOf([['', header()], ...entries]))
    writeFileSync(`${prefix}.data-00000-of-00001`, Buffer.concat(data))
    return prefix
  }
  const readOne = async (
    prefix: string,
    wanted: Parameters<ReturnType<typeof openBundle>['read']>[0][number],
  ) => {
    const bundle = openBundle(prefix)
    try {
      return [...(await bundle.read([wanted])).values()][0] as Tensor
    } finally {
      bundle.close()
    }
  }

  test('puts parts together, and gives a part that crosses them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 2, max: 6 }),
          columns: fc.integer({ min: 2, max: 5 }),
          depth: fc.integer({ min: 1, max: 3 }),
        }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        async ({ rows, columns, depth }, first, second) => {
          const cutAt = 1 + Math.floor(first * (rows - 1))
          const from = Math.floor(second * columns)
          const value = (r: number, c: number, d: number) => r * 100 + c * 10 + d
          const box = (start: number[], size: number[]) =>
            Array.from({ length: size[0] as number }, (_, r) =>
              Array.from({ length: size[1] as number }, (__, c) =>
                Array.from({ length: size[2] as number }, (___, d) =>
                  value((start[0] as number) + r, (start[1] as number) + c, d),
                ),
              ),
            ).flat(2)
          const prefix = write('parts', {
            v: {
              shape: [rows, columns, depth],
              parts: [
                { start: [0, 0, 0], size: [cutAt, -1, -1], values: box([0, 0], [cutAt, columns, depth]) },
                {
                  start: [cutAt, 0, 0],
                  size: [rows - cutAt, -1, -1],
                  values: box([cutAt, 0], [rows - cutAt, columns, depth]),
                },
              ],
            },
          })
          expect([...(await readOne(prefix, { key: 'v' })).data]).toEqual(box([0, 0], [rows, columns, depth]))
          const part = { start: [0, from, 0], size: [-1, columns - from, -1] }
          const read = await readOne(prefix, { key: 'v', part })
          expect(read.shape).toEqual([rows, columns - from, depth])
          expect([...read.data]).toEqual(box([0, from], [rows, columns - from, depth]))
        },
      ),
      { numRuns: 25 },
    )
  })

  test('of a big-endian machine is refused, and so is one whose entries lie', async () => {
    const prefix = write('big', { v: { shape: [2], parts: [{ start: [0], size: [2], values: [1, 2] }] } })
    expect(await failing(() => readOne(prefix, { key: 'nobody' }))).toMatchObject({
      code: 'unreadable-file',
      message: 'The checkpoint holds no value for the variable "nobody".',
    })
    const table = [...tableEntries(fileSource(`${prefix}.index`), 'x')].map(
      ({ key, value }): [string, Uint8Array] => [Buffer.from(key).toString('latin1'), value.slice()],
    )
    const [, ...rest] = table
    writeFileSync(`${prefix}.index`, tableOf([['', header(BundleHeaderProto_Endianness.BIG)], ...rest]))
    expect(await failing(() => readOne(prefix, { key: 'v' }))).toMatchObject({
      message: expect.stringContaining('big-endian'),
    })
    const lies = [
      { offset: 2n ** 60n },
      { offset: -8n },
      { size: 2n ** 40n, shape: shape([2 ** 38]) },
      { shape: shape([2 ** 40, 2 ** 40]) },
      { shape: shape([-2]) },
      { shape: { unknownRank: true } },
      { shardId: 7 },
      { crc32c: 1 },
      { dtype: DataType.DT_STRING },
      { dtype: DataType.DT_VARIANT },
    ]
    for (const lie of lies) {
      const path = write(
        'lies',
        { v: { shape: [2], parts: [{ start: [0], size: [2], values: [1, 2] }] } },
        lie,
      )
      expect(['unreadable-file', 'unsupported-graph']).toContain(
        (await failing(() => readOne(path, { key: 'v' }))).code,
      )
    }
  })
})

test('keys of parts sort as TensorFlow writes them', () => {
  const hex = (start: number[], size: number[]) => Buffer.from(partKey('w', { start, size })).toString('hex')
  // 0, "w", two axes; 0 and all (-1) of the first, 5 from 3 on of the second.
  expect(hex([0, 3], [-1, 5])).toBe('0077000101' + '02' + '80' + '7f' + '83' + '85')
  expect(hex([100], [20_000])).toBe('0077000101' + '01' + 'c064' + 'e04e20')
})

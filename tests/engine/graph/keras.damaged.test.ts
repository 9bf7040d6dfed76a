import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type AsyncZippable, strToU8, unzipSync, type Zippable, zipSync } from 'fflate'
import * as h5 from 'h5wasm/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openModel } from '../../../main/engine/graph/index.ts'
import { FailureError, seeded } from '../../../main/engine/kit/index.ts'

const golden = join(import.meta.dirname, '../../golden/graph/keras')
const archive = readFileSync(join(golden, 'nested.keras'))
const legacy = gunzipSync(readFileSync(join(golden, 'nested.h5.gz')))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgewright-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const parts = (): Record<string, Uint8Array> => unzipSync(archive)
const write = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** What became of opening it: a code, or nothing where it opened. Anything but a failure is a bug. */
async function trouble(path: string): Promise<string | undefined> {
  try {
    await openModel(path)
    return undefined
  } catch (error) {
    if (error instanceof FailureError) return error.failure.code
    throw error
  }
}

const leftovers = () => readdirSync(tmpdir()).filter(name => name.startsWith('edgewright-keras-')).length

describe('a damaged file of Keras', () => {
  test.each([
    ['cut.keras', archive],
    ['cut.h5', legacy],
  ])('%s at any length is refused', async (name, whole) => {
    const before = leftovers()
    const random = seeded(3)
    for (let i = 0; i < 40; i++) {
      const length = i < 12 ? i : Math.floor(random() * (whole.length - 1))
      expect(await trouble(write(name, whole.subarray(0, length))), `${length} bytes`).toBe('unreadable-file')
    }
    expect(leftovers()).toBe(before)
  })

  test.each([
    ['flipped.keras', archive],
    ['flipped.h5', legacy],
  ])('%s with bits turned is refused or opens, and nothing else', async (name, whole) => {
    const random = seeded(11)
    for (let i = 0; i < 60; i++) {
      const bytes = Uint8Array.from(whole)
      for (let n = 0; n < 1 + i / 10; n++) {
        // Most of what tells where things are lies at the beginning and in the description.
        const at = Math.floor(random() ** 2 * bytes.length)
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8))
      }
      expect([undefined, 'unreadable-file', 'unsupported-graph', 'unsupported']).toContain(
        await trouble(write(name, bytes)),
      )
    }
  })

  test('a packed file that says it is larger or smaller than it is', async () => {
    for (const [field, value] of [
      [24, 1],
      [24, 2 ** 31],
      [20, 2 ** 31],
      [42, 2 ** 31],
    ] as const) {
      const bytes = Buffer.from(archive)
      const entry = bytes.lastIndexOf(Buffer.from('model.weights.h5')) - 46
      bytes.writeUInt32LE(value, entry + field)
      expect(await trouble(write('sizes.keras', bytes))).toBe('unreadable-file')
    }
  })

  test('a description of a gigabyte of spaces that packs into a megabyte', async () => {
    const bytes = Buffer.from(zipSync({ ...parts(), 'config.json': new Uint8Array(2 ** 28).fill(0x20) }))
    expect(await trouble(write('bomb.keras', bytes))).toBe('unreadable-file')
  })

  test('weights that unpack to a thousand times their size', async () => {
    const bytes = zipSync({ ...parts(), 'model.weights.h5': new Uint8Array(2 ** 28) })
    const before = leftovers()
    expect(await trouble(write('zeros.keras', bytes))).toBe('unreadable-file')
    expect(leftovers()).toBe(before)
  })

  test('a dataset that claims more than the file holds is not read', async () => {
    await h5.ready
    const path = join(folder, 'claims.h5')
    const file = new h5.File(path, 'w')
    const config = {
      class_name: 'Sequential',
      config: {
        name: 's',
        layers: [
          { class_name: 'InputLayer', config: { name: 'i', batch_shape: [null, 65_536] } },
          { class_name: 'Dense', config: { name: 'd', trainable: true, units: 65_536 } },
        ],
      },
    }
    file.create_attribute('model_config', JSON.stringify(config))
    const group = file.create_group('model_weights').create_group('d')
    group.create_attribute('weight_names', ['d/kernel', 'd/bias'])
    const inner = group.create_group('d')
    // 16 GiB in chunks of which none is there.
    const wide = inner.create_dataset({
      name: 'kernel',
      data: new Float32Array(4),
      shape: [2, 2],
      maxshape: [null, null],
      chunks: [2, 2],
    })
    wide.resize([65_536, 65_536])
    inner.create_dataset({ name: 'bias', data: new Float32Array(4), shape: [4] })
    file.close()
    expect(await trouble(path)).toBe('unreadable-file')
  })

  test('groups that link to themselves', async () => {
    await h5.ready
    const path = join(folder, 'circle.h5')
    writeFileSync(path, legacy)
    const file = new h5.File(path, 'a')
    const weights = file.get('model_weights') as InstanceType<typeof h5.Group>
    weights.create_hard_link('/model_weights', 'inner_again')
    weights.create_soft_link('/model_weights/loop', 'loop')
    weights.create_external_link('/etc/hostname', '/', 'outside')
    file.close()
    expect(await trouble(path)).toBeUndefined()
  })

  test('files that are something else, or half of it', async () => {
    const { 'config.json': config, 'model.weights.h5': weights, ...rest } = parts()
    const cases: Record<string, Zippable & AsyncZippable> = {
      'no-config.keras': { ...rest, 'model.weights.h5': weights as Uint8Array },
      'no-weights.keras': { ...rest, 'config.json': config as Uint8Array },
      'no-json.keras': { ...parts(), 'config.json': strToU8('{"class_name": "Seq') },
      'no-model.keras': { ...parts(), 'config.json': strToU8('[1, 2]') },
      'no-hdf5.keras': { ...parts(), 'model.weights.h5': strToU8('nothing of the kind') },
    }
    for (const [name, files] of Object.entries(cases))
      expect(await trouble(write(name, zipSync(files))), name).toBe('unreadable-file')
    expect(await trouble(write('text.keras', strToU8('nothing of the kind')))).toBe('unreadable-file')
    expect(await trouble(write('empty.h5', new Uint8Array()))).toBe('unreadable-file')
    // Weights alone, as `save_weights` writes them.
    expect(await trouble(write('alone.weights.h5', weights as Uint8Array))).toBe('unsupported-graph')
  })

  test('a folder of the same parts opens, and an archive by any name', async () => {
    const place = join(folder, 'unpacked')
    mkdirSync(place)
    for (const [name, bytes] of Object.entries(parts())) writeFileSync(join(place, name), bytes)
    const { format, graph } = await openModel(place)
    expect(format).toBe('keras')
    const renamed = await openModel(write('model.bin', archive))
    expect(renamed.graph.nodes.map(({ name }) => name)).toEqual(graph.nodes.map(({ name }) => name))
  })

  test('another signature is not there', async () => {
    await expect(openModel(join(golden, 'nested.keras'), { signature: 'train' })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
  })

  test('a cancelled opening stops and leaves nothing behind', async () => {
    const before = leftovers()
    const signal = AbortSignal.abort()
    await expect(openModel(join(golden, 'nested.keras'), { signal })).rejects.toThrow(/abort/i)
    expect(leftovers()).toBe(before)
  })
})

import { appendFileSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  describeFeature,
  encodeInstances,
  encodePictures,
  IMAGE_SCALES,
  type ImageScale,
  needsColor,
} from '../../../../main/engine/encoding/index.ts'
import { hashOf } from '../../../../main/engine/kit/index.ts'
import { openPack } from '../../../../main/engine/store/index.ts'
import { mirrored } from '../../../../main/engine/training/images/encodeImages.ts'
import { pictureTransform } from '../../../../main/engine/training/images/fitImages.ts'
import { aFolder } from '../bench.ts'

describe('a picture', () => {
  const picture = fc
    .record({
      height: fc.integer({ min: 1, max: 6 }),
      width: fc.integer({ min: 1, max: 6 }),
      channels: fc.constantFrom(1 as const, 3 as const),
      scale: fc.constantFrom(...IMAGE_SCALES),
    })
    .filter(({ channels, scale }) => channels === 3 || !needsColor(scale))
    .chain(shape =>
      fc
        .uint8Array({
          minLength: shape.height * shape.width * shape.channels,
          maxLength: shape.height * shape.width * shape.channels,
        })
        .map(pixels => ({ shape, pixels })),
    )

  test('is the same bits as bytes, as lists and as base64', () => {
    fc.assert(
      fc.property(picture, ({ shape, pixels }) => {
        const { height, width, channels } = shape
        const spec = pictureTransform({ ...shape, resize: 'stretch' })
        const nested = Array.from({ length: height }, (_, y) =>
          Array.from({ length: width }, (_, x) => {
            const at = (y * width + x) * channels
            return [...pixels.subarray(at, at + channels)]
          }),
        )
        const forms = [
          [...pixels],
          nested,
          ...(channels === 1 ? [nested.map(line => line.flat())] : []),
          { b64: Buffer.from(pixels).toString('base64') },
        ]
        const bits = encodePictures(spec, [pixels])
        expect(bits).toHaveLength(spec.width)
        for (const form of forms) expect(encodeInstances(spec, [{ image: form }])).toEqual(bits)
        // It means the same after it was written down and read.
        expect(encodePictures(JSON.parse(JSON.stringify(spec)), [pixels])).toEqual(bits)
        expect(describeFeature(spec.features[0] as never).columns).toHaveLength(spec.width)
      }),
    )
  })

  test('seen twice in a mirror is itself', () => {
    fc.assert(
      fc.property(picture, ({ shape, pixels }) => {
        expect(mirrored(mirrored(pixels, shape), shape)).toEqual(pixels)
      }),
    )
    expect([...mirrored(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), { width: 3, channels: 1 })]).toEqual([
      3, 2, 1, 6, 5, 4, 9, 8, 7,
    ])
    expect([...mirrored(Uint8Array.of(1, 2, 3, 4, 5, 6), { width: 2, channels: 3 })]).toEqual([
      4, 5, 6, 1, 2, 3,
    ])
  })

  test('is scaled as Keras scales for ImageNet', () => {
    const scaled = (scale: ImageScale) =>
      encodePictures(pictureTransform({ height: 1, width: 1, channels: 3, scale, resize: 'stretch' }), [
        Uint8Array.of(255, 0, 51),
      ])
    expect([...scaled('0..255')]).toEqual([255, 0, 51])
    expect([...scaled('0..1')]).toEqual([1, 0, Math.fround(0.2)])
    expect([...scaled('-1..1')]).toEqual([1, -1, Math.fround(-0.6)])
    // Of `keras.applications.imagenet_utils.preprocess_input` in TensorFlow 2.21.
    const near = (values: Float32Array, wanted: number[]) =>
      expect(values.every((value, i) => Math.abs(value - (wanted[i] as number)) < 1e-4)).toBe(true)
    near(scaled('caffe'), [51 - 103.939, -116.779, 255 - 123.68])
    near(scaled('imagenet'), [2.2489083, -2.0357141, -0.9155556])
  })
})

describe('a pack', () => {
  let folder: ReturnType<typeof aFolder>
  beforeEach(() => {
    folder = aFolder()
  })
  afterEach(() => folder.remove())
  const key = (name: string) => hashOf(name)
  const open = (most?: number, name = 'pack') => openPack(folder.path, name, 4, most)

  test('gives back what was put, to whoever opens it later or beside', () => {
    const [one, other] = [open(), open()]
    one.put(key('a'), Uint8Array.of(1, 2, 3, 4))
    other.put(key('b'), Uint8Array.of(5, 6, 7, 8))
    expect(one.get(key('b'))).toEqual(Uint8Array.of(5, 6, 7, 8))
    expect(one.get(key('c'))).toBeNull()
    one.close()
    expect(other.get(key('a'))).toEqual(Uint8Array.of(1, 2, 3, 4))
    other.close()
    const later = open()
    expect(later.has(key('a'))).toBe(true)
    expect(later.get(key('b'))).toEqual(Uint8Array.of(5, 6, 7, 8))
    later.close()
  })

  test('forgets what a crash left half', () => {
    const first = open()
    for (const name of ['a', 'b']) first.put(key(name), Uint8Array.of(1, 1, 1, name.charCodeAt(0)))
    first.close()
    truncateSync(join(folder.path, 'pack.rows'), 7)
    appendFileSync(join(folder.path, 'pack.keys'), 'half')
    const again = open()
    expect([again.has(key('a')), again.has(key('b'))]).toEqual([true, false])
    again.put(key('c'), Uint8Array.of(9, 9, 9, 9))
    again.close()
    const last = open()
    expect(last.get(key('c'))).toEqual(Uint8Array.of(9, 9, 9, 9))
    expect(last.get(key('a'))).toEqual(Uint8Array.of(1, 1, 1, 97))
    last.close()
    expect(statSync(join(folder.path, 'pack.keys')).size).toBe(64)
  })

  test('makes room by dropping those that were not used longest, never one that is open', () => {
    for (const name of ['old', 'new']) {
      const pack = open(undefined, name)
      pack.put(key(name), Uint8Array.of(1, 2, 3, 4))
      if (name === 'old') pack.close()
    }
    const third = open(4, 'third')
    expect(
      readdirSync(folder.path)
        .filter(name => name.endsWith('.rows'))
        .sort(),
    ).toEqual(['new.rows', 'third.rows'])
    third.close()
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Evaluation, Run, Variant } from '#contract'
import { encodePictures } from '../../../../main/engine/encoding/index.ts'
import { loadExecutable, openModel, readGraphDef } from '../../../../main/engine/graph/index.ts'
import { openStore, type Store } from '../../../../main/engine/store/index.ts'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import { cutBackbone, FROZEN_ENDS, type Frozen } from '../../../../main/engine/training/images/backbone.ts'
import { pictureTransform } from '../../../../main/engine/training/images/fitImages.ts'
import { openEngine } from '../../engine.ts'
import { drawDigits } from './digits.ts'

const python = process.env.EDGEWRIGHT_TF_PYTHON
const hint = python ? '' : ' (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)'
if (!python && process.env.CI === 'true') throw new Error('Backbones of Keras need EDGEWRIGHT_TF_PYTHON.')

describe(`backbones made by Keras${hint}`, { skip: !python }, () => {
  let made: string
  let store: Store
  beforeAll(() => {
    made = mkdtempSync(join(tmpdir(), 'edgewright-backbones-'))
    const script = fileURLToPath(new URL('./backbones.py', import.meta.url))
    execFileSync(python as string, [script, made], { stdio: 'ignore' })
    store = openStore(join(made, 'workspace'))
  }, 120_000)
  afterAll(() => {
    store.close()
    rmSync(made, { recursive: true, force: true })
  })

  const floats = (name: string) => new Float32Array(new Uint8Array(readFileSync(join(made, name))).buffer)
  async function cut(file: string, hparams = {}): Promise<{ frozen: Frozen; told: string }> {
    const told: string[] = []
    const { graph } = await openModel(join(made, file))
    const frozen = cutBackbone(
      store,
      { graph, name: file, picture: null },
      { size: undefined, hparams },
      line => told.push(line),
    )
    return { frozen, told: told.join(' ') }
  }
  async function featuresOf(frozen: Frozen): Promise<Float32Array> {
    const { tf } = await openTensor()
    const bytes = new Uint8Array(readFileSync(join(made, 'pictures.u8')))
    const transform = pictureTransform(frozen.picture)
    const pictures = Array.from({ length: 4 }, (_, i) => bytes.subarray(i * 3072, (i + 1) * 3072))
    const run = loadExecutable(readGraphDef(store.blobs.read(frozen.hash), FROZEN_ENDS), tf)
    const data = encodePictures(transform, pictures)
    const { features } = run.run({ pixels: { data, shape: [4, transform.width] } })
    run.dispose()
    return features?.data as Float32Array
  }
  const difference = (a: Float32Array, b: Float32Array) => {
    expect(a.length).toBe(b.length)
    return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0)
  }

  test.each(['scaled.keras', 'saved', 'scaled.tflite'])(
    '%s is cut before its classifier and gives the features that TensorFlow gives',
    async file => {
      const { frozen, told } = await cut(file)
      expect(frozen).toMatchObject({ width: 40, picture: { height: 32, channels: 3, scale: '0..255' } })
      expect(told).toMatch(/own scaling of bytes/)
      expect(difference(await featuresOf(frozen), floats('scaled.f32'))).toBeLessThan(1e-4)
    },
    60_000,
  )

  test('one without a classifier is averaged, and scaled as its family is', async () => {
    const { frozen, told } = await cut('mobilenet.h5')
    expect(frozen).toMatchObject({ width: 40, picture: { scale: '-1..1' } })
    expect(told).toMatch(/MobileNet/)
    expect(difference(await featuresOf(frozen), floats('bare.f32'))).toBeLessThan(1e-4)
    expect((await cut('mobilenet.h5', { scale: 'caffe' })).frozen.picture.scale).toBe('caffe')
    expect((await cut('scaled.keras', { layer: 'relu_2' })).frozen.width).toBe(24)
  }, 60_000)

  test('one that ends in convolutions over a single pixel is cut before the last, at an open size too', async () => {
    const { frozen } = await cut('pixel.keras')
    expect(frozen).toMatchObject({ width: 12, picture: { height: 128, width: 128, scale: '0..255' } })
  })

  test('what takes no pictures, or of other channels, is refused in words', async () => {
    await expect(cut('rows.keras')).rejects.toThrow(/no input for pictures.*\[any, 12\]/)
    await expect(cut('channels.keras')).rejects.toThrow(/pictures of 5 channels/)
    await expect(cut('scaled.keras', { layer: 'nowhere' })).rejects.toThrow(/no layer or node "nowhere"/)
  })

  test('a head on one of them is trained, measured and converted as one model', async () => {
    const house = await openEngine()
    try {
      const pictures = await drawDigits(join(house.folder, 'colored'), {
        each: 40,
        digits: [1, 8],
        side: 40,
      })
      await house.work(house.engine.dataset.import({ file: pictures, name: 'colored' }))
      const run = await house.work<Run>(
        house.engine.training.start({
          dataset: 'colored',
          name: 'colored',
          label: 'label',
          trainer: 'transfer',
          backbone: join(made, 'saved'),
          epochs: 60,
          batch: 16,
          learningRate: 0.01,
          patience: 0,
        }),
      )
      expect(run).toMatchObject({ inputs: 3072, task: 'binary' })
      const measured = (variant: Evaluation['variant']) =>
        house.work<Evaluation>(house.engine.evaluation.run({ run: run.id, split: 'test', variant }))
      const { metrics } = await measured('layers')
      expect(metrics.accuracy).toBeGreaterThan(0.7)
      await house.work<Variant>(house.engine.optimization.freeze({ model: run.id }))
      expect((await measured('float32')).metrics).toEqual(metrics)
      const small = await house.work<Variant>(
        house.engine.optimization.convert({ model: run.id, to: 'tflite', quantize: 'int8' }),
      )
      expect(small.ops).toHaveProperty('DEPTHWISE_CONV_2D')
    } finally {
      await house.close()
    }
  }, 180_000)
})

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs'
import { afterAll, describe, expect } from 'vitest'
import { hashFile } from '../../../../main/engine/kit/index.ts'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import { type NetLayer, type NetSpec, topologyOf } from '../../../../main/engine/training/trainers/index.ts'
import { FILES, type Message, type TrainWork } from '../../../../main/engine/training/work.ts'
import { readCheckpoint } from '../../../../main/engine/training/worker/checkpointFile.ts'
import { ownLayers } from '../../../../main/engine/training/worker/layers/index.ts'
import { train } from '../../../../main/engine/training/worker/train.ts'
import {
  failureIn,
  lastEpoch,
  runPython,
  type Starting,
  testWithTensorflow,
  trainInPython,
} from './trainer.ts'
import { classifier, dense, writeWork } from './work.ts'

const scratch = mkdtempSync(join(tmpdir(), 'edgewright-python-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const place = (name: string) => join(scratch, name)
const copied = (from: string, name: string) => {
  cpSync(place(from), place(name), { recursive: true })
  return place(name)
}
const rewrite = (folder: string, change: Partial<TrainWork>) => {
  const file = join(folder, FILES.work)
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }))
}
// Opened once, as a worker does.
const opened = openTensor({ backend: 'wasm' })
const here = async (folder: string, tell: (message: Message) => void = () => {}) =>
  train(folder, JSON.parse(readFileSync(join(folder, FILES.work), 'utf8')), await opened, tell)
const floats = (file: string) => {
  const bytes = readFileSync(file)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}
const greatestDifference = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0)
}

const input = (width: number): NetLayer => ({ name: 'features', inputs: [], kind: 'input', width })
const answers = (from: string): NetLayer[] => [
  dense('logits', from, 3, 77, false),
  { name: 'probabilities', inputs: ['logits'], kind: 'activation', activation: 'softmax' },
]
const netOf = (layers: NetLayer[]): NetSpec => ({ layers, logits: 'logits', output: 'probabilities' })

/** Nets that hold every kind of layer. */
const NETS: Record<string, NetSpec> = {
  'wide and deep': netOf([
    input(12),
    { name: 'some', inputs: ['features'], kind: 'columns', from: 2, to: 9 },
    dense('deep', 'some', 8, 1),
    { name: 'dropped', inputs: ['deep'], kind: 'dropout', rate: 0.3 },
    { name: 'wide', inputs: ['features'], kind: 'dense', units: 8, activation: 'tanh', bias: false, seed: 2 },
    { name: 'sum', inputs: ['dropped', 'wide'], kind: 'add' },
    { name: 'both', inputs: ['sum', 'features'], kind: 'concat' },
    { name: 'bent', inputs: ['both'], kind: 'activation', activation: 'sigmoid' },
    ...answers('bent'),
  ]),
  pictures: netOf([
    input(108),
    { name: 'picture', inputs: ['features'], kind: 'reshape', shape: [6, 6, 3] },
    {
      name: 'a',
      inputs: ['picture'],
      kind: 'conv2d',
      filters: 5,
      size: 3,
      strides: 1,
      padding: 'same',
      activation: 'relu',
      seed: 3,
    },
    { name: 'b', inputs: ['a'], kind: 'max-pool-2d', size: 2 },
    {
      name: 'c',
      inputs: ['b'],
      kind: 'conv2d',
      filters: 4,
      size: 2,
      strides: 1,
      padding: 'valid',
      activation: 'tanh',
      seed: 4,
    },
    { name: 'd', inputs: ['c'], kind: 'global-average-pool-2d' },
    { name: 'e', inputs: ['c'], kind: 'flatten' },
    { name: 'f', inputs: ['d', 'e'], kind: 'concat' },
    ...answers('f'),
  ]),
  series: netOf([
    input(24),
    { name: 'steps', inputs: ['features'], kind: 'reshape', shape: [12, 2] },
    {
      name: 'a',
      inputs: ['steps'],
      kind: 'conv1d',
      filters: 4,
      size: 3,
      strides: 1,
      padding: 'causal',
      activation: 'relu',
      seed: 5,
    },
    { name: 'b', inputs: ['a'], kind: 'max-pool-1d', size: 2 },
    { name: 'c', inputs: ['b'], kind: 'gru', units: 6, seed: 6 },
    {
      name: 'd',
      inputs: ['a'],
      kind: 'conv1d',
      filters: 3,
      size: 2,
      strides: 2,
      padding: 'same',
      activation: 'linear',
      seed: 7,
    },
    { name: 'e', inputs: ['d'], kind: 'global-average-pool-1d' },
    { name: 'f', inputs: ['c', 'e'], kind: 'concat' },
    ...answers('f'),
  ]),
  texts: netOf([
    input(9),
    { name: 'words', inputs: ['features'], kind: 'columns', from: 0, to: 8 },
    { name: 'bag', inputs: ['words'], kind: 'embedding-bag', entries: 20, units: 5, seed: 8 },
    ...answers('bag'),
  ]),
}

describe('nets', () => {
  testWithTensorflow(
    'of every kind answer in Keras and here alike, with the weights that Keras wrote',
    async () => {
      const names = Object.keys(NETS)
      for (const name of names) {
        const net = NETS[name] as NetSpec
        const width = (net.layers[0] as { width: number }).width
        mkdirSync(place(name))
        writeFileSync(join(place(name), 'net.json'), JSON.stringify(net))
        // Places in a table for the texts; the third row holds none.
        const values = Float32Array.from({ length: 5 * width }, (_, i) =>
          name === 'texts' ? (Math.floor(i / width) === 2 ? 0 : (i * 7) % 20) : Math.sin(i * 1.7),
        )
        writeFileSync(join(place(name), 'rows.f32'), new Uint8Array(values.buffer))
      }
      await runPython(
        `
import json, sys, numpy as np, tensorflow as tf
from trainer.net import Net
for folder in sys.argv[1:]:
    spec = json.load(open(folder + '/net.json'))
    net = Net(spec)
    # Biases begin at 0, which would prove nothing.
    for place, variable in enumerate(net.variables):
        if len(variable.shape) == 1: variable.assign(np.cos(np.arange(variable.shape[0]) + place))
    rows = np.fromfile(folder + '/rows.f32', '<f4').reshape(5, -1)
    np.asarray(net(tf.constant(rows), spec['output'])).astype('<f4').tofile(folder + '/outputs.f32')
    np.concatenate([variable.numpy().ravel() for variable in net.variables]).tofile(folder + '/weights.bin')
`,
        ...names.map(place),
      )
      const { tf } = await opened
      ownLayers(tf)
      for (const name of names) {
        const net = NETS[name] as NetSpec
        const { modelTopology, weightSpecs } = topologyOf(net)
        const weightData = floats(join(place(name), 'weights.bin')).buffer as ArrayBuffer
        const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }))
        const rows = floats(join(place(name), 'rows.f32'))
        const answered = (
          model.predict(tf.tensor2d(rows, [5, rows.length / 5])) as Tensor
        ).dataSync() as Float32Array
        expect([name, greatestDifference(answered, floats(join(place(name), 'outputs.f32'))) < 1e-5]).toEqual(
          [name, true],
        )
      }
    },
  )
})

describe('training in Python', () => {
  testWithTensorflow(
    'takes the same steps as training here, and either goes on where the other stopped',
    async () => {
      // All rows in one batch: their order is the one thing in which the two differ.
      const rows = { train: 300, eval: 200 }
      const given = { inputs: 6, net: classifier(6, [12, 8], 3), rows, batch: 300, epochs: 6 }
      writeWork(place('begun'), { ...given, schedule: 'cosine', warmup: 2, classWeights: [1, 3, 0.5] })
      rewrite(place('begun'), { epochs: 1 })
      await here(place('begun'))
      rewrite(place('begun'), { epochs: 6 })
      const [inJs, inPython] = [copied('begun', 'js'), copied('begun', 'py')]
      const epochs: Message[] = []
      await here(inJs, message => epochs.push(message))
      const trained = await trainInPython(inPython)
      expect(failureIn(trained)).toBeUndefined()
      expect(
        greatestDifference(floats(join(inJs, FILES.weights)), floats(join(inPython, FILES.weights))),
      ).toBeLessThan(1e-5)
      const [ours] = epochs.filter(message => message.kind === 'epoch').slice(-1)
      const theirs = lastEpoch(trained)
      expect(theirs?.loss).toBeCloseTo(ours?.figures.loss as number, 5)
      expect(theirs?.evalLoss).toBeCloseTo(ours?.figures.evalLoss as number, 5)
      expect(theirs?.evalAccuracy).toBeCloseTo(ours?.figures.evalAccuracy as number, 5)
      expect(trained.messages[0]).toMatchObject({
        kind: 'ready',
        parameters: 6 * 12 + 12 + 12 * 8 + 8 + 8 * 3 + 3,
      })
      // And back: what Python left is a checkpoint that is read here.
      const checkpoint = readCheckpoint(join(inPython, FILES.checkpoint))
      expect(checkpoint?.epochs).toHaveLength(6)
      expect(checkpoint?.steps).toBe(6)
      rewrite(inPython, { epochs: 7 })
      expect(await here(inPython)).toMatchObject({ kind: 'done' })
    },
  )

  testWithTensorflow('reaches the quality of training here, for classes, yes or no, and values', async () => {
    const tasks = {
      multiclass: { task: 'multiclass', outputs: 3, net: classifier(6, [24], 3, 0.1) },
      binary: { task: 'binary', outputs: 1, net: classifier(6, [24], 1) },
      regression: {
        task: 'regression',
        outputs: 1,
        net: {
          layers: [input(6), dense('a', 'features', 24, 1), dense('value', 'a', 1, 2, false)],
          logits: 'value',
          output: 'value',
        },
      },
    } as const satisfies Record<string, Partial<TrainWork> & { net: NetSpec }>
    const results = await Promise.all(
      Object.entries(tasks).map(async ([name, task]) => {
        writeWork(place(`q-${name}`), { inputs: 6, epochs: 12, learningRate: 0.005, ...task })
        const there = trainInPython(copied(`q-${name}`, `q-${name}-py`))
        const epochs: Message[] = []
        await here(place(`q-${name}`), message => epochs.push(message))
        const ours = epochs.filter(message => message.kind === 'epoch').at(-1)?.figures
        return [name, ours, lastEpoch(await there)] as const
      }),
    )
    for (const [name, ours, theirs] of results) {
      const apart = Math.abs((ours?.evalLoss as number) - (theirs?.evalLoss as number))
      expect([name, apart < 0.05, theirs?.accuracy === null]).toEqual([name, true, name === 'regression'])
      expect(theirs?.evalLoss).toBeLessThan(0.45)
    }
  })

  testWithTensorflow('that was stopped ends with the very weights of one that was not', async () => {
    const net = classifier(6, [32, 16], 3, 0.3)
    writeWork(place('whole'), { inputs: 6, net, epochs: 6, schedule: 'exponential', patience: 5 })
    const stopped = copied('whole', 'stopped')
    const [whole, part] = await Promise.all([
      trainInPython(place('whole')),
      trainInPython(stopped, { ends: message => message.kind === 'epoch' && message.figures.epoch === 2 }),
    ])
    expect(whole.code).toBe(0)
    expect(part.code).toBe(143)
    expect(existsSync(join(stopped, FILES.weights))).toBe(false)
    const resumed = await trainInPython(stopped)
    const ready = resumed.messages[0] as Extract<Message, { kind: 'ready' }>
    expect(ready.epochs.length).toBeGreaterThanOrEqual(2)
    expect(ready.epochs.length).toBeLessThan(6)
    expect(await hashFile(join(stopped, FILES.weights))).toBe(
      await hashFile(join(place('whole'), FILES.weights)),
    )
    expect(readFileSync(join(stopped, 'SHA256SUMS'), 'utf8')).toBe(
      `${await hashFile(join(stopped, FILES.weights))}  ${FILES.weights}\n`,
    )
  })

  testWithTensorflow(
    'gives the same model by one worker and by two, of which the first speaks and writes',
    async () => {
      writeWork(place('one'), { inputs: 6, net: classifier(6, [16], 3), epochs: 3, batch: 50 })
      const folders = [copied('one', 'two-0'), copied('one', 'two-1')]
      const cluster = { worker: (await freePorts(2)).map(port => `127.0.0.1:${port}`) }
      const [alone, first, second] = (await Promise.all([
        trainInPython(place('one')),
        ...folders.map((folder, index) =>
          trainInPython(folder, {
            env: { TF_CONFIG: JSON.stringify({ cluster, task: { type: 'worker', index } }) },
          }),
        ),
      ])) as [
        Awaited<ReturnType<typeof trainInPython>>,
        Awaited<ReturnType<typeof trainInPython>>,
        Awaited<ReturnType<typeof trainInPython>>,
      ]
      expect([alone.code, first.code, second.code]).toEqual([0, 0, 0])
      expect(lastEpoch(first)?.evalLoss).toBeCloseTo(lastEpoch(alone)?.evalLoss as number, 4)
      expect(lastEpoch(first)?.loss).toBeCloseTo(lastEpoch(alone)?.loss as number, 4)
      expect(first.messages[0]).toMatchObject({ backend: expect.stringContaining('2 workers') })
      expect(second.messages).toEqual([])
      expect(existsSync(join(folders[0] as string, FILES.weights))).toBe(true)
      expect(existsSync(join(folders[1] as string, FILES.weights))).toBe(false)
      expect(existsSync(join(folders[1] as string, FILES.checkpoint))).toBe(false)
    },
  )

  testWithTensorflow('says in a sentence why it cannot be done, and what to do', async () => {
    writeWork(place('good'), { inputs: 6, net: classifier(6, [8], 3), epochs: 2 })
    const cases: Record<string, [Starting, (folder: string) => void, code: string, says: RegExp]> = {
      gpu: [{ args: ['--gpus', '2'] }, () => {}, 'unsupported', /found no GPU where 2 are asked for/],
      kind: [
        {},
        folder =>
          rewrite(folder, {
            net: netOf([input(6), { name: 'x', inputs: ['features'], kind: 'attention' } as never]),
          }),
        'unsupported',
        /no layer of the kind "attention"/,
      ],
      short: [
        {},
        folder => truncateSync(join(folder, FILES.features('train')), 100),
        'training-failed',
        /ends too early: 100 bytes/,
      ],
      gone: [
        {},
        folder => rmSync(join(folder, FILES.labels('eval'))),
        'not-found',
        /eval\.labels\.f32 is not there/,
      ],
      broken: [
        {},
        folder => writeFileSync(join(folder, FILES.work), '{"kind":'),
        'unreadable-file',
        /cannot be read/,
      ],
      other: [{}, folder => writeFileSync(join(folder, FILES.work), '[]'), 'unsupported', /no net/],
      steep: [
        {},
        folder => rewrite(folder, { learningRate: 1e30, epochs: 5 }),
        'training-failed',
        /no longer a number in epoch/,
      ],
      cluster: [
        { env: { TF_CONFIG: '{"cluster":{}}' } },
        () => {},
        'bad-input',
        /TF_CONFIG cannot be understood/,
      ],
      bare: [{ options: ['-S'] }, () => {}, 'not-found', /cannot load TensorFlow/],
    }
    const names = Object.keys(cases)
    for (const pair of Array.from({ length: Math.ceil(names.length / 3) }, (_, i) =>
      names.slice(i * 3, i * 3 + 3),
    ))
      await Promise.all(
        pair.map(async name => {
          const [starting, spoil, code, says] = cases[name] as (typeof cases)[string]
          const folder = copied('good', `bad-${name}`)
          spoil(folder)
          const ended = await trainInPython(folder, starting)
          expect([name, ended.code, failureIn(ended)?.code]).toEqual([name, 1, code])
          expect(failureIn(ended)?.message).toMatch(says)
          expect(failureIn(ended)?.remedy).not.toBe('')
        }),
      )
  })
})

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map(server => new Promise<void>(done => server.listen(0, '127.0.0.1', done))))
  const found = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(done => server.close(done))))
  return found
}

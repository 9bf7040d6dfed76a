/**
 * Trains on WebGPU, in a worker of a page. It reads and gives files by the port of the page alone, so that it needs
 * neither a network nor the contract; see `renderer/gpu/`.
 */
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-webgpu'
import type { GpuAsked, GpuFile, GpuSaid } from '#contract'
import { fail, failureOf } from '../../kit/index.ts'
import { FILES, type Message, type TrainWork } from '../work.ts'
import { bytesOf, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import { gpuLearner } from './gpuLearner.ts'
import { learn, type SplitRows } from './learn.ts'
import { heldRows } from './rows.ts'

/** A window holds so many bytes of a file at most. */
const MOST = 2 ** 31 - 8

const page = self as unknown as {
  postMessage(message: GpuAsked): void
  addEventListener(event: 'message', listener: (event: MessageEvent<GpuSaid>) => void): void
}

const tell = (message: Message) => page.postMessage({ kind: 'tell', message })

const answers = new Map<number, (answer: Extract<GpuSaid, { kind: 'answer' }>) => void>()
let asked = 0
/** Asks the page and waits for its answer. */
function ask(
  question:
    | { kind: 'read'; file: GpuFile['read'] }
    | { kind: 'give'; file: GpuFile['given']; bytes: Uint8Array<ArrayBuffer> },
) {
  const number = ++asked
  return new Promise<ArrayBuffer | null>((resolve, reject) => {
    answers.set(number, ({ bytes, refused }) => {
      if (refused === undefined) resolve(bytes)
      else reject(fail('training-failed', refused, 'Continue the run; it goes on from its last checkpoint.'))
    })
    page.postMessage({ ...question, number })
  })
}
const read = (file: GpuFile['read']) => ask({ kind: 'read', file })
const give = (file: GpuFile['given'], bytes: Uint8Array<ArrayBuffer>) =>
  ask({ kind: 'give', file, bytes }).then(() => {})

async function rowsOf(work: TrainWork, split: 'train' | 'eval'): Promise<SplitRows> {
  const rows = work.rows[split]
  const open = async (file: GpuFile['read'], width: number) => {
    const size = rows * width * 4
    if (size > MOST)
      throw fail(
        'unsupported',
        `The data is too large for a window: ${(size / 2 ** 30).toFixed(1)} GB.`,
        'Train on this computer without the window, or on fewer rows.',
      )
    const bytes = await read(file)
    if (bytes?.byteLength !== size)
      throw fail('training-failed', `The data file ${file} ends too early.`, 'Start the training again.')
    return heldRows(new Float32Array(bytes), width)
  }
  return {
    rows,
    features: await open(`${split}.features.f32`, work.inputs),
    labels: await open(`${split}.labels.f32`, 1),
  }
}

/** Opens WebGPU; a GPU that is lost later ends the work, since what was asked of it is never answered. */
async function openGpu(): Promise<void> {
  const refused = (why: string) =>
    fail('unsupported', `WebGPU does not start here: ${why}.`, 'Choose another target.')
  try {
    if (!(await tf.setBackend('webgpu'))) throw new Error('the backend did not start')
    await tf.ready()
  } catch (error) {
    throw refused((error as Error).message)
  }
  const { device } = tf.backend() as unknown as { device: GPUDevice }
  void device.lost.then(({ message }) =>
    tell({
      kind: 'failed',
      failure: fail(
        'training-failed',
        `The GPU was lost${message ? `: ${message.split('\n')[0]}` : '.'}`,
        'Take a smaller batch if its memory was short; a run goes on from its last checkpoint.',
      ).failure,
    }),
  )
}

async function carryOut(backend: string): Promise<Message> {
  try {
    await openGpu()
    const text = new TextDecoder().decode((await read(FILES.work)) ?? new ArrayBuffer())
    const work = JSON.parse(text) as TrainWork
    const before = await read(FILES.checkpoint)
    const around = {
      train: await rowsOf(work, 'train'),
      eval: await rowsOf(work, 'eval'),
      before: before && decodeCheckpoint(new Uint8Array(before)),
    }
    const { weights, done } = await learn(work, await gpuLearner(tf, work), backend, {
      ...around,
      keep: checkpoint => give(FILES.checkpoint, encodeCheckpoint(checkpoint)),
      tell,
      breathe: () => new Promise(resolve => setTimeout(resolve)),
    })
    await give(FILES.weights, bytesOf(weights))
    return done
  } catch (error) {
    const failure = failureOf(error)
    if (failure.code === 'internal') console.error(error)
    return {
      kind: 'failed',
      failure:
        failure.code === 'internal'
          ? {
              code: 'training-failed',
              message: `The GPU's worker met an error: ${(error as Error).message}`,
              remedy: 'If memory was short, take a smaller batch or fewer units; else choose another target.',
            }
          : failure,
    }
  }
}

page.addEventListener('message', ({ data }) => {
  if (data.kind === 'begin') void carryOut(`webgpu: ${data.gpu}, TensorFlow.js ${tf.version.tfjs}`).then(tell)
  else {
    answers.get(data.number)?.(data)
    answers.delete(data.number)
  }
})

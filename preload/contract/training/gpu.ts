import { z } from 'zod'
import { call, watch } from '../call.ts'
import { Failure } from '../failure.ts'
import { Epoch } from './run.ts'

/** Known to the page alone that the work was given to. */
const Task = z.string().min(20).max(100)

/** Bytes that cross in one piece, at most. */
export const GPU_PIECE = 4 * 2 ** 20

/** What a worker on a GPU says while it works; see `Message` of the engine. */
export const GpuMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ready'),
    backend: z.string().max(500),
    parameters: z.int().nullable(),
    epochs: z.array(Epoch),
    best: z.int().nullable(),
  }),
  z.object({ kind: z.literal('step'), epoch: z.int().min(1), share: z.number().min(0).max(1) }),
  z.object({ kind: z.literal('epoch'), figures: Epoch, best: z.int() }),
  z.object({ kind: z.literal('done'), best: z.int().nullable(), stoppedEarly: z.boolean() }),
  z.object({ kind: z.literal('failed'), failure: Failure }),
])
export type GpuMessage = z.infer<typeof GpuMessage>

/** Files of a work folder that a page may read, and those that it may give. */
const Read = z.enum([
  'work.json',
  'checkpoint.bin',
  'train.features.f32',
  'train.labels.f32',
  'eval.features.f32',
  'eval.labels.f32',
])
const Given = z.enum(['checkpoint.bin', 'weights.bin'])
export type GpuFile = { read: z.infer<typeof Read>; given: z.infer<typeof Given> }

/** What the worker of a page asks of its page; what has a number is answered with it. */
export type GpuAsked =
  | { kind: 'read'; number: number; file: GpuFile['read'] }
  | { kind: 'give'; number: number; file: GpuFile['given']; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'tell'; message: GpuMessage }

/** What a page says to its worker. `bytes` is null of a file that is not there; `refused` says why it could not be done. */
export type GpuSaid =
  | { kind: 'begin'; gpu: string }
  | { kind: 'answer'; number: number; bytes: ArrayBuffer | null; refused?: string }

/** How a page lends the GPU of its computer to the engine. */
export const gpuEntries = {
  /** A page offers its GPU for as long as it listens, and hears what is to be done on it. */
  gpuOffers: watch(
    { title: 'Lend a GPU', icon: 'gpu', inner: true },
    z.object({ /** What the adapter calls itself. */ name: z.string().min(1).max(200) }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('known') }),
      z.object({ kind: z.literal('train'), task: Task }),
      z.object({ kind: z.literal('stop'), task: Task }),
    ]),
  ),
  gpuData: call(
    { title: 'Read data for a GPU', icon: 'gpu', inner: true, reads: true },
    z.object({ task: Task, file: Read, offset: z.int().min(0) }),
    z.object({
      /** Of the whole file; null where it is not there. */ size: z.int().nullable(),
      data: z.instanceof(Blob),
    }),
  ),
  gpuTell: call(
    { title: 'Tell of work on a GPU', icon: 'gpu', inner: true, undo: 'Cancel the run' },
    z.object({ task: Task, message: GpuMessage }),
    z.object({}),
  ),
  /** Piece after piece; with the last one the file is looked at, and kept whole or not at all. */
  gpuGive: call(
    { title: 'Give what a GPU has learned', icon: 'gpu', inner: true, undo: 'Cancel the run' },
    z.object({
      task: Task,
      file: Given,
      offset: z.int().min(0),
      last: z.boolean(),
      data: z.instanceof(Blob),
    }),
    z.object({}),
  ),
}

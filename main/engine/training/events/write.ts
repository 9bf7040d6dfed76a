import { type FileHandle, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { ensureFolder } from '../../kit/index.ts'
import { type Buckets, HPARAMS, PLUGINS, TYPES } from './event.ts'
import { type HparamValue, tag, writeEnd, writeStart } from './hparams.ts'
import { framed } from './records.ts'

/** Writes one event file as TensorFlow 2 does: a tensor a value, with metadata that says which plugin shows it. */
export interface EventWriter {
  readonly path: string
  scalar(name: string, step: number, at: number, value: number): void
  histogram(name: string, step: number, at: number, buckets: Buckets): void
  text(name: string, step: number, at: number, text: string): void
  /** How the trial was started, for the hparams plugin. */
  params(values: Record<string, HparamValue>, group: string, at: number): void
  ended(status: 0 | 1 | 2, at: number): void
  /** Lets the disk follow. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** `SummaryMetadata.data_class`: scalars, and tensors of other kinds. */
const CLASSES = { scalar: 1, tensor: 2 }

/**
 * Begins an event file in a folder, under a name that TensorBoard takes for one.
 * @param at when it begins, in seconds since 1970
 * @param by who writes it, as a part of its name; the same writer replaces what it began at the same second
 */
export async function openEventWriter(
  folder: string,
  at: number,
  by = `${hostname()}.${process.pid}`,
): Promise<EventWriter> {
  ensureFolder(folder)
  const path = join(folder, `events.out.tfevents.${Math.floor(at)}.${by}.0.v2`)
  const file: FileHandle = await open(path, 'w')
  let waiting: Uint8Array[] = []

  const put = (bytes: Uint8Array) => void waiting.push(framed(bytes))
  const event = (step: number, when: number) =>
    new BinaryWriter().uint32(tag(1, 1)).double(when).uint32(tag(2, 0)).int64(Math.trunc(step))

  function value(
    name: string,
    [step, when]: [number, number],
    {
      tensor,
      plugin,
      content,
      kind,
    }: { tensor: Uint8Array; plugin: string; content?: Uint8Array; kind: number },
  ): void {
    const metadata = new BinaryWriter().uint32(tag(1, 2)).fork().uint32(tag(1, 2)).string(plugin)
    if (content) metadata.uint32(tag(2, 2)).bytes(content)
    metadata.join().uint32(tag(4, 0)).int32(kind)
    const writer = event(step, when).uint32(tag(5, 2)).fork().uint32(tag(1, 2)).fork()
    writer.uint32(tag(1, 2)).string(name)
    writer.uint32(tag(8, 2)).bytes(tensor).uint32(tag(9, 2)).bytes(metadata.finish())
    put(writer.join().join().finish())
  }

  put(new BinaryWriter().uint32(tag(1, 1)).double(at).uint32(tag(3, 2)).string('brain.Event:2').finish())
  return {
    path,
    scalar: (name, step, when, number) =>
      value(name, [step, when], {
        tensor: numbers(TYPES.float, [], [number]),
        plugin: PLUGINS.scalars,
        kind: CLASSES.scalar,
      }),
    histogram: (name, step, when, buckets) =>
      value(name, [step, when], {
        tensor: numbers(TYPES.double, [buckets.length / 3, 3], buckets),
        plugin: PLUGINS.histograms,
        kind: CLASSES.tensor,
      }),
    text: (name, step, when, text) =>
      value(name, [step, when], {
        tensor: new BinaryWriter()
          .uint32(tag(1, 0))
          .int32(TYPES.string)
          .uint32(tag(2, 2))
          .bytes(new Uint8Array())
          .uint32(tag(8, 2))
          .string(text)
          .finish(),
        plugin: PLUGINS.text,
        kind: CLASSES.tensor,
      }),
    params: (values, group, when) =>
      value(HPARAMS.start, [0, when], {
        tensor: numbers(TYPES.float, [0], []),
        plugin: PLUGINS.hparams,
        content: writeStart(values, group, when),
        kind: CLASSES.tensor,
      }),
    ended: (status, when) =>
      value(HPARAMS.end, [0, when], {
        tensor: numbers(TYPES.float, [0], []),
        plugin: PLUGINS.hparams,
        content: writeEnd(status, when),
        kind: CLASSES.tensor,
      }),
    flush,
    async close() {
      await flush()
      await file.close()
    },
  }

  async function flush(): Promise<void> {
    const bytes = Buffer.concat(waiting)
    waiting = []
    await file.writeFile(bytes)
  }
}

/** A TensorProto of floats or doubles. */
function numbers(type: number, shape: number[], values: ArrayLike<number>): Uint8Array {
  const width = type === TYPES.float ? 4 : 8
  const content = new Uint8Array(values.length * width)
  const view = new DataView(content.buffer)
  for (let i = 0; i < values.length; i++)
    if (width === 4) view.setFloat32(i * 4, values[i] as number, true)
    else view.setFloat64(i * 8, values[i] as number, true)
  const writer = new BinaryWriter().uint32(tag(1, 0)).int32(type).uint32(tag(2, 2)).fork()
  for (const size of shape) writer.uint32(tag(2, 2)).fork().uint32(tag(1, 0)).int64(size).join()
  return writer.join().uint32(tag(4, 2)).bytes(content).finish()
}

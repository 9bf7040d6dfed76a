import { rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Graph, type LiteModel, saveGraphDef, saveTflite, withLowestVersions } from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { atomicWrite, copyDurably, ensureFolder, FailureError, fail, runChild } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { type CalibrateBy, layerOf, type Range } from './quantize/index.ts'
import type { Samples } from './samples/samples.ts'
import { FILES, type Message, type Proved, type ProveWork, type SeenPass, type Work } from './work.ts'

/** What a process of its own is asked to run, so that the memory it takes comes back and a crash takes nothing along. */
export interface Running {
  /** Ranges of the activations of a float model over samples, by tensor of its first subgraph. */
  calibrate(model: LiteModel, samples: Samples, by: CalibrateBy, job: JobContext): Promise<Map<number, Range>>
  /** Outputs of the float model and of a variant for all samples, and what else was seen. */
  prove(
    model: LiteModel,
    variant: { form: ProveWork['form']; file: string; inputs?: string[]; whole: boolean },
    samples: Samples,
    job: JobContext,
  ): Promise<Proved & { before: Float32Array; after: Float32Array }>
  /** What each graph answers, held against the first of them. */
  passes(graphs: readonly Graph[], inputs: string[], samples: Samples, job: JobContext): Promise<SeenPass[]>
}

/** @param entry the worker's file */
export function openRunning(store: Store, entry: string): Running {
  let count = 0

  async function inFolder<T>(job: JobContext, make: (folder: string) => Promise<T>): Promise<T> {
    const folder = store.place('tmp', `optimize-${job.id}-${count++}`)
    ensureFolder(folder)
    try {
      return await make(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  async function run<K extends Message['kind']>(
    folder: string,
    work: Work,
    samples: Samples,
    wanted: K,
    job: JobContext,
  ): Promise<Extract<Message, { kind: K }>> {
    samples.inputs.forEach(({ data }, i) => {
      atomicWrite(join(folder, FILES.input(i)), new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    })
    atomicWrite(join(folder, FILES.work), JSON.stringify(work))
    let end: Extract<Message, { kind: K }> | FailureError | undefined
    const { code, killedBy, last } = await runChild<Message>(entry, folder, {
      signal: job.signal,
      line: text => job.log(text),
      told: said => {
        if (said.kind === 'progress') job.progress(said.share, said.step)
        else if (said.kind === 'failed') end = new FailureError(said.failure)
        else if (said.kind === wanted) end = said as Extract<Message, { kind: K }>
      },
    })
    job.signal.throwIfAborted()
    if (end instanceof FailureError) throw end
    if (end) return end
    throw fail(
      'unsupported-graph',
      `The process that ran the model ${killedBy ? `was ended by the system (${killedBy})` : `ended by itself (exit code ${code})`}.${last ? ` Its last words: ${last.slice(0, 200)}` : ''}`,
      'If memory was short, close other programs or take fewer rows.',
    )
  }

  const widthsOf = (samples: Samples) => samples.inputs.map(input => input.width)

  return {
    calibrate: (model, samples, by, job) =>
      inFolder(job, async folder => {
        await saveTflite(withLowestVersions(model), join(folder, FILES.float))
        const { ranges } = await run(
          folder,
          { kind: 'calibrate', rows: samples.rows, widths: widthsOf(samples), by },
          samples,
          'calibrated',
          job,
        )
        return new Map(ranges)
      }),
    passes: (graphs, inputs, samples, job) =>
      inFolder(job, async folder => {
        for (const [i, graph] of graphs.entries()) await saveGraphDef(graph, join(folder, FILES.graph(i)))
        const { seen } = await run(
          folder,
          {
            kind: 'passes',
            rows: samples.rows,
            widths: widthsOf(samples),
            inputs,
            graphs: graphs.length,
            labels: samples.labels ? [...samples.labels] : null,
          },
          samples,
          'passed',
          job,
        )
        return seen
      }),
    prove: (model, { form, file, inputs = [], whole }, samples, job) =>
      inFolder(job, async folder => {
        await saveTflite(withLowestVersions(model), join(folder, FILES.float))
        copyDurably(file, join(folder, FILES.variant))
        const { proved } = await run(
          folder,
          { kind: 'prove', rows: samples.rows, widths: widthsOf(samples), form, inputs, whole },
          samples,
          'proved',
          job,
        )
        const outputs = async (side: 'float' | 'variant') =>
          new Float32Array(new Uint8Array(await readFile(join(folder, FILES.outputs(side)))).buffer)
        return {
          ...proved,
          layers: withLayersOf(model, proved.layers),
          before: await outputs('float'),
          after: await outputs('variant'),
        }
      }),
  }
}

/** A file holds no layers, so those of the model that it was written of are put in. */
function withLayersOf(model: LiteModel, seen: Proved['layers']): Proved['layers'] {
  const [main] = model.subgraphs
  const layers = new Map(
    (main?.operators ?? []).flatMap(operator =>
      operator.origin?.layer && main
        ? operator.outputs.map(place => [main.tensors[place]?.name, layerOf(operator, main)] as const)
        : [],
    ),
  )
  return seen.map(each => ({ ...each, layer: layers.get(each.tensor) ?? each.layer }))
}

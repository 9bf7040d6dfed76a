import { basename, resolve } from 'node:path'
import type { Hash, Run } from '#contract'
import { describe, type Graph, openModel } from '../../graph/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import { canonicalJson, fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { RowSource } from '../../transform/index.ts'
import { keepBareGraph, keepGraph } from '../model.ts'
import { fitModel, type ModelData } from './fitModel.ts'

/** A model file that is to become the model of a run. */
export interface Brought {
  path: string
  signature?: string | undefined
  output?: string | undefined
}

/** What of a run changes by the model that it has now. */
export type Change = Pick<Run, 'artifact' | 'bytes' | 'parameters' | 'backend'> &
  Partial<Pick<Run, 'transform' | 'inputs' | 'rows' | 'task' | 'classes' | 'version'>>

/** Opens model files and keeps them as the models of runs, held against data where there are some. */
export function openBringing({ store, dataset }: { store: Store; dataset: RowSource }) {
  /**
   * @param data what the model is held against; null: it is only to be looked at and converted
   * @throws Failure as the reader of its format does, and as {@link fitModel}
   */
  return async function bring(
    { path, signature, output }: Brought,
    data: (ModelData & { where?: Run['where'] }) | null,
    run: Pick<Run, 'id' | 'model'>,
    job: JobContext,
    note: (text: string) => void,
  ): Promise<Change> {
    job.progress(null, 'reading the model')
    const opened = await openModel(resolve(path), {
      signal: job.signal,
      ...(signature && { signature }),
    })
    for (const each of opened.notes) note(each)
    const graph = output === undefined ? opened.graph : withOutput(opened.graph, output)
    const { parameters } = describe(graph)
    const about = { parameters, backend: `imported: ${opened.format}` }
    if (!data) {
      const kept = keepBareGraph(store, graph)
      job.makes({ id: kept.artifact, kind: 'model', title: `${run.model}, ${run.id}` })
      return { ...kept, ...about }
    }
    job.progress(null, 'holding it against the data')
    const fitted = await fitModel(graph, basename(path), data, dataset, {
      signal: job.signal,
      where: data.where,
      progress: share => job.progress(share, 'reading the data'),
    })
    for (const each of fitted.notes) note(each)
    const kept = keepGraph(store, fitted.graph, fitted.transform, fitted.label)
    const transform: Hash = store.blobs.put(canonicalJson(fitted.transform))
    job.uses(data.version.id)
    job.makes({ id: transform, kind: 'transform', title: `Transform of ${run.model}, ${run.id}` })
    job.makes({ id: kept.artifact, kind: 'model', title: `${run.model}, ${run.id}` })
    return {
      ...kept,
      ...about,
      version: data.version.id,
      transform,
      inputs: fitted.transform.width,
      rows: fitted.rows,
      task: fitted.label.task,
      classes: fitted.label.classes,
    }
  }
}

export type Bring = ReturnType<typeof openBringing>

/** The one output that answers, by its name or the name under which a signature has it; another node's where none bears it. */
function withOutput(graph: Graph, wanted: string): Graph {
  const found = graph.outputs.find(
    ({ name, key }) => key === wanted || name === wanted || name === `${wanted}:0`,
  )
  if (found) return { ...graph, outputs: [found] }
  const names = graph.outputs.map(({ key, name }) => key ?? name)
  throw fail('not-found', `The model has no output "${wanted}".`, `Its outputs are ${names.join(', ')}.`)
}

import type { Split, Transformed } from '#contract'
import { type Graph, saveGraphDef, savePbtxt } from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { destinationOf } from './destination.ts'
import { keepFile } from './files.ts'
import { endpointOf } from './inspect.ts'
import { applyTransforms, parseTransforms, passNamed, RECOMMENDED } from './passes/index.ts'
import { comesFrom } from './provenance.ts'
import type { Running } from './running.ts'
import { openSource, sourceOf } from './source.ts'

interface Wanted {
  in_graph: string
  out_graph?: string | undefined
  inputs: string[]
  outputs: string[]
  transforms?: string | undefined
  output_as_text: boolean
}

/** The rows that each step is tried on. */
const ROWS = 256
const SPLITS: Split[] = ['test', 'eval', 'train']

/** Runs passes over a graph as TensorFlow's `transform_graph` does, and says of a run what each did to its answers. */
export function openTransforming({
  store,
  training,
  running,
}: {
  store: Store
  training: TrainingRoom
  running: Running
}): (wanted: Wanted, job: JobContext) => Promise<Transformed> {
  return async function transform(wanted, job) {
    const steps = parseTransforms(wanted.transforms ?? RECOMMENDED)
    for (const { name } of steps) passNamed(name)
    if (steps.length === 0)
      throw fail(
        'bad-input',
        'There are no transforms to run.',
        `Name at least one, or leave --transforms out for these: ${RECOMMENDED}.`,
      )
    job.progress(0, 'reading the graph')
    const source = sourceOf(wanted.in_graph, training)
    const out =
      wanted.out_graph === undefined
        ? null
        : destinationOf(
            wanted.out_graph,
            wanted.output_as_text ? 'pbtxt' : 'graphdef',
            'path' in source ? [source.path] : [],
          )
    const opened = await openSource(source, training, {
      ...(wanted.inputs.length > 0 ? { inputs: wanted.inputs } : {}),
      ...(wanted.outputs.length > 0 ? { outputs: wanted.outputs } : {}),
    })
    for (const note of opened.notes) job.log(note, 'warning')
    if ('path' in source) await comesFrom(source.path, 'model', job)
    // Constants are what the passes work on; TensorFlow's own tool is given graphs that are frozen already.
    const hasVariables = opened.graph.variables.size > 0
    const all = hasVariables && steps[0]?.name !== 'freeze' ? [{ name: 'freeze', args: {} }, ...steps] : steps
    const { inputs } = opened.graph
    let graph = opened.graph
    // The graph after each pass is looked at where there are rows to run it on; else only the last is held.
    const graphs: Graph[] = []
    const isRun = 'run' in source
    const passes: Transformed['passes'] = []
    for (const [i, step] of all.entries()) {
      const done = applyTransforms(graph, [step], pass => job.progress(i / all.length, pass.title), !isRun)
      graph = done.graph
      if (isRun) graphs.push(graph)
      for (const report of done.reports) {
        job.log(`${report.pass}: ${report.note}`)
        passes.push({ ...report, maxDifference: null, accuracy: null })
      }
      job.signal.throwIfAborted()
    }
    if ('run' in source) {
      const { run } = source
      if (run.artifact) job.uses(run.artifact)
      const split = SPLITS.find(each => (run.rows[each] ?? 0) > 0)
      if (split) {
        const rows = await training.features(run, split, ROWS, job)
        const { label } = await training.model(run)
        const seen = await running.passes(
          graphs,
          inputs.map(input => input.name),
          {
            rows: rows.rows,
            inputs: [{ data: rows.features, width: rows.width }],
            from: split,
            ...(label.task === 'regression' ? {} : { labels: rows.labels }),
          },
          job,
        )
        seen.forEach((each, i) => {
          Object.assign(passes[i] ?? {}, each)
        })
      }
    }
    const file = await keepFile(store, { graph }, { to: 'graphdef', quantize: 'none' }, job)
    if (out !== null) {
      if (wanted.output_as_text) await savePbtxt(graph, out)
      else await saveGraphDef(graph, out)
      job.log(`Written to ${out}.`)
    }
    job.makes({ id: file.id, kind: 'variant', title: `${wanted.in_graph}, after ${passes.length} passes` })
    return {
      id: file.id,
      nodes: graph.nodes.length,
      bytes: file.bytes,
      passes,
      inputs: graph.inputs.map(endpointOf),
      outputs: graph.outputs.map(endpointOf),
      out,
    }
  }
}

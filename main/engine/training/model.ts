import { join } from 'node:path'
import type { io } from '@tensorflow/tfjs'
import type { Hash, Run } from '#contract'
import type { LabelSpec, TransformSpec } from '../encoding/index.ts'
import {
  freeze,
  type Graph,
  inferShapes,
  lowerLayersModel,
  portOf,
  readGraphDef,
  writeGraphDef,
} from '../graph/index.ts'
import { canonicalJson, fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { bare } from './trained.ts'
import { FILES } from './work.ts'

/** A trained model with all that belongs to it. */
export interface TrainedModel {
  /**
   * Topology and weights as TensorFlow.js saves them.
   * @throws Failure `unsupported` for a model that is kept as a graph
   */
  readonly artifacts: io.ModelArtifacts & { weightData: ArrayBuffer }
  /** The model in TensorFlow's operations: encoded rows, `[rows, width]`, go in, answers, `[rows, outputs]`, come out. */
  graph(): Graph
  /** Bytes of its weights, or of its graph. */
  bytes: number
  transform: TransformSpec
  label: LabelSpec
}

/** What a model consists of, each part a blob; its own hash is the model's id. */
type Manifest =
  | { format: 'edgewright-model/1'; topology: Hash; weights: Hash; transform: Hash; label: Hash }
  /** A frozen GraphDef: one input of encoded rows, one output. Of a model without data: its inputs and outputs, by name. */
  | { format: 'edgewright-model/2'; graph: Hash; transform: Hash; label: Hash }
  | { format: 'edgewright-model/2'; graph: Hash; inputs: string[]; outputs: string[] }

/** Keeps the model that a worker left in its folder. */
export async function keepModel(
  { blobs }: Store,
  folder: string,
  transform: TransformSpec,
  label: LabelSpec,
): Promise<{ artifact: Hash; bytes: number }> {
  const topology = await blobs.putFile(join(folder, FILES.topology))
  const weights = await blobs.putFile(join(folder, FILES.weights))
  const manifest: Manifest = {
    format: 'edgewright-model/1',
    topology: topology.hash,
    weights: weights.hash,
    transform: blobs.put(canonicalJson(transform)),
    label: blobs.put(canonicalJson(label)),
  }
  return { artifact: blobs.put(canonicalJson(manifest)), bytes: topology.bytes + weights.bytes }
}

/**
 * Keeps a model that is no layers model of ours.
 * @param graph frozen; its only input takes encoded rows, `[rows, width]`, its only output is as `outputWidth` says
 */
export function keepGraph(
  { blobs }: Store,
  graph: Graph,
  transform: TransformSpec,
  label: LabelSpec,
): { artifact: Hash; bytes: number } {
  const bytes = writeGraphDef(graph)
  const manifest: Manifest = {
    format: 'edgewright-model/2',
    graph: blobs.put(bytes),
    transform: blobs.put(canonicalJson(transform)),
    label: blobs.put(canonicalJson(label)),
  }
  return { artifact: blobs.put(canonicalJson(manifest)), bytes: bytes.length }
}

/** Keeps a model that came without data: it can be looked at and converted. @param graph with its variables, if any */
export function keepBareGraph({ blobs }: Store, graph: Graph): { artifact: Hash; bytes: number } {
  const frozen = freeze(graph).graph
  const bytes = writeGraphDef(frozen)
  const names = (ends: Graph['inputs']) => ends.map(({ name }) => name)
  const manifest: Manifest = {
    format: 'edgewright-model/2',
    graph: blobs.put(bytes),
    inputs: names(frozen.inputs),
    outputs: names(frozen.outputs),
  }
  return { artifact: blobs.put(canonicalJson(manifest)), bytes: bytes.length }
}

/** Reads a model. @throws Failure `not-found` where the run has none yet, or a blob is gone */
export function readModel({ blobs }: Store, run: Run): TrainedModel & { manifest: Manifest } {
  if (!run.artifact)
    throw fail(
      'not-found',
      `${run.id} has no trained model.`,
      run.state === 'running' ? 'Wait until it is trained.' : 'Continue the run, or train again.',
    )
  const json = <T>(hash: Hash) => JSON.parse(blobs.read(hash).toString()) as T
  const manifest = json<Manifest>(run.artifact)
  if ('inputs' in manifest) {
    const bytes = blobs.read(manifest.graph)
    const { inputs, outputs } = manifest
    const without = (): never => {
      throw bare(run)
    }
    return {
      manifest,
      bytes: bytes.length,
      graph: () => shaped(readGraphDef(bytes, { inputs, outputs })),
      get artifacts() {
        return without()
      },
      get transform() {
        return without()
      },
      get label() {
        return without()
      },
    }
  }
  const about = {
    manifest,
    transform: json<TransformSpec>(manifest.transform),
    label: json<LabelSpec>(manifest.label),
  }
  if (manifest.format === 'edgewright-model/2') {
    const bytes = blobs.read(manifest.graph)
    return {
      ...about,
      bytes: bytes.length,
      graph: () => shaped(readGraphDef(bytes)),
      get artifacts(): never {
        throw fail(
          'unsupported',
          `The model of ${run.id} is a graph, not layers of TensorFlow.js.`,
          'Take its GraphDef or TFLite form.',
        )
      },
    }
  }
  const weights = blobs.read(manifest.weights)
  const artifacts = {
    ...json<io.ModelArtifacts>(manifest.topology),
    weightData: weights.buffer.slice(
      weights.byteOffset,
      weights.byteOffset + weights.byteLength,
    ) as ArrayBuffer,
  }
  return { ...about, artifacts, bytes: weights.length, graph: () => lowerLayersModel(artifacts) }
}

/** A GraphDef says no shapes of its outputs; they follow from its operations. */
function shaped(graph: Graph): Graph {
  const shapes = inferShapes(graph)
  return {
    ...graph,
    outputs: graph.outputs.map(output => {
      const { node, port } = portOf(output.name)
      const shape = output.shape ?? (port === 0 ? shapes.get(node)?.shape : undefined)
      return { ...output, ...(shape && { shape }) }
    }),
  }
}

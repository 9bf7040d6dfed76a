import type { Hash, RunId, Variant, VariantKind, VariantSettings } from '#contract'
import { describe, type Endpoint, type Graph, type LiteModel } from '../graph/index.ts'
import { collection, type Store } from '../store/index.ts'

/** Two runs can give the same file, and so can two formats, so a variant is kept by all three. */
interface Entry {
  id: string
  at: string
  variant: Variant
}

/** The variants that were made, by what they were made of. */
export interface Variants {
  /** Of a run, or all; newest first. */
  list(run?: RunId): Variant[]
  get(id: Hash): Variant | undefined
  put(variant: Variant): void
}

export function openVariants(store: Store): Variants {
  const entries = collection<Entry>(store.db, 'variants')
  const keyOf = ({ run, source }: Variant) => run ?? source ?? 'file'
  return {
    list: run => entries.list(run).map(entry => entry.variant),
    get: id => entries.list().find(entry => entry.variant.id === id)?.variant,
    put: variant =>
      entries.put(
        {
          id: `${keyOf(variant)}/${variant.settings?.to ?? 'graphdef'}/${variant.id}`,
          at: variant.at,
          variant,
        },
        variant.run ?? 'file',
      ),
  }
}

/** What a variant says of its content. */
export type Content = Pick<Variant, 'nodes' | 'ops' | 'inputs' | 'outputs'>

const signature = ({ name, shape }: Endpoint) => ({ name, shape: [...(shape ?? [])] })

export function contentOfGraph(graph: Graph): Content {
  const described = describe(graph)
  return {
    nodes: described.nodes,
    ops: Object.fromEntries(described.ops.map(({ op, count }) => [op, count])),
    inputs: graph.inputs.map(signature),
    outputs: graph.outputs.map(signature),
  }
}

export function contentOfLite({ subgraphs: [main], signatures }: LiteModel): Content {
  const ops: Record<string, number> = {}
  for (const { op } of main?.operators ?? []) ops[op] = (ops[op] ?? 0) + 1
  const named = (list: number[], of: 'inputs' | 'outputs') =>
    list.map(place => {
      const tensor = main?.tensors[place]
      const known = signatures.find(each => each.subgraph === 0)?.[of].find(each => each.tensor === place)
      return {
        name: known?.name ?? tensor?.name ?? '',
        shape: [...(tensor?.signature ?? tensor?.shape ?? [])],
      }
    })
  return {
    nodes: main?.operators.length ?? 0,
    ops,
    inputs: named(main?.inputs ?? [], 'inputs'),
    outputs: named(main?.outputs ?? [], 'outputs'),
  }
}

const KINDS: Record<VariantSettings['quantize'], VariantKind> = {
  none: 'tflite-float32',
  float16: 'tflite-float16',
  dynamic: 'tflite-dynamic-range',
  int8: 'tflite-int8',
  int16: 'tflite-int16',
}

/** The kind of a variant by how it was made. */
export const kindOf = ({ to, quantize }: Pick<VariantSettings, 'to' | 'quantize'>): VariantKind =>
  to === 'tflite' || to === 'c' ? KINDS[quantize] : quantize === 'none' ? 'float32' : 'dynamic-range'

const PRECISION: Record<VariantSettings['quantize'], string> = {
  none: 'float32',
  float16: 'float16',
  dynamic: '8-bit weights',
  int8: 'int8',
  int16: '16-bit activations',
}
const FILES: Record<VariantSettings['to'], string> = {
  tflite: 'TFLite',
  c: 'C array',
  tfjs: 'TensorFlow.js',
  graphdef: 'Frozen',
}

export const wordsOf = ({ to, quantize }: Pick<VariantSettings, 'to' | 'quantize'>): string =>
  to === 'graphdef' && quantize !== 'none' ? PRECISION[quantize] : `${FILES[to]}, ${PRECISION[quantize]}`

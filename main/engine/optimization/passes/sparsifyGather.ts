import { attr, attrOf, type Graph, type GraphNode, type Tensor } from '../../graph/index.ts'
import { text } from './arguments.ts'
import { constantFrom, Draft, port, tensorOf, withoutShapes } from './draft.ts'
import { beside } from './eightBit/values.ts'
import { inOrder } from './order.ts'
import { count, type Pass } from './pass.ts'

/** Weights nearer to zero than this are zero. */
const ZERO = 1e-5

/**
 * A lookup in a column of mostly zeros as one in a hash table of the others. The table must be filled before the first
 * run: the node `group_deps` does that.
 */
export const sparsifyGather: Pass<{ changed: string[]; kept: string[] }> = {
  name: 'sparsify_gather',
  title: 'Sparse lookups',
  about: 'Replaces lookups in a constant column of mostly zeros by a hash table of the values that are not.',
  arguments: [
    {
      name: 'input_checkpoint',
      about: 'Not needed: the values of variables come with the model.',
      required: false,
    },
    { name: 'group_init_node', about: 'Node that fills the tables; group_deps without it.', required: false },
  ],
  run(graph, args = {}) {
    const group = text(args, 'group_init_node') ?? 'group_deps'
    const clean = { ...graph, nodes: graph.nodes.map(withoutShapes) }
    const draft = new Draft(clean)
    const tables = new Map<string, string>()
    const kept: string[] = []
    const changed = inOrder(clean)
      .filter(node => {
        const weights = weightsOf(draft, clean, node)
        if (!weights) return false
        const done = replace(draft, node, weights, tables)
        if (!done) kept.push(node.name)
        return done
      })
      .map(node => node.name)
    if (changed.length > 0) {
      const old = draft.get(group)
      const init: GraphNode = old ?? {
        name: group,
        op: 'NoOp',
        inputs: [],
        controls: [],
        device: '',
        attrs: {},
      }
      draft.put({ ...init, controls: [...new Set([...init.controls, ...tables.values()])] }, changed.at(-1))
    }
    const note = `${count(changed.length, 'lookup')} changed${kept.length > 0 ? `, ${kept.length} kept: not a column` : ''}`
    return { graph: changed.length > 0 ? draft.graph() : graph, report: { changed, kept }, note }
  },
}

interface Weights {
  node: GraphNode
  identity: GraphNode
  value: Tensor
}

/** The weights that are looked up in, behind an `Identity` as variables are read. */
function weightsOf(draft: Draft, graph: Graph, node: GraphNode): Weights | undefined {
  if (node.op !== 'Gather' && node.op !== 'GatherV2') return undefined
  if (node.op === 'GatherV2' && Number(tensorOf(draft.input(node, 2))?.data[0] ?? -1) !== 0) return undefined
  if ((attrOf(node, 'batch_dims', 'int') ?? 0) !== 0) return undefined
  const identity = draft.input(node, 0)
  const weights = identity?.op === 'Identity' ? draft.input(identity, 0) : undefined
  if (!identity || !weights) return undefined
  const value =
    tensorOf(weights) ?? (/^Variable(V2)?$/.test(weights.op) ? graph.variables.get(weights.name) : undefined)
  return value?.dtype === 'float32' ? { node: weights, identity, value } : undefined
}

function replace(draft: Draft, gather: GraphNode, weights: Weights, tables: Map<string, string>): boolean {
  const { shape, data } = weights.value
  if (shape.length !== 2 || shape[1] !== 1) return false
  const { node } = weights
  const [key, value] = [attr.type('int64'), attr.type('float32')]
  const table = `${node.name}/HashTable`
  if (!tables.has(table)) {
    const init = draft.free(`${node.name}/InitializeTable`)
    tables.set(table, init)
    const parts = sparse(data as Float32Array)
    draft.put(constantFrom(`${node.name}/indices`, parts.indices, node), gather.name)
    draft.put(constantFrom(`${node.name}/values`, parts.values, node), gather.name)
    draft.put(beside(node, table, 'HashTable', [], { key_dtype: key, value_dtype: value }), gather.name)
    const filled = [port(table), port(`${node.name}/indices`), port(`${node.name}/values`)]
    draft.put(beside(node, init, 'InitializeTable', filled, { Tkey: key, Tval: value }), gather.name)
  }
  const { name } = gather
  let ids = gather.inputs[1] as GraphNode['inputs'][0]
  if ((attrOf(gather, 'Tindices', 'type') ?? 'int64') === 'int32') {
    const cast = draft.free(`${name}/Cast`)
    draft.put(beside(gather, cast, 'Cast', [ids], { SrcT: attr.type('int32'), DstT: key }), name)
    ids = port(cast)
  }
  const zero: Tensor = { dtype: 'float32', shape: [], data: Float32Array.of(0) }
  const last: Tensor = { dtype: 'int32', shape: [], data: Int32Array.of(-1) }
  draft.put(constantFrom(`${name}/Const`, zero, gather), name)
  draft.put(constantFrom(`${name}/ExpandDims/Const`, last, gather), name)
  const found = beside(
    gather,
    `${name}/LookupTableFind`,
    'LookupTableFind',
    [port(table), ids, port(`${name}/Const`)],
    {
      Tin: key,
      Tout: value,
    },
  )
  draft.put(found, name)
  draft.put({
    ...beside(gather, name, 'ExpandDims', [port(found.name), port(`${name}/ExpandDims/Const`)], { T: value }),
    controls: gather.controls,
  })
  draft.release(weights.identity.name, gather.inputs[2]?.node)
  return true
}

/** Places and values of all that is not zero; a table cannot be empty, so at least one. */
function sparse(data: Float32Array): { indices: Tensor; values: Tensor } {
  const places: number[] = []
  data.forEach((value, i) => {
    if (Math.abs(value) >= ZERO) places.push(i)
  })
  if (places.length === 0) places.push(0)
  const kept = places.map(i => (Math.abs(data[i] ?? 0) >= ZERO ? (data[i] as number) : 0))
  return {
    indices: { dtype: 'int64', shape: [places.length], data: BigInt64Array.from(places, BigInt) },
    values: { dtype: 'float32', shape: [places.length], data: Float32Array.from(kept) },
  }
}

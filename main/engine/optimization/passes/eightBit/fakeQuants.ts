import { attr, attrOf, type GraphNode } from '../../../graph/index.ts'
import { type Draft, port, tensorOf } from '../draft.ts'
import { beside, dequantized, triple } from './values.ts'

/** Operations that change nothing about which level a value falls into. */
const COMMUTING = new Set(['Relu', 'Relu6', 'MaxPool', 'Identity'])
const DEPTH = 3

/** A `FakeQuantWithMinMaxVars` of 8 bits with fixed ends, which training left behind. */
const isTrained = (draft: Draft, node: GraphNode): boolean =>
  node.op === 'FakeQuantWithMinMaxVars' &&
  [1, 2].every(input => tensorOf(draft.input(node, input))?.dtype === 'float32') &&
  (attrOf(node, 'num_bits', 'int') ?? 8) === 8 &&
  !(attrOf(node, 'narrow_range', 'bool') ?? false)

/**
 * Moves a trained range up a chain of operations that do not mind, to the one whose 32-bit result it was learned for.
 */
export function hoist(draft: Draft, node: GraphNode): void {
  if (!isTrained(draft, node) || node.inputs[0]?.port !== 0) return
  const chain: GraphNode[] = []
  for (let at = draft.input(node, 0); at && chain.length < DEPTH; at = draft.input(at, 0)) {
    if (!COMMUTING.has(at.op) || !draft.readOnce(at.name) || draft.isWaitedFor(at.name)) break
    chain.push(at)
  }
  const [first, last] = [chain[0], chain.at(-1)]
  if (!first || !last?.inputs[0]) return
  const name = draft.free(`${node.name}_hoisted`)
  draft.put({ ...node, name, inputs: [last.inputs[0], ...node.inputs.slice(1)] }, last.name)
  const lowest = { ...last, inputs: [port(name), ...last.inputs.slice(1)] }
  // What stood right before takes the name that everybody reads.
  draft.remove(first.name)
  if (first !== last) draft.put(lowest)
  draft.put({ ...(first === last ? lowest : first), name: node.name })
}

/** A trained range as the one that the 32-bit result before it is brought to, or that is put on what comes. */
export function convert(draft: Draft, node: GraphNode): boolean {
  if (!isTrained(draft, node)) return false
  const [source, min, max] = node.inputs as [
    GraphNode['inputs'][0],
    GraphNode['inputs'][0],
    GraphNode['inputs'][0],
  ]
  const prefix = `${node.name}_eightbit`
  const [wide, narrow] = [attr.type('qint32'), attr.type('quint8')]
  const back = draft.get(source.node)
  const before = back?.op === 'Dequantize' && draft.readOnce(back.name) ? draft.input(back, 0) : undefined
  const ranged =
    before?.op === 'Requantize' && draft.input(before, 3)?.op === 'RequantizationRange' ? before : undefined
  let value = ranged?.inputs.slice(0, 3)
  if (back && ranged) {
    draft.remove(back.name, node.name)
    draft.remove(ranged.name, node.name)
    const range = ranged.inputs[3]?.node
    if (range && !draft.isRead(range)) draft.remove(range)
  } else {
    const name = `${prefix}/quantize`
    draft.put(
      beside(node, name, 'QuantizeV2', [source, min, max], { T: wide, mode: attr.string('MIN_FIRST') }),
      node.name,
    )
    value = triple(name)
  }
  const requantized = `${prefix}/requantize`
  draft.put(
    beside(node, requantized, 'Requantize', [...(value ?? []), min, max], { Tinput: wide, out_type: narrow }),
    node.name,
  )
  draft.put({ ...dequantized(node, node.name, triple(requantized)), controls: node.controls })
  return true
}

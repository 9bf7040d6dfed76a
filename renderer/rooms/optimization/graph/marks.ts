import type { GraphView, Proof } from '#contract'
import { isValue } from './tree.ts'

/** What colors the nodes. */
export type Overlay = 'family' | 'bytes' | 'error' | 'time'

/** A value of each node from 0 (nothing to see) to 1 (look here), and its words. */
export type Marks = Map<number, { share: number; words: string }>

/** Bytes of the constants that a node reads, itself or by nodes that only unpack or hand on. */
export function weightsOf({ nodes }: GraphView): Map<number, number> {
  const carried = new Map<number, number>()
  const UNPACKS = /^(Identity|ReadVariableOp|Dequantize|DEQUANTIZE|Cast|Transpose|Reshape)$/
  const bytes = new Map<number, number>()
  nodes.forEach((node, i) => {
    const read = node.inputs.reduce((sum, from) => sum + (carried.get(from) ?? 0), 0)
    if (isValue(node.op)) carried.set(i, node.bytes)
    else if (UNPACKS.test(node.op) && node.inputs.every(from => carried.has(from))) carried.set(i, read)
    else if (read + node.bytes > 0) bytes.set(i, read + node.bytes)
  })
  return bytes
}

/** How much of the file each node takes. */
export function bytesMarks(view: GraphView, words: (bytes: number) => string): Marks {
  const bytes = weightsOf(view)
  const most = Math.max(1, ...bytes.values())
  return new Map(
    [...bytes].map(([node, size]) => [node, { share: Math.sqrt(size / most), words: words(size) }]),
  )
}

/** How much noise quantization adds at each node: 40 dB and more are as good as none, 0 dB is all noise. */
export function errorMarks(view: GraphView, layers: Proof['layers']): Marks {
  const byName = new Map(layers.map(each => [each.tensor, each]))
  const marks: Marks = new Map()
  view.nodes.forEach((node, i) => {
    const found = byName.get(node.name)
    if (!found || found.snr === null) return
    const share = Math.min(1, Math.max(0, 1 - found.snr / 40))
    marks.set(i, { share, words: `${found.snr.toFixed(1)} dB` })
  })
  return marks
}

/** How long each node takes, run alone, beside the slowest. */
export function timeMarks(
  view: GraphView,
  layers: Proof['layers'],
  words: (millis: number) => string,
): Marks {
  const byName = new Map(layers.map(each => [each.tensor, each.ms]))
  const slowest = Math.max(Number.MIN_VALUE, ...layers.map(each => each.ms ?? 0))
  const marks: Marks = new Map()
  view.nodes.forEach((node, i) => {
    const time = byName.get(node.name)
    if (time !== null && time !== undefined) marks.set(i, { share: time / slowest, words: words(time) })
  })
  return marks
}

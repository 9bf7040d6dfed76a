import { attr, attrOf, type Graph, type GraphNode, type Port, type Tensor } from '../../graph/index.ts'
import { constantFrom, Draft, port } from './draft.ts'
import { inOrder } from './order.ts'
import { count, type PassResult } from './pass.ts'

export interface FuseReport {
  fused: string[]
}

/** A convolution with what stands before it in one operation; undefined where it does not fit. */
type Fuse = (
  draft: Draft,
  conv: GraphNode,
) => { inputs: Port[]; op: string; attrs: GraphNode['attrs']; gone: GraphNode[] } | undefined

/** Tries to fuse every convolution. */
export function fuseAll(graph: Graph, fuse: Fuse): PassResult<FuseReport> {
  const draft = new Draft(graph)
  const fused: string[] = []
  for (const { name, op } of inOrder(graph)) {
    const conv = draft.get(name)
    if (op !== 'Conv2D' || !conv || !isPlain(conv)) continue
    const made = fuse(draft, conv)
    if (!made || made.gone.some(node => draft.isWaitedFor(node.name) && conv.controls.length > 0)) continue
    for (const node of made.gone) draft.remove(node.name, name)
    const { T, padding, strides } = conv.attrs
    draft.put({
      ...conv,
      op: made.op,
      inputs: made.inputs,
      controls: [...new Set([...made.gone.flatMap(node => node.controls), ...conv.controls])],
      attrs: { ...made.attrs, ...(T && { T }), ...(padding && { padding }), ...(strides && { strides }) },
    })
    draft.release(...made.gone.flatMap(node => node.inputs.map(input => input.node)))
    fused.push(name)
  }
  return {
    graph: fused.length > 0 ? draft.graph() : graph,
    report: { fused },
    note: `${count(fused.length, 'convolution')} fused`,
  }
}

/** The fused operations know neither dilation nor explicit padding, and have the channels last. */
const isPlain = (conv: GraphNode): boolean =>
  conv.inputs.length === 2 &&
  (attrOf(conv, 'data_format', 'string') ?? 'NHWC') === 'NHWC' &&
  attrOf(conv, 'padding', 'string') !== 'EXPLICIT' &&
  (attrOf(conv, 'dilations', 'ints') ?? []).every(each => each === 1)

/** The node in front, where nothing else reads it. */
export function inFront(draft: Draft, node: GraphNode, op: string): GraphNode | undefined {
  const before = node.inputs[0]?.port === 0 ? draft.input(node, 0) : undefined
  return before?.op === op && draft.readOnce(before.name) ? before : undefined
}

/** A `ResizeBilinear` in the way that the fused operations resize, which do not know half pixels. */
export function resizeInFront(draft: Draft, node: GraphNode): GraphNode | undefined {
  const resize = inFront(draft, node, 'ResizeBilinear')
  return resize && !(attrOf(resize, 'half_pixel_centers', 'bool') ?? false) ? resize : undefined
}

export const alignCorners = (resize: GraphNode) => ({
  resize_align_corners: resize.attrs.align_corners ?? attr.bool(false),
})

export const modeOf = (pad: GraphNode) => ({ mode: pad.attrs.mode ?? attr.string('REFLECT') })

/** Paddings of nothing, for an operation that must be told some. */
export function noPaddings(draft: Draft, conv: GraphNode): Port {
  const name = draft.free(`${conv.name}_dummy_paddings`)
  const none: Tensor = { dtype: 'int32', shape: [4, 2], data: new Int32Array(8) }
  draft.put(constantFrom(name, none, conv), conv.name)
  return port(name)
}

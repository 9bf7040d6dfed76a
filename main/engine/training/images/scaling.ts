import type { ImageScale } from '../../encoding/index.ts'
import { attrOf, byName, type Graph, type GraphNode } from '../../graph/index.ts'
import { fixedIn, type ImageInput } from './ends.ts'

/**
 * What a backbone wants the bytes of a picture to be, by how it begins: one that subtracts or multiplies first does
 * its own scaling, and by the size of the figures takes bytes or shares. Of one that begins with a layer, names of
 * families tell (as Keras' `preprocess_input` of each: MobileNet, Inception, Xception and NASNet take -1 to 1; ResNet
 * and VGG take `caffe`; DenseNet takes `imagenet`); else shares, 0 to 1.
 * @returns the scale, and in words why
 */
export function scaleOf(graph: Graph, input: ImageInput, name: string): { scale: ImageScale; why: string } {
  if (/^u?int/.test(input.dtype)) return { scale: '0..255', why: `its input is of ${input.dtype}` }
  const nodes = byName(graph)
  const own = firstFigures(nodes, graph.nodes, input.name)
  if (own)
    return own.some(({ op, size }) =>
      /Sub|Add|BiasAdd/.test(op) ? size > 8 : op === 'Mul' ? size < 1 / 16 : size > 16,
    )
      ? { scale: '0..255', why: 'it begins with its own scaling of bytes' }
      : { scale: '0..1', why: 'it begins with its own scaling of shares' }
  const names = [name, ...graph.nodes.flatMap(node => [node.name, node.origin?.layer ?? ''])].join(' ')
  const family = FAMILIES.find(({ match }) => match.test(names) && (input.channels === 3 || !match))
  return family
    ? { scale: family.scale, why: `its names say ${family.title}` }
    : { scale: '0..1', why: 'nothing in it says otherwise' }
}

const FAMILIES: { match: RegExp; scale: ImageScale; title: string }[] = [
  { match: /densenet/i, scale: 'imagenet', title: 'DenseNet' },
  { match: /mobilenet|\bconv_pw_\d|expanded_conv_depthwise/i, scale: '-1..1', title: 'MobileNet' },
  { match: /inception|xception|nasnet/i, scale: '-1..1', title: 'Inception' },
  { match: /resnet\d+v2/i, scale: '-1..1', title: 'ResNet v2' },
  { match: /resnet|conv5_block\d|\bvgg|block5_conv\d/i, scale: 'caffe', title: 'ResNet or VGG' },
]

/** The figures of the operations that come before anything else; null where a layer comes first. */
function firstFigures(nodes: Map<string, GraphNode>, all: GraphNode[], input: string) {
  const fixed = fixedIn(nodes)
  const found: { op: string; size: number }[] = []
  let at = input
  for (let step = 0; step < 16; step++) {
    const [next, more] = all.filter(node => node.inputs.some(port => port.node === at))
    if (!next || more || !/^(Identity|Cast|Mul|RealDiv|Div|Sub|Add|AddV2|BiasAdd|DivNoNan)$/.test(next.op))
      break
    const constants = next.inputs.filter(port => port.node !== at && fixed(port.node))
    for (const { node } of constants) {
      const data = valuesOf(nodes, node)
      if (data.length) found.push({ op: next.op, size: Math.max(...data.map(Math.abs)) })
    }
    at = next.name
  }
  return found.length ? found : null
}

function valuesOf(nodes: Map<string, GraphNode>, name: string): number[] {
  let node = nodes.get(name)
  while (node && /^(Identity|Cast|Reshape)$/.test(node.op)) node = nodes.get(node.inputs[0]?.node ?? '')
  const tensor = node && attrOf(node, 'value', 'tensor')
  return tensor && tensor.data.length <= 64 ? Array.from(tensor.data, Number) : []
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hash, Plan } from '#contract'
import {
  IMAGE_SCALES,
  type ImageFeature,
  type ImageScale,
  imageSize,
  needsColor,
} from '../../encoding/index.ts'
import {
  freeze,
  type Graph,
  hasKernel,
  inferShapes,
  portName,
  withoutUnused,
  writeGraphDef,
} from '../../graph/index.ts'
import { atomicWrite, fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { featuresOf, imageInputOf, namedOutput } from './ends.ts'
import { FEATURES, fromPixels, PIXELS, toFeatures } from './join.ts'
import { scaleOf } from './scaling.ts'

/** The frozen part of a model: from encoded pictures to features. */
export interface Frozen {
  /** Its GraphDef among the blobs, by whose hash its features are kept. */
  hash: Hash
  /** How pictures are brought to it. */
  picture: Omit<ImageFeature, 'kind' | 'name'>
  /** Features of a picture. */
  width: number
  /** How features come to the head, known once they were computed for the train split. */
  scaling?: FeatureScaling
}

/** Each feature as `x * factor + shift`: mean 0 and deviation 1 on the train split. */
export interface FeatureScaling {
  factor: number[]
  shift: number[]
}

const KEPT = 'frozen.json'

/** Keeps in a run's folder what it learns on, so that it goes on with the same, whatever became of the backbone. */
export const keepFrozen = (folder: string, frozen: Frozen): void =>
  atomicWrite(join(folder, KEPT), JSON.stringify(frozen))

/** What {@link keepFrozen} kept; null where there is nothing. */
export const frozenIn = (folder: string): Frozen | null =>
  existsSync(join(folder, KEPT)) ? (JSON.parse(readFileSync(join(folder, KEPT), 'utf8')) as Frozen) : null

/** A model that features may be taken of. */
export interface Backbone {
  graph: Graph
  /** What a person calls it. */
  name: string
  /** How its pictures were brought to it where that is known: of a run. Its input is encoded rows then. */
  picture: Omit<ImageFeature, 'kind' | 'name'> | null
}

/** Height and width of pictures where neither backbone nor plan says it. */
const OPEN_SIZE = 128

/**
 * Cuts a model after its features and freezes it.
 * @throws Failure `unsupported-graph` where it takes no pictures, has no features or operations that do not run here,
 * all of them named; `bad-input` for a size or scale that it does not take; `not-found` for a named layer
 */
export function cutBackbone(
  { blobs }: Store,
  { graph: whole, name, picture: known }: Backbone,
  { size, hparams }: Pick<Plan, 'size' | 'hparams'>,
  tell: (line: string) => void,
): Frozen {
  const graph = freeze(whole).graph
  const port = typeof hparams.layer === 'string' ? namedOutput(graph, hparams.layer) : featuresOf(graph)
  const output = { name: portName(port), dtype: 'float32' as const, shape: undefined }
  const cut = needed({ ...graph, outputs: [output] })
  const { picture, entering } = known
    ? { picture: sized(known, size, name), entering: renamedInput(cut) }
    : pictured(cut, name, size, hparams.scale, tell)
  refuseUnsupported(entering, name)
  const shape = inferShapes(entering, { [PIXELS]: [1, imageSize(picture)] }).get(
    entering.outputs[0]?.name ?? '',
  )
  if (
    !shape?.shape ||
    shape.shape.length < 2 ||
    shape.shape.some(one => one < 0) ||
    shape.dtype !== 'float32'
  )
    throw fail(
      'unsupported-graph',
      `What "${output.name}" of ${name} gives is no row of features: its shape is ${shape?.shape ? `[${shape.shape.join(', ')}]` : 'not known'}.`,
      `Name another layer: --hparams '{"layer": "…"}'.`,
      { node: output.name },
    )
  const frozen = toFeatures(entering, shape.shape)
  const width = shape.shape.at(-1) as number
  tell(`${name} gives ${width} features of a picture, from "${output.name}".`)
  return { hash: blobs.put(writeGraphDef(frozen)), picture, width }
}

/** Only what the features need; other inputs go. */
function needed(graph: Graph): Graph {
  const alone = withoutUnused({ ...graph, inputs: [] })
  const there = new Set(alone.nodes.map(node => node.name))
  const inputs = graph.inputs.filter(({ name }) => there.has(name.replace(/:\d+$/, '')))
  const [first] = inputs
  if (inputs.length > 1 && first)
    throw fail(
      'unsupported-graph',
      `The backbone needs ${inputs.map(({ name }) => `"${name}"`).join(' and ')} for its features, and there is only a picture.`,
      'Choose a model that takes pictures alone, or name an earlier layer.',
    )
  return { ...alone, inputs: first ? inputs : graph.inputs }
}

/** A run of ours takes encoded rows already. */
function renamedInput(graph: Graph): Graph {
  const [input] = graph.inputs
  const name = input?.name ?? ''
  const is = (each: string) => (each === name ? PIXELS : `backbone/${each}`)
  const outer = graph.outputs.map(output => {
    const [node = '', port] = output.name.split(':')
    return { ...output, name: port ? `${is(node)}:${port}` : is(node) }
  })
  return {
    ...graph,
    nodes: graph.nodes.map(node => ({
      ...node,
      name: is(node.name),
      inputs: node.inputs.map(port => ({ ...port, node: is(port.node) })),
      controls: node.controls.map(is),
    })),
    inputs: graph.inputs.map(each => ({ ...each, name: PIXELS })),
    outputs: outer,
  }
}

function pictured(
  graph: Graph,
  name: string,
  size: number | undefined,
  wanted: unknown,
  tell: (line: string) => void,
) {
  const input = imageInputOf(graph)
  const guess = scaleOf(graph, input, name)
  const scale = wanted === undefined ? guess.scale : scaleNamed(wanted)
  if (wanted === undefined)
    tell(
      `${name} takes values ${scale}, since ${guess.why}; another is said by --hparams '{"scale": "${IMAGE_SCALES.join('|')}"}'.`,
    )
  if (needsColor(scale) && input.channels !== 3)
    throw fail(
      'bad-input',
      `The scale ${scale} is of colors, and ${name} takes gray pictures.`,
      'Choose 0..1 or -1..1.',
    )
  if (/^u?int/.test(input.dtype) && scale !== '0..255')
    throw fail(
      'bad-input',
      `${name} takes whole numbers (${input.dtype}), which values ${scale} are not.`,
      'Leave the scale out.',
    )
  const side = (own: number) => (own > 0 ? own : (size ?? OPEN_SIZE))
  const picture = sized(
    {
      height: side(input.height),
      width: side(input.width),
      channels: input.channels,
      scale,
      resize: 'stretch',
    },
    size,
    name,
  )
  return { picture, entering: fromPixels(graph, [picture.height, picture.width, picture.channels]) }
}

function scaleNamed(wanted: unknown): ImageScale {
  const scale = IMAGE_SCALES.find(each => each === wanted)
  if (scale) return scale
  throw fail(
    'bad-input',
    `There is no scale ${JSON.stringify(wanted)} for pictures.`,
    `Choose one of ${IMAGE_SCALES.join(', ')}.`,
  )
}

function sized(picture: Frozen['picture'], size: number | undefined, name: string): Frozen['picture'] {
  if (size === undefined || (picture.height === size && picture.width === size)) return picture
  throw fail(
    'bad-input',
    `${name} takes pictures of ${picture.width} × ${picture.height}, and not of ${size} × ${size}.`,
    'Leave the size out.',
  )
}

function refuseUnsupported(graph: Graph, name: string): void {
  const missing = graph.nodes.filter(node => node.name !== PIXELS && !hasKernel(node.op))
  const [first] = missing
  if (!first) return
  const ops = [...new Set(missing.map(({ op }) => op))].sort()
  throw fail(
    'unsupported-graph',
    `${name} uses ${ops.length === 1 ? 'an operation' : 'operations'} that cannot be computed here: ${ops.join(', ')}.`,
    'Choose another backbone, or name an earlier layer.',
    { node: first.name, ...(first.origin?.layer === undefined ? {} : { layer: first.origin.layer }) },
  )
}

/** How the frozen part's GraphDef is read again. */
export const FROZEN_ENDS = { inputs: [PIXELS], outputs: [FEATURES] }

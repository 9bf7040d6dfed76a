import { Plan } from '#contract'
import { type ImageFeature, imageOf } from '../../encoding/index.ts'
import { fail } from '../../kit/index.ts'
import { denseLayers } from './denseLayers.ts'
import { answered, headName, layerSeeds } from './head.ts'
import type { NetLayer } from './netSpec.ts'
import { COMMON, type Trainer } from './trainer.ts'

const MOST_BLOCKS = 8
const MOST_FILTERS = 1024
/** Filters of the first block; each next has twice as many, up to a limit. */
const FIRST = 16
const DOUBLED_TO = 128
/** Pictures from this side on are halved by their first convolution, too. */
const LARGE = 128

/** What a plan of pictures has as dense layers where nobody chose any: the default of a plan stands for tables. */
const DENSE = [64]
const OF_TABLES = JSON.stringify(Plan.shape.layers.parse(undefined))
export const denseOf = (plan: Plan): Pick<Plan, 'layers' | 'dropout'> => ({
  layers: JSON.stringify(plan.layers) === OF_TABLES ? DENSE : plan.layers,
  dropout: plan.dropout,
})

/**
 * A small convolutional net: blocks of a 3 × 3 convolution with ReLU and a maximum over 2 × 2, as many as bring the
 * shorter side to 3 to 7; the mean over what is left of the picture; dense layers. Hyper-parameters: `blocks`, and `filters` of the
 * first block (each next has twice as many, up to 128) or of every block as a list.
 */
export const image: Trainer = {
  name: 'image',
  title: 'Images: small convolutional net',
  suits: 'images',
  uses: [...COMMON, 'layers', 'dropout', 'size', 'flip'],
  hparams: {
    blocks: { takes: `1 to ${MOST_BLOCKS}`, fits: value => isCount(value, MOST_BLOCKS) },
    filters: {
      takes: `1 to ${MOST_FILTERS}, or a list of such, one a block`,
      fits: value =>
        isCount(value, MOST_FILTERS) ||
        (Array.isArray(value) && value.length > 0 && value.every(each => isCount(each, MOST_FILTERS))),
    },
  },
  embeds: false,
  net({ plan, task, inputs, outputs, transform }) {
    const { height, width, channels } = imageOf(transform) as ImageFeature
    const side = Math.min(height, width)
    const seed = layerSeeds(plan.seed)
    const layers: NetLayer[] = [
      { name: 'pixels', inputs: [], kind: 'input', width: inputs },
      { name: 'picture', inputs: ['pixels'], kind: 'reshape', shape: [height, width, channels] },
    ]
    let last = 'picture'
    filtersOf(plan, side).forEach((filters, i) => {
      const convolution = `conv_${i + 1}`
      layers.push({
        name: convolution,
        inputs: [last],
        kind: 'conv2d',
        filters,
        size: 3,
        strides: i === 0 && side >= LARGE ? 2 : 1,
        padding: 'same',
        activation: 'relu',
        seed: seed(),
      })
      last = `pool_${i + 1}`
      layers.push({ name: last, inputs: [convolution], kind: 'max-pool-2d', size: 2 })
    })
    layers.push({ name: 'features', inputs: [last], kind: 'global-average-pool-2d' })
    const deep = denseLayers(denseOf(plan), 'features', seed)
    return answered(
      [
        ...layers,
        ...deep.layers,
        {
          name: headName(task),
          inputs: [deep.last],
          kind: 'dense',
          units: outputs,
          activation: 'linear',
          bias: true,
          seed: seed(),
        },
      ],
      task,
    )
  },
}

const isCount = (value: unknown, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most

/** Filters of each block. @throws Failure `bad-input` for what no net of this size can have */
function filtersOf({ hparams }: Plan, side: number): number[] {
  const { filters = FIRST, blocks } = hparams as { filters?: number | number[]; blocks?: number }
  const whole = side >= LARGE ? side / 2 : side
  const most = Math.min(MOST_BLOCKS, Math.floor(Math.log2(whole)))
  const count =
    blocks ??
    (Array.isArray(filters)
      ? filters.length
      : Math.max(1, Math.min(5, most, Math.floor(Math.log2(whole / 3)))))
  if (count > most)
    throw fail(
      'bad-input',
      `Pictures of ${side} pixels cannot be halved by ${count} blocks.`,
      `Take at most ${most} blocks, or larger pictures.`,
    )
  if (Array.isArray(filters)) {
    if (filters.length === count) return filters
    throw fail(
      'bad-input',
      `There are filters for ${filters.length} blocks, and ${count} blocks.`,
      'Leave the number of blocks out.',
    )
  }
  return Array.from({ length: count }, (_, i) => Math.max(filters, Math.min(DOUBLED_TO, filters * 2 ** i)))
}

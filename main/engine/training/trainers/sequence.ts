import { seriesOf } from '../../encoding/index.ts'
import { denseLayers } from './denseLayers.ts'
import { answered, headName, layerSeeds } from './head.ts'
import type { NetLayer } from './netSpec.ts'
import { beside, partsOf, type Range, restOf, wholeWithin } from './parts.ts'
import { COMMON, type Trainer } from './trainer.ts'

/** Filters of a convolution, units of a recurrent cell. */
const CHANNELS = 32
const KERNEL = 5
/** A convolution halves the steps until there are so few. */
const FEW_STEPS = 8

/** Windows of the same length, which are the channels of one series. */
interface Series {
  steps: number
  channels: Range[]
}

/**
 * Series: windows over the last values as steps of channels, read by 1-D convolutions that halve the steps (or by a gated
 * recurrent unit), then dense layers together with the other features. A linear part beside them takes all columns as
 * they are, since much of a series follows its last values (Lai et al., arXiv:1703.07015, section 3.6). A value whose own
 * past is known is learned as its change from the last one, so that a series that has wandered off is followed.
 */
export const sequence: Trainer = {
  name: 'sequence',
  title: 'Time series: convolution or GRU',
  suits: 'series',
  uses: [...COMMON, 'layers', 'dropout', 'time', 'group', 'window'],
  hparams: {
    cell: { takes: '"convolution" or "gru"', fits: value => value === 'convolution' || value === 'gru' },
    channels: wholeWithin(1, 512),
    kernel: wholeWithin(1, 64),
  },
  embeds: false,
  net({ plan, task, inputs, outputs, transform }) {
    const seed = layerSeeds(plan.seed)
    const windows = partsOf(transform).flatMap(({ feature, from }) => {
      const series = seriesOf(feature)
      const isPast = feature.kind === 'window' && feature.columns[0] === plan.label
      return series ? [{ from: from + series.from, to: from + series.from + series.steps, isPast }] : []
    })
    const past = task === 'regression' ? windows.find(({ isPast }) => isPast) : undefined
    const last: NetLayer[] = past
      ? [{ name: 'last', inputs: ['features'], kind: 'columns', from: past.to - 1, to: past.to }]
      : []
    const lengths = Map.groupBy(windows, ({ from, to }) => to - from)
    const read = [...lengths].map(([steps, channels], i) =>
      reading(`series_${i + 1}`, { steps, channels }, plan.hparams, seed),
    )
    const rest = restOf(windows, inputs)
    const all = beside('all', [...read.map(({ last }) => last), ...rest.map(({ name }) => name)])
    const deep = denseLayers(plan, all.last, seed)
    const linear = {
      kind: 'dense',
      units: outputs,
      activation: 'linear',
      // No change is the first guess.
      ...(past && { zeros: true as const }),
    } as const
    return answered(
      [
        { name: 'features', inputs: [], kind: 'input', width: inputs },
        ...read.flatMap(({ layers }) => layers),
        ...rest,
        ...all.layers,
        ...deep.layers,
        { name: 'deep', inputs: [deep.last], ...linear, bias: true, seed: seed() },
        { name: 'linear', inputs: ['features'], ...linear, bias: false, seed: seed() },
        ...last,
        { name: headName(task), inputs: ['linear', 'deep', ...last.map(({ name }) => name)], kind: 'add' },
      ],
      task,
    )
  },
}

/** The layers that make a list of numbers of a series. */
function reading(
  name: string,
  { steps, channels }: Series,
  { cell, channels: given, kernel = KERNEL }: { cell?: unknown; channels?: unknown; kernel?: unknown },
  seed: () => number,
): { layers: NetLayer[]; last: string } {
  const width = (given as number | undefined) ?? CHANNELS
  const cut = channels.flatMap(({ from, to }, i): NetLayer[] => [
    { name: `${name}_cut_${i + 1}`, inputs: ['features'], kind: 'columns', from, to },
    {
      name: `${name}_channel_${i + 1}`,
      inputs: [`${name}_cut_${i + 1}`],
      kind: 'reshape',
      shape: [steps, 1],
    },
  ])
  const whole = beside(
    `${name}_steps`,
    channels.map((_, i) => `${name}_channel_${i + 1}`),
  )
  const layers = [...cut, ...whole.layers]
  if (cell === 'gru') {
    layers.push({ name: `${name}_gru`, inputs: [whole.last], kind: 'gru', units: width, seed: seed() })
    return { layers, last: `${name}_gru` }
  }
  let last = whole.last
  let left = steps
  for (let nth = 1; nth === 1 || left > FEW_STEPS; nth++) {
    const strides = left > FEW_STEPS ? 2 : 1
    const name_ = `${name}_conv_${nth}`
    layers.push({
      name: name_,
      inputs: [last],
      kind: 'conv1d',
      filters: width,
      size: Math.min(kernel as number, left),
      strides,
      padding: 'same',
      activation: 'relu',
      seed: seed(),
    })
    last = name_
    left = Math.ceil(left / strides)
  }
  layers.push({ name: `${name}_flat`, inputs: [last], kind: 'flatten' })
  return { layers, last: `${name}_flat` }
}

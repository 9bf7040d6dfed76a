import type { NetLayer, NetSpec } from '../../../../main/engine/training/trainers/index.ts'

const input = (width: number): NetLayer => ({ name: 'features', inputs: [], kind: 'input', width })
const head = (from: string, units = 3): NetLayer[] => [
  { name: 'logits', inputs: [from], kind: 'dense', units, activation: 'linear', bias: true, seed: 99 },
  { name: 'probabilities', inputs: ['logits'], kind: 'activation', activation: 'softmax' },
]
const net = (layers: NetLayer[]): NetSpec => ({ layers, logits: 'logits', output: 'probabilities' })

/** Nets that hold every kind of layer between them, each with what a row is wide. */
export const NETS: Record<string, { width: number; net: NetSpec }> = {
  'wide and deep': {
    width: 6,
    net: net([
      input(6),
      { name: 'one', inputs: ['features'], kind: 'dense', units: 7, activation: 'relu', bias: true, seed: 1 },
      { name: 'thin', inputs: ['one'], kind: 'dropout', rate: 0.25 },
      { name: 'deep', inputs: ['thin'], kind: 'dense', units: 3, activation: 'linear', bias: true, seed: 2 },
      {
        name: 'wide',
        inputs: ['features'],
        kind: 'dense',
        units: 3,
        activation: 'linear',
        bias: false,
        seed: 3,
      },
      { name: 'logits', inputs: ['wide', 'deep'], kind: 'add' },
      { name: 'probabilities', inputs: ['logits'], kind: 'activation', activation: 'softmax' },
    ]),
  },
  series: {
    width: 15,
    net: net([
      input(15),
      { name: 'past', inputs: ['features'], kind: 'columns', from: 0, to: 12 },
      { name: 'now', inputs: ['features'], kind: 'columns', from: 12, to: 15 },
      { name: 'steps', inputs: ['past'], kind: 'reshape', shape: [6, 2] },
      ...(['same', 'causal', 'valid'] as const).map(
        (padding, i): NetLayer => ({
          name: padding,
          inputs: [i === 0 ? 'steps' : i === 1 ? 'same' : 'causal'],
          kind: 'conv1d',
          filters: 4 + i,
          size: 3,
          strides: 1,
          padding,
          activation: 'tanh',
          seed: 10 + i,
        }),
      ),
      { name: 'pooled', inputs: ['valid'], kind: 'max-pool-1d', size: 2 },
      { name: 'mean', inputs: ['valid'], kind: 'global-average-pool-1d' },
      { name: 'memory', inputs: ['pooled'], kind: 'gru', units: 5, seed: 20 },
      { name: 'all', inputs: ['memory', 'mean', 'now'], kind: 'concat' },
      ...head('all'),
    ]),
  },
  pictures: {
    width: 192,
    net: net([
      input(192),
      { name: 'picture', inputs: ['features'], kind: 'reshape', shape: [8, 8, 3] },
      {
        name: 'conv_1',
        inputs: ['picture'],
        kind: 'conv2d',
        filters: 4,
        size: 3,
        strides: 1,
        padding: 'same',
        activation: 'relu',
        seed: 30,
      },
      { name: 'pool', inputs: ['conv_1'], kind: 'max-pool-2d', size: 2 },
      {
        name: 'conv_2',
        inputs: ['pool'],
        kind: 'conv2d',
        filters: 5,
        size: 3,
        strides: 2,
        padding: 'valid',
        activation: 'sigmoid',
        seed: 31,
      },
      { name: 'flat', inputs: ['conv_2'], kind: 'flatten' },
      { name: 'mean', inputs: ['conv_2'], kind: 'global-average-pool-2d' },
      { name: 'both', inputs: ['flat', 'mean'], kind: 'concat' },
      ...head('both'),
    ]),
  },
  words: {
    width: 7,
    net: net([
      input(7),
      { name: 'places', inputs: ['features'], kind: 'columns', from: 0, to: 5 },
      { name: 'others', inputs: ['features'], kind: 'columns', from: 5, to: 7 },
      { name: 'bag', inputs: ['places'], kind: 'embedding-bag', entries: 11, units: 4, seed: 40 },
      { name: 'all', inputs: ['bag', 'others'], kind: 'concat' },
      ...head('all'),
    ]),
  },
}

/** Rows as a net takes them: places where it embeds, else numbers around 0. */
export function rowsOf(name: string, rows: number, random: () => number): Float32Array {
  const { width } = NETS[name] as { width: number }
  return Float32Array.from({ length: rows * width }, (_, i) =>
    name === 'words' && i % width < 5 ? Math.floor(random() * 11) : random() * 2 - 1,
  )
}

/** Milliseconds of a training step, in the quietest of six stretches, of the nets that are named, on the backend that is named first, as JSON. */
import { Plan } from '#contract'
import { seeded } from '../../main/engine/kit/index.ts'
import { openTensor, type TensorBackend, usefulThreads } from '../../main/engine/tensor/index.ts'
import { type NetLayer, type NetSpec, TRAINERS } from '../../main/engine/training/trainers/index.ts'
import { multiplicationsOf } from '../../main/engine/training/worker/multiplications.ts'
import { netOf } from '../../main/engine/training/worker/net.ts'

/** Net to milliseconds by the clock, and of processor time of all threads, where that was asked. */
export type TrainingReport = Record<string, { clock: number; processor?: number }>

interface Case {
  net: NetSpec
  task: 'binary' | 'multiclass'
  inputs: number
  outputs: number
  batch: number
  steps: number
}

const filters = (name: string, from: string, count: number): NetLayer => ({
  ...{ name, inputs: [from], kind: 'conv2d', filters: count, size: 3, strides: 1, padding: 'same' },
  ...{ activation: 'relu', seed: count },
})

const table = (steps: number, layers?: number[]): Case => {
  const plan = Plan.parse({ dataset: 'adult', name: 'adult', label: 'income', layers })
  const tabular = TRAINERS.find(each => each.name === plan.trainer) as (typeof TRAINERS)[number]
  const transform = { format: 'edgewright-transform/2' as const, features: [], leftOut: [], width: 108 }
  return {
    net: tabular.net({ plan, task: 'binary', inputs: 108, outputs: 1, transform }),
    ...{ task: 'binary', inputs: 108, outputs: 1, batch: plan.batch, steps },
  }
}

/** What UCI Adult becomes by default is 108 numbers a row; the picture is that of a handwritten digit. */
const CASES: Record<string, () => Case> = {
  census: () => table(200),
  wide: () => table(25, [1024, 512]),
  convolutional: () => ({
    net: {
      layers: [
        { name: 'features', inputs: [], kind: 'input', width: 784 },
        { name: 'picture', inputs: ['features'], kind: 'reshape', shape: [28, 28, 1] },
        filters('conv_1', 'picture', 16),
        { name: 'pool_1', inputs: ['conv_1'], kind: 'max-pool-2d', size: 2 },
        filters('conv_2', 'pool_1', 32),
        { name: 'pool_2', inputs: ['conv_2'], kind: 'max-pool-2d', size: 2 },
        { name: 'flat', inputs: ['pool_2'], kind: 'flatten' },
        {
          ...{ name: 'dense', inputs: ['flat'], kind: 'dense', units: 64, activation: 'relu' },
          ...{ bias: true, seed: 1 },
        },
        {
          ...{ name: 'logits', inputs: ['dense'], kind: 'dense', units: 10, activation: 'linear' },
          ...{ bias: true, seed: 2 },
        },
      ] as NetLayer[],
      logits: 'logits',
      output: 'logits',
    },
    ...{ task: 'multiclass', inputs: 784, outputs: 10, batch: 32, steps: 25 },
  }),
}

async function stepOf(backend: TensorBackend, { net, task, inputs, outputs, batch, steps }: Case) {
  const { tf } = await openTensor({
    backend,
    threads: usefulThreads(),
    multiplications: batch * multiplicationsOf(net),
  })
  const taught = await netOf(tf, { net, task, inputs, outputs, classWeights: null })
  const random = seeded(1)
  const x = Float32Array.from({ length: batch * inputs }, () => random() - 0.5)
  const y = Float32Array.from({ length: batch }, () => Math.floor(random() * Math.max(2, outputs)))
  const stretches: { clock: number; processor: number }[] = []
  // As long as Keras' epochs, so that neither has the better chance of a quiet one; the first two warm up.
  for (let stretch = 0; stretch < 8; stretch++) {
    const began = performance.now()
    const used = process.cpuUsage()
    for (let step = 0; step < steps; step++) taught.teach(x, y, batch, 0.001, random)
    const clock = (performance.now() - began) / steps
    const { user, system } = process.cpuUsage(used)
    if (stretch >= 2) stretches.push({ clock, processor: (user + system) / 1000 / steps })
  }
  return {
    clock: Math.min(...stretches.map(({ clock }) => clock)),
    processor: Math.min(...stretches.map(({ processor }) => processor)),
  }
}

const [backend, ...names] = process.argv.slice(2) as [TensorBackend, ...string[]]
const report: TrainingReport = {}
for (const name of names) report[name] = await stepOf(backend, (CASES[name] as () => Case)())
console.log(JSON.stringify(report))

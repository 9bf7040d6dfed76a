import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Figure, figure } from './measure.ts'
import type { TrainingReport } from './trainingStep.ts'

const ROUNDS = 4
/** No round begins later, on a machine that is busy. */
const LAST_BEGINS_MS = 60_000
const NETS = ['census', 'wide', 'convolutional'] as const
type Net = (typeof NETS)[number]
type By = 'wasm' | 'native' | 'keras'

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const answer = (program: string, args: string[], env: NodeJS.ProcessEnv = {}): TrainingReport =>
  JSON.parse(
    execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, ...env },
    })
      .trim()
      .split('\n')
      .at(-1) as string,
  )

const ours = (backend: 'tensorflow' | 'wasm') =>
  answer(process.execPath, [here('./trainingStep.ts'), backend, ...NETS])

/**
 * Milliseconds of one training step on each backend, round by round, one after the other. What else a machine does only
 * ever makes a step longer, so each round tells its quietest stretch, and a ratio is that of the best rounds. With
 * EDGEWRIGHT_TFJS_NODE native TensorFlow, and with EDGEWRIGHT_TF_PYTHON the same nets by Keras' `fit` in Python; all of them
 * use all cores.
 */
export async function training(): Promise<Figure[]> {
  const python = process.env.EDGEWRIGHT_TF_PYTHON
  const native = process.env.EDGEWRIGHT_TFJS_NODE
  const reports: Record<By, TrainingReport[]> = { wasm: [], native: [], keras: [] }
  const began = performance.now()
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0 && performance.now() - began > LAST_BEGINS_MS) break
    reports.wasm.push(ours('wasm'))
    if (native) reports.native.push(ours('tensorflow'))
    if (python)
      reports.keras.push(answer(python, [here('./training.py'), ...NETS], { TF_CPP_MIN_LOG_LEVEL: '3' }))
  }
  const all = (by: By, net: Net, kind: 'clock' | 'processor' = 'clock') =>
    reports[by].map(report => report[net]?.[kind] as number)
  const best = (by: By, net: Net, kind?: 'processor') => Math.min(...all(by, net, kind))
  return NETS.flatMap(net => [
    figure(`${net} net, a step by WASM`, 'ms', all('wasm', net)),
    ...(native
      ? [
          figure(`${net} net, a step by tfjs-node`, 'ms', all('native', net)),
          figure(
            `${net} net, WASM of each second of tfjs-node`,
            's',
            [best('wasm', net) / best('native', net)],
            1.5,
          ),
          figure(`${net} net, the same in time of all processors`, 's', [
            best('wasm', net, 'processor') / best('native', net, 'processor'),
          ]),
        ]
      : []),
    ...(python ? [figure(`${net} net, a step by Keras in Python`, 'ms', all('keras', net))] : []),
    ...(python && native
      ? [
          figure(
            `${net} net, tfjs-node of each second of Keras`,
            's',
            [best('native', net) / best('keras', net)],
            net === 'census' ? 1.25 : undefined,
          ),
        ]
      : []),
  ])
}

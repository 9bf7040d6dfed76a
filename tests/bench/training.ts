import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Figure, figure } from './measure.ts'
import type { TrainingReport } from './trainingStep.ts'

const RUNS = 3
const NETS = ['census', 'convolutional'] as const
type Net = (typeof NETS)[number]

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
 * Milliseconds of one training step, each as the median over many, on each backend; side by side and turn by turn, so
 * that what else the machine does meets all. With EDGEWRIGHT_TFJS_NODE native TensorFlow, and with
 * EDGEWRIGHT_TF_PYTHON the same nets by Keras' `fit` in Python.
 */
export async function training(): Promise<Figure[]> {
  const python = process.env.EDGEWRIGHT_TF_PYTHON
  const native = process.env.EDGEWRIGHT_TFJS_NODE
  const reports: { wasm: TrainingReport; native?: TrainingReport; keras?: TrainingReport }[] = []
  for (let nth = 0; nth < RUNS; nth++)
    reports.push({
      wasm: ours('wasm'),
      ...(native && { native: ours('tensorflow') }),
      ...(python && {
        keras: answer(python, [here('./training.py'), ...NETS], { TF_CPP_MIN_LOG_LEVEL: '3' }),
      }),
    })
  const all = (by: 'wasm' | 'native' | 'keras', net: Net) =>
    reports.map(report => report[by]?.[net] as number)
  /** Of each run its own ratio, as load changes from run to run. */
  const ratios = (by: 'wasm' | 'native', of: 'native' | 'keras', net: Net) =>
    all(by, net).map((time, nth) => time / (all(of, net)[nth] as number))
  return NETS.flatMap(net => [
    figure(`${net} net, a step by WASM`, 'ms', all('wasm', net)),
    ...(native
      ? [
          figure(`${net} net, a step by tfjs-node`, 'ms', all('native', net)),
          figure(`${net} net, WASM of each second of tfjs-node`, 's', ratios('wasm', 'native', net), 1.5),
        ]
      : []),
    ...(python ? [figure(`${net} net, a step by Keras in Python`, 'ms', all('keras', net))] : []),
    ...(python && native
      ? [figure(`${net} net, tfjs-node of each second of Keras`, 's', ratios('native', 'keras', net), 1.25)]
      : []),
  ])
}

import type { Run } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { AT, version } from '../engine/samples.ts'
import { recordOf } from './record.ts'

/** A stream that tells these events and then stays open, as the engine's streams do. */
export const stream = <T>(...events: T[]) =>
  (async function* () {
    yield* events
    await new Promise(() => {})
  })()

/** An engine with the dataset "strikes" and these runs of it; a test lists over them what it is about. */
export const flowOf = (runs: Run[], over: Answers = {}): Answers => {
  const base: Answers = {
    dataset: {
      list: async () => ({
        datasets: [
          {
            name: 'strikes' as never,
            versions: 1,
            latest: version({
              dataset: 'strikes' as never,
              columns: [
                { name: 'height', type: 'float' },
                { name: 'sky', type: 'text' },
                { name: 'cost', type: 'integer' },
                { name: 'damage', type: 'text' },
              ],
            }),
          },
        ],
      }),
      samples: async () => ({
        samples: [
          {
            name: 'strikes' as never,
            title: 'Strikes',
            about: '',
            license: 'CC0',
            file: 'strikes.csv',
            label: 'damage',
            leaveOut: ['cost'],
          },
        ],
      }),
    },
    training: {
      list: async () => ({ runs, total: runs.length }),
      ...recordOf(() => runs),
      choices: async () => ({
        trainers: [
          {
            name: 'tabular',
            title: 'Dense layers',
            suits: 'table',
            uses: ['epochs', 'batch', 'learningRate', 'seed', 'patience', 'layers', 'dropout'],
            hparams: {},
          },
        ],
        targets: [{ name: 'local', title: 'This computer', ready: true, why: '' }],
        backends: [
          { name: 'tensorflow', title: 'Native TensorFlow', ready: false, why: 'It is not installed.' },
          { name: 'wasm', title: 'WebAssembly', ready: true, why: 'Two threads.' },
        ],
      }),
      watch: async () => stream(...runs.filter(run => run.state === 'running')),
    },
    evaluation: { list: async () => ({ evaluations: [] }), gate: async () => ({ rules: [] }) },
    jobs: { logs: async () => ({ lines: [] }) },
    lineage: {
      show: async ({ id }) => ({
        artifact: { id: id as never, kind: 'model', title: 'strikes', madeBy: null, at: AT },
        job: null,
        parents: [],
        children: [],
      }),
    },
  }
  const rooms = new Set([...Object.keys(base), ...Object.keys(over)]) as Set<keyof Answers>
  return Object.fromEntries([...rooms].map(room => [room, { ...base[room], ...over[room] }])) as Answers
}

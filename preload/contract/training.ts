import { z } from 'zod'
import { call, watch, work } from './call.ts'
import { Name } from './ids.ts'
import { gpuEntries } from './training/gpu.ts'
import { importingEntries } from './training/importing.ts'
import { Plan } from './training/plan.ts'
import { queueEntries } from './training/queue.ts'
import { OneRun, Run } from './training/run.ts'
import { runsEntries } from './training/runs.ts'
import { SearchAsked, searchEntries } from './training/search.ts'
import { targetEntries } from './training/targets.ts'

export * from './training/gpu.ts'
export * from './training/importing.ts'
export * from './training/plan.ts'
export * from './training/queue.ts'
export * from './training/run.ts'
export * from './training/runs.ts'
export * from './training/search.ts'
export * from './training/target.ts'

export const training = {
  ...targetEntries,
  ...runsEntries,
  ...importingEntries,
  ...gpuEntries,
  ...queueEntries,
  ...searchEntries,
  start: work(
    {
      title: 'Train a model',
      icon: 'activity',
      cancel: 'The weights of the best epoch so far are kept as a checkpoint.',
      paths: { script: 'existing', backbone: 'existing' },
    },
    Plan.extend({
      name: Name.optional(),
      /** The column to predict; default: of pictures their class, the column "label". */
      label: z.string().min(1).optional(),
      ...SearchAsked.shape,
    }),
    Run,
  ),
  /**
   * Goes on from the last checkpoint of a run that was cancelled, interrupted or failed. The result is the same as if
   * it had not stopped.
   */
  resume: work(
    { title: 'Continue a run', icon: 'play', positional: ['run'], cancel: 'The last checkpoint is kept.' },
    OneRun.extend({
      /** Another target to go on on; default: the one it was on. */ target: z.string().optional(),
    }),
    Run,
  ),
  list: call(
    { title: 'Show runs', icon: 'activity', reads: true },
    z.object({
      model: Name.optional(),
      dataset: z.string().optional(),
      /** So many of the newest; `page` goes through all of them. */
      limit: z.int().min(1).max(5000).default(500),
    }),
    z.object({ runs: z.array(Run), /** How many there are. */ total: z.int() }),
  ),
  show: call({ title: 'Show a run', icon: 'activity', positional: ['run'], reads: true }, OneRun, Run),
  /** The run after each epoch; begins with how it stands now and ends with the run. */
  watch: watch({ title: 'Watch a run', icon: 'activity' }, OneRun, Run),
  /** What can train here, on what, and what is missing for the rest. */
  choices: call(
    { title: 'Show trainers and targets', icon: 'cpu', reads: true },
    z.object({}),
    z.object({
      trainers: z.array(
        z.object({
          name: z.string(),
          title: z.string(),
          /** The kind of data that it learns from. */
          suits: z.enum(['table', 'series', 'text', 'images']),
          /** Fields of a plan that change what it does; the others need not be asked for. */
          uses: z.array(z.string()),
          /** Hyper-parameters of its own, and in words what each takes. */
          hparams: z.record(z.string(), z.string()).default({}),
        }),
      ),
      targets: z.array(
        z.object({ name: z.string(), title: z.string(), ready: z.boolean(), why: z.string() }),
      ),
      backends: z.array(
        z.object({ name: z.string(), title: z.string(), ready: z.boolean(), why: z.string() }),
      ),
    }),
  ),
}

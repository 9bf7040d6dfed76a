import { z } from 'zod'
import { call, work } from '../call.ts'
import { Failure } from '../failure.ts'
import { At, JobId, Name, RunId } from '../ids.ts'
import { Plan, SearchKind } from './plan.ts'
import { Run } from './run.ts'

export const SearchId = z.string().regex(/^search-\d+$/, 'must be a search such as search-1')

/**
 * What a start says of a search beside its plan. The space is in `hparams`: of each name a list of choices, a range
 * `{"min", "max", "log", "integer", "step", "steps"}`, or a value that is the same for all.
 */
export const SearchAsked = z.object({
  /** Train many, each with other values of `hparams`, and keep them all; the best becomes the model. */
  search: SearchKind.optional().describe(
    'train many, each with other values of --hparams; the best becomes the model',
  ),
  /** Trials of a search; default: 20, of a grid all combinations. */
  trials: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('how many to train; default 20, of a grid all combinations'),
  /**
   * What the trials are judged by on the eval split: `loss`, `accuracy`, `rmse`, of a person's own program any figure
   * that it tells; default: the loss.
   */
  objective: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'the figure on the eval split that trials are judged by, such as loss or accuracy; default loss',
    ),
  /** Whether more or less of it is better; default: by its name. */
  goal: z.enum(['least', 'most']).optional().describe('which of it is better; default: by its name'),
  /**
   * `median`: a trial of a grid or a random search ends where its best is worse than the median of the averages of those
   * that are finished; from the fourth finished one on.
   */
  stopping: z
    .enum(['median', 'none'])
    .optional()
    .describe('median: end a trial whose best is worse than the median of the finished ones'),
  /** Of so many trials one goes on; halving only; default 3. */
  factor: z
    .number()
    .min(2)
    .max(10)
    .optional()
    .describe('of so many trials one goes on; halving only; default 3'),
  /** No trial is ended before this epoch; default: what the factor gives for so many trials, else a quarter. */
  minEpochs: z.int().min(1).max(100_000).optional().describe('no trial is ended before this epoch'),
})

export const SearchState = z.enum(['running', 'succeeded', 'failed', 'cancelled', 'interrupted'])

/** One trial: a run with the values that were drawn for it. */
export const SearchTrial = z.object({
  number: z.int().min(1),
  /** All hyper-parameters that it was given, also those that are the same for all. */
  hparams: z.record(z.string(), z.unknown()),
  run: RunId.nullable(),
  /**
   * `stopped`: it was ended because others are better. `waiting`: it has not begun, or waits for the others before it
   * goes on.
   */
  state: z.enum(['waiting', 'running', 'finished', 'stopped', 'failed', 'cancelled', 'interrupted', 'gone']),
  /** Why it did not come to its end. */
  why: z.string().nullable(),
  /** The objective of the weights that are kept; null while there is none. */
  value: z.number().nullable(),
  /** The objective after each epoch, of a person's own program at each step. */
  figures: z.array(z.object({ epoch: z.number(), value: z.number() })),
})
export type SearchTrial = z.infer<typeof SearchTrial>

/** A dimension of what is searched, as an axis of parallel coordinates. */
export const SearchAxis = z.object({
  name: z.string(),
  /** Of a list. */
  choices: z.array(z.unknown()).nullable(),
  /** Of a range. */
  min: z.number().nullable(),
  max: z.number().nullable(),
  log: z.boolean(),
  integer: z.boolean(),
})
export type SearchAxis = z.infer<typeof SearchAxis>

export const SearchSummary = z.object({
  id: SearchId,
  model: Name,
  dataset: z.string(),
  trainer: z.string(),
  target: z.string(),
  kind: SearchKind,
  state: SearchState,
  failure: Failure.nullable(),
  objective: z.string(),
  goal: z.enum(['least', 'most']),
  /** How many there are, and how many of them need no more work. */
  trials: z.int(),
  ended: z.int(),
  best: z.object({ run: RunId, trial: z.int(), value: z.number().nullable() }).nullable(),
  job: JobId,
  at: At,
  endedAt: At.nullable(),
})
export type SearchSummary = z.infer<typeof SearchSummary>

export const Search = SearchSummary.extend({
  /** What all trials have in common; its `hparams` are the space as it was asked for. */
  plan: Plan,
  axes: z.array(SearchAxis),
  stopping: z.enum(['median', 'none']),
  /** Of halving: how many trials go through to which epoch. */
  rungs: z.array(z.object({ trials: z.int(), epochs: z.int() })),
  trials: z.array(SearchTrial),
})
export type Search = z.infer<typeof Search>

const OneSearch = z.object({ search: SearchId })

export const searchEntries = {
  /** All searches, newest first. */
  searches: call(
    { title: 'Show searches', icon: 'search', reads: true },
    z.object({ model: Name.optional(), limit: z.int().min(1).max(1000).default(100) }),
    z.object({ searches: z.array(SearchSummary) }),
  ),
  /** A search with all its trials. */
  search: call(
    { title: 'Show a search', icon: 'search', positional: ['search'], reads: true },
    OneSearch,
    Search,
  ),
  /** Goes on with a search that was cancelled, interrupted or failed; what is done stays done. */
  searchResume: work(
    {
      title: 'Continue a search',
      icon: 'play',
      positional: ['search'],
      cancel: 'The trials that are done are kept, and the checkpoints of those that were not.',
    },
    OneSearch,
    Run,
  ),
}

import { z } from 'zod'
import { call, watch, work } from './call.ts'
import { DatasetVersion } from './dataset.ts'
import { At, Hash, Name } from './ids.ts'
import { SiteName } from './publishing/names.ts'
import { Task } from './training/plan.ts'

/** Why a device kept a row. */
export const SampleReason = z.enum(['disagreement', 'button', 'low-confidence', 'random'])
export type SampleReason = z.infer<typeof SampleReason>

/** A batch of samples: what one device sent back at once of one version of a model. */
export const FeedbackBatch = z.object({
  id: z.string(),
  site: z.string(),
  device: z.string(),
  /** What its site calls the device. */
  name: z.string(),
  model: Name,
  version: z.int(),
  at: At,
  samples: z.int(),
  reasons: z.partialRecord(SampleReason, z.int()),
  labeled: z.int(),
  skipped: z.int(),
  /** Of the labeled ones, those that are rows of a dataset. */
  imported: z.int(),
})
export type FeedbackBatch = z.infer<typeof FeedbackBatch>

/** What a version answered. */
export const Guess = z.object({
  version: z.int(),
  /** The most probable class; null of a regression. */
  class: z.string().nullable(),
  value: z.number().nullable(),
  /** Of the classes, the most probable first, at most ten. */
  scores: z.array(z.object({ class: z.string(), score: z.number() })),
})
export type Guess = z.infer<typeof Guess>

const Label = z.union([z.string().max(1000), z.number()])

/** A row that a device kept. */
export const FeedbackSample = z.object({
  id: Hash,
  batch: z.string(),
  device: z.string(),
  name: z.string(),
  model: Name,
  reason: SampleReason,
  at: At,
  guess: Guess,
  /** What the candidate answered. */
  other: Guess.nullable(),
  /** What the model was asked, by feature; a picture stands apart. */
  values: z.array(z.object({ name: z.string(), value: z.string() })),
  picture: z
    .object({
      width: z.int(),
      height: z.int(),
      /** PNG as base64. */
      data: z.string(),
    })
    .nullable(),
  label: Label.nullable(),
  skipped: z.boolean(),
  /** The dataset version that it is a row of: `strikes v3`. */
  imported: z.string().nullable(),
})
export type FeedbackSample = z.infer<typeof FeedbackSample>

/** What rows of a model can be labeled with. */
export const Labeling = z.object({
  task: Task,
  column: z.string(),
  classes: z.array(z.string()),
  /** The dataset that labeled rows are put behind. */
  dataset: Name,
})
export type Labeling = z.infer<typeof Labeling>

/** How right a version was on rows that people labeled. */
export const BoxAccuracy = z.object({
  version: z.int(),
  /** Null: of all devices together. */
  device: z.string().nullable(),
  name: z.string().nullable(),
  labeled: z.int(),
  /** Classification: how many of them it had right. */
  right: z.int().nullable(),
  /** Regression: the mean distance from the label. */
  error: z.number().nullable(),
  /**
   * Of the rows that were drawn at random, which stand for all: how many, how many it had right, and the range in which
   * its accuracy lies with 95 % (Wilson 1927). Null without any.
   */
  random: z
    .object({
      labeled: z.int(),
      right: z.int().nullable(),
      error: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
    })
    .nullable(),
})
export type BoxAccuracy = z.infer<typeof BoxAccuracy>

/** Labeled rows on which two versions differ. */
export const PairedLabels = z.object({
  site: z.string(),
  stable: z.int(),
  candidate: z.int(),
  labeled: z.int(),
  stableRight: z.int(),
  candidateRight: z.int(),
})
export type PairedLabels = z.infer<typeof PairedLabels>

const which = {
  model: Name.optional(),
  site: SiteName.optional(),
  device: z.string().min(1).max(80).optional().describe('its id, or its name'),
}

export const feedback = {
  list: call(
    { title: 'Show what devices sent to be labeled', icon: 'inbox', reads: true, follow: { verb: 'watch' } },
    z.object(which),
    z.object({ batches: z.array(FeedbackBatch) }),
  ),
  /** All batches whenever something arrives or is labeled; begins with how they stand now. */
  watch: watch(
    { title: 'Watch what devices send', icon: 'inbox' },
    z.object(which),
    z.object({ batches: z.array(FeedbackBatch) }),
  ),
  /** Rows of a batch, or of a model: disagreements first. */
  show: call(
    { title: 'Show samples', icon: 'images', positional: ['batch'], reads: true },
    z.object({
      batch: z
        .string()
        .regex(/^batch-\d+$/, 'must be the id of a batch, such as batch-1; "feedback list" shows them')
        .optional(),
      ...which,
      reason: z.array(SampleReason).max(4).optional(),
      /** Which: `open` are neither labeled nor skipped. */
      state: z.enum(['all', 'open', 'labeled', 'skipped']).default('all'),
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(500).default(50),
    }),
    z.object({
      samples: z.array(FeedbackSample),
      total: z.int(),
      /** Null where the version is no longer in the registry. */
      labeling: Labeling.nullable(),
    }),
  ),
  /** Labels a row: with a class or a value, with the model's guess, or as one to leave out. */
  label: call(
    { title: 'Label a sample', icon: 'tag', positional: ['sample', 'label'], undo: 'Take the label away' },
    z.object({
      sample: z
        .string()
        .regex(/^[0-9a-f]{8,64}$/, 'must be the id of a sample, or its first 8 digits or more'),
      label: Label.optional().describe('a class, or a number'),
      accept: z.boolean().default(false).describe('take what the model answered'),
      skip: z.boolean().default(false).describe('leave it out'),
      clear: z.boolean().default(false).describe('take the label away'),
    }),
    FeedbackSample,
  ),
  /** Puts what is labeled behind the rows that the model was trained on, as a new version. */
  import: work(
    {
      title: 'Make labeled samples a dataset version',
      icon: 'database',
      positional: ['model'],
      cancel: 'Nothing of the new version is kept; the labels stay.',
      undo: 'Remove the version',
    },
    z.object({
      model: Name.optional(),
      batch: z
        .string()
        .regex(/^batch-\d+$/, 'must be the id of a batch')
        .optional(),
      /** Default: the one that the model was trained on. */
      dataset: Name.optional(),
    }),
    z.object({ version: DatasetVersion, samples: z.int(), devices: z.array(z.string()) }),
  ),
  /** How right each version was on the boxes, on what was labeled. */
  accuracy: call(
    { title: 'Show accuracy on devices', icon: 'target', positional: ['model'], reads: true },
    z.object({ model: Name, site: which.site, device: which.device }),
    z.object({ task: Task.nullable(), versions: z.array(BoxAccuracy), pairs: z.array(PairedLabels) }),
  ),
}

import { z } from 'zod'
import { call, work } from './call.ts'
import { ColumnType, Filter, Split } from './dataset.ts'
import { At, Hash, JobId, Name } from './ids.ts'

/** How far two sets of rows may lie apart, and by which measure. */
export const DriftMeasure = z.enum(['l-infinity', 'jensen-shannon', 'normalized-difference'])
export type DriftMeasure = z.infer<typeof DriftMeasure>

export const Comparator = z.object({ measure: DriftMeasure, threshold: z.number().min(0) })
export type Comparator = z.infer<typeof Comparator>

/** What a schema says of one feature: the part of the schema's text that a form can show. */
export const SchemaFeature = z.object({
  name: z.string(),
  type: ColumnType,
  /** Must the column be there at all. */
  required: z.boolean(),
  /** Least share of rows that must have a value, 0 to 1. */
  minPresence: z.number().min(0).max(1),
  /** The values a text may have; null: any. */
  domain: z.array(z.string()).nullable(),
  /** Least share of the values that must be in the domain; default all. */
  domainMass: z.number().min(0).max(1).optional(),
  /** The range a number may have; null: any. */
  range: z.object({ min: z.number().nullable(), max: z.number().nullable() }).nullable(),
  /** How many different values a text may have. */
  unique: z.object({ min: z.int().nullable(), max: z.int().nullable() }).nullable().optional(),
  /** Environments, of those that the schema lists, in which the column need not be there (SERVING has no label). */
  notInEnvironments: z.array(z.string()).optional(),
  /** Against the data before. */
  drift: z.array(Comparator).optional(),
  /** Training against serving. */
  skew: z.array(Comparator).optional(),
  /** Not looked at any more. */
  deprecated: z.boolean().optional(),
})
export type SchemaFeature = z.infer<typeof SchemaFeature>

export const Schema = z.object({
  id: Hash,
  dataset: Name,
  number: z.int().min(1),
  features: z.array(SchemaFeature),
  /** The whole schema as TensorFlow Metadata's text (schema.pbtxt); the features are a view of it. */
  text: z.string(),
  environments: z.array(z.string()),
  /** Rows that data must have. */
  rows: z.object({ min: z.int().nullable(), max: z.int().nullable() }),
  /** The file that it was written to. */
  out: z.string().optional(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Schema = z.infer<typeof Schema>

/** Families of trouble. Those of the second half are ours: no schema needs to ask for them. */
export const AnomalyKind = z.enum([
  'missing-column',
  'new-column',
  'wrong-type',
  'out-of-domain',
  'out-of-range',
  'too-many-missing',
  'wrong-shape',
  'invalid-text',
  'wrong-unique',
  'wrong-rows',
  'drift',
  'skew',
  'invalid-schema',
  'custom',
  'leakage',
  'duplicate-rows',
  'split-overlap',
  'constant',
  'near-unique',
  'class-imbalance',
  'outliers',
  'mislabeled',
  'near-duplicates',
  'unreadable',
])
export type AnomalyKind = z.infer<typeof AnomalyKind>

/** How far apart two sets of rows are in one feature, and what makes it so. */
export const Drift = z.object({
  measure: DriftMeasure,
  value: z.number(),
  /** Null: measured, with no limit set. */
  threshold: z.number().nullable(),
  /** "max |p - q|": the formula in the field's notation. */
  formula: z.string(),
  /** What it was measured against: "census v1", "train". */
  against: z.string(),
  /** Bins of both, largest part first: shares of the rows, and what the bin adds to the value. */
  bins: z.array(
    z.object({
      label: z.string(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      before: z.number(),
      now: z.number(),
      part: z.number(),
    }),
  ),
  /** The value that TensorFlow Data Validation gives with its default histogram, where it differs from ours. */
  tfdv: z.number().nullable(),
})
export type Drift = z.infer<typeof Drift>

export const Anomaly = z.object({
  feature: z.string(),
  kind: AnomalyKind,
  /** TensorFlow Data Validation's name for it, where it has one: ENUM_TYPE_UNEXPECTED_STRING_VALUES. */
  type: z.string().nullable(),
  severity: z.enum(['error', 'warning']),
  /** Null: in all rows. */
  split: Split.nullable(),
  /** The saved slice whose rows were looked at; left out: all rows were. */
  slice: z.string().optional(),
  /** "Unexpected values": a few words. */
  title: z.string(),
  /** The fact, then the limit: "2 values in 16,281 rows that the schema does not know". */
  detail: z.string(),
  rows: z.int(),
  examples: z.array(z.string()),
  /** Finds the rows; null: it is not about single rows. */
  where: Filter.nullable(),
  /** The rows themselves where no filter says it, by number; at most 1,000. */
  only: z.array(z.int()).nullable(),
  drift: Drift.nullable(),
  /** The limit is a suggestion that nobody accepted yet. */
  suggested: z.boolean(),
  /** The schema can be widened so that this is no anomaly any more. */
  updatable: z.boolean(),
  /** Someone accepted it, and why. */
  accepted: z.object({ reason: z.string(), at: At }).nullable(),
})
export type Anomaly = z.infer<typeof Anomaly>

/** `blocked`: an error that nobody accepted; training and publishing say so. */
export const Verdict = z.enum(['good', 'look', 'blocked'])
export type Verdict = z.infer<typeof Verdict>

export const Validation = z.object({
  id: Hash,
  /** The version that was checked, or the hash of the file. */
  version: Hash,
  /** Null: the schema was a file. */
  schema: Hash.nullable(),
  title: z.string(),
  verdict: Verdict,
  anomalies: z.array(Anomaly),
  /** Every drift and skew that was measured, also those without an alarm. */
  drifts: z.array(z.object({ feature: z.string(), kind: z.enum(['drift', 'skew']), drift: Drift })),
  /** The data that drift was measured against. */
  against: z.string().nullable(),
  environment: z.string().nullable(),
  /** The file that it was written to. */
  out: z.string().optional(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Validation = z.infer<typeof Validation>

/** A limit that the data itself suggests; ours, not TensorFlow Data Validation's. */
export const Suggestion = z.object({
  /** Stable for the same feature and kind: `age.range`. */
  id: z.string(),
  /** Null: of the whole dataset. */
  feature: z.string().nullable(),
  kind: z.enum(['range', 'drift', 'presence', 'domain-mass', 'rows', 'unique']),
  /** "age from 0 to 120". */
  title: z.string(),
  /** Where it comes from, with figures: "seen 17 to 90 in 32,561 rows; a quarter of that range on each side". */
  why: z.string(),
  /** What the schema says of it now, in the same words; null: nothing. */
  now: z.string().nullable(),
  /** The limit itself, as the form has it. */
  set: SchemaFeature.partial().extend({
    rows: z.object({ min: z.int().nullable(), max: z.int().nullable() }).optional(),
  }),
})
export type Suggestion = z.infer<typeof Suggestion>

/** What a verdict of `blocked` does. */
export const Gatekeeping = z.enum(['block', 'warn', 'off'])
export type Gatekeeping = z.infer<typeof Gatekeeping>
export const ValidationPolicy = z.object({
  training: Gatekeeping,
  publishing: Gatekeeping,
  /** Checks of ours that are switched off. */
  without: z.array(AnomalyKind),
  /** Saved slices of datasets whose rows are checked by themselves, too. */
  slices: z.array(z.object({ dataset: Name, names: z.array(z.string()) })).optional(),
})
export type ValidationPolicy = z.infer<typeof ValidationPolicy>

/** One check in a dataset's history. */
export const HistoryPoint = z.object({
  validation: Hash,
  version: Hash,
  title: z.string(),
  at: At,
  rows: z.int(),
  verdict: Verdict,
  errors: z.int(),
  warnings: z.int(),
  features: z.array(
    z.object({ name: z.string(), missing: z.number(), drift: z.number().nullable(), anomalies: z.int() }),
  ),
})
export type HistoryPoint = z.infer<typeof HistoryPoint>

const data = { data: z.string().min(1) }

export const validation = {
  /** Infers a schema as TensorFlow Data Validation does, from the train split, a file, or statistics. */
  infer: work(
    {
      title: 'Infer a schema',
      icon: 'file-cog',
      positional: ['data'],
      paths: { data: 'existing', statistics: 'always', out: 'always' },
      cancel: 'Nothing is kept; the schema before it stays.',
      undo: 'The schema before it is kept',
    },
    z.object({
      /** A dataset or a file of data; kept as the newest schema of the dataset. */
      data: z.string().min(1).optional(),
      /** A file of statistics, in place of data. */
      statistics: z.string().optional(),
      /** Writes schema.pbtxt (or .pb, .json). */
      out: z.string().optional(),
      /** Infer also how many values a row has. */
      shape: z.boolean().default(true),
      /** A text with more different values gets no domain. */
      maxDomain: z.int().min(0).max(1_000_000).default(100),
      tfdv: z.boolean().optional(),
    }),
    Schema,
  ),
  /** Checks data against a schema; default the newest schema of the same dataset, inferred where there is none. */
  check: work(
    {
      title: 'Check data',
      icon: 'shield-check',
      positional: ['data'],
      paths: {
        data: 'existing',
        statistics: 'always',
        schema: 'existing',
        previous: 'existing',
        serving: 'existing',
        previousVersion: 'existing',
        validationConfig: 'always',
        customValidations: 'always',
        out: 'always',
      },
      cancel: 'Nothing is kept.',
      fails: { verdict: 'blocked' },
    },
    z.object({
      data: z.string().min(1).optional(),
      /** A file of statistics, in place of data. */
      statistics: z.string().optional(),
      /** A schema file, or a dataset whose schema to use. */
      schema: z.string().optional(),
      /** The data before, for drift: a dataset, a file of data or of statistics; default what the schema was inferred from. */
      previous: z.string().optional(),
      /** The data of serving, for skew. */
      serving: z.string().optional(),
      /** The version before, for the number of rows. */
      previousVersion: z.string().optional(),
      environment: z.string().optional(),
      /** A ValidationConfig file: other severities than error for some anomalies, new columns as warnings. */
      validationConfig: z.string().optional(),
      /** A CustomValidationConfig file: conditions in SQL over the statistics. */
      customValidations: z.string().optional(),
      /** The column to predict, for leakage and class balance. */
      label: z.string().optional(),
      /** Exactly what TensorFlow Data Validation finds, and nothing else. */
      tfdv: z.boolean().optional(),
      /** Writes the anomalies: protobuf JSON (.json), .pb or .pbtxt. */
      out: z.string().optional(),
    }),
    Validation,
  ),
  show: call(
    {
      title: 'Show the schema and the newest check',
      icon: 'shield-check',
      positional: ['data'],
      paths: { data: 'existing' },
      reads: true,
    },
    z.object(data),
    z.object({ schema: Schema.nullable(), validation: Validation.nullable() }),
  ),
  /** Saves an edited schema as the next version: the form's features, or the whole text. */
  edit: call(
    {
      title: 'Edit the schema',
      icon: 'file-pen',
      paths: { data: 'existing', file: 'always' },
      undo: 'The schema before it is kept',
    },
    z.object({
      ...data,
      features: z.array(SchemaFeature).optional(),
      rows: z.object({ min: z.int().nullable(), max: z.int().nullable() }).optional(),
      environments: z.array(z.string()).optional(),
      text: z.string().optional(),
      /** A schema file: schema.pbtxt, .pb or .json. */
      file: z.string().optional(),
    }),
    Schema,
  ),
  /** What an edit makes of a schema's text, without saving it: the form as text, or the text as a form. */
  draft: call(
    { title: 'Try an edit of a schema', icon: 'file-pen', reads: true },
    z.object({
      text: z.string(),
      /** What the form says; what it does not show stays as the text has it. */
      features: z.array(SchemaFeature).optional(),
      rows: z.object({ min: z.int().nullable(), max: z.int().nullable() }).optional(),
      environments: z.array(z.string()).optional(),
    }),
    Schema.pick({ text: true, features: true, rows: true, environments: true }),
  ),
  /** Writes the newest schema into a file. */
  write: call(
    { title: 'Write the schema', icon: 'file-down', paths: { data: 'existing', out: 'always' }, reads: true },
    z.object({ ...data, out: z.string().min(1) }),
    z.object({ out: z.string(), bytes: z.int() }),
  ),
  /**
   * Widens the schema so that what the newest check found is no anomaly any more; or a schema file, so that a file of
   * statistics obeys it.
   */
  update: call(
    {
      title: 'Update the schema',
      icon: 'file-plus-2',
      positional: ['data'],
      paths: { data: 'existing', statistics: 'always', schema: 'always', out: 'always' },
      undo: 'The schema before it is kept',
    },
    z.object({
      data: z.string().min(1).optional(),
      /** A file of statistics and a schema file, in place of data. */
      statistics: z.string().optional(),
      schema: z.string().optional(),
      /** Default: all features with an anomaly. */
      feature: z.string().optional(),
      /** A text with more different values gets no domain. */
      maxDomain: z.int().min(0).max(1_000_000).default(100),
      environment: z.string().optional(),
      /** Writes the schema as well: .pbtxt, .pb or .json. */
      out: z.string().optional(),
    }),
    Schema,
  ),
  /** Limits that the data itself suggests. */
  suggestions: call(
    {
      title: 'Show suggested limits',
      icon: 'lightbulb',
      positional: ['data'],
      paths: { data: 'existing' },
      reads: true,
    },
    z.object(data),
    z.object({ suggestions: z.array(Suggestion) }),
  ),
  /** Takes suggested limits into the schema. */
  suggest: call(
    {
      title: 'Accept suggested limits',
      icon: 'lightbulb',
      positional: ['data'],
      paths: { data: 'existing' },
      undo: 'The schema before it is kept',
    },
    z.object({ ...data, /** Default: all. */ ids: z.array(z.string()).optional() }),
    Schema,
  ),
  /** Accepts one anomaly of the newest check, with a reason; it no longer blocks. */
  accept: call(
    { title: 'Accept an anomaly', icon: 'check', undo: 'Check again' },
    z.object({
      ...data,
      feature: z.string(),
      kind: AnomalyKind,
      /** Of the rows of a slice. */
      slice: z.string().optional(),
      reason: z.string().min(1),
    }),
    Validation,
  ),
  /** Anomalies that someone wrote into a file, in any form; `out` writes them in another. */
  anomalies: call(
    {
      title: 'Read anomalies',
      icon: 'file-search',
      positional: ['file'],
      paths: { file: 'always', out: 'always' },
      reads: true,
    },
    z.object({ file: z.string().min(1), out: z.string().min(1).optional() }),
    z.object({
      title: z.string(),
      verdict: Verdict,
      anomalies: z.array(Anomaly),
      out: z.string().optional(),
    }),
  ),
  /** What nobody accepted or mended yet, of the newest check of each dataset. */
  alerts: call(
    { title: 'Show alerts', icon: 'bell', reads: true },
    z.object({}),
    z.object({
      alerts: z.array(z.object({ dataset: Name, title: z.string(), at: At, anomaly: Anomaly })),
    }),
  ),
  /** Every check of a dataset, oldest first: how missing shares and drift went over time. */
  history: call(
    {
      title: 'Show past checks',
      icon: 'history',
      positional: ['data'],
      paths: { data: 'existing' },
      reads: true,
    },
    z.object(data),
    z.object({ points: z.array(HistoryPoint) }),
  ),
  policy: call(
    { title: 'Show what a verdict does', icon: 'shield', reads: true },
    z.object({}),
    ValidationPolicy,
  ),
  setPolicy: call(
    {
      title: 'Choose what a verdict does',
      icon: 'shield',
      paths: { data: 'existing' },
      undo: 'Choose again',
    },
    ValidationPolicy.partial().extend({
      /** The dataset whose slices are named. */
      data: z.string().min(1).optional(),
      /** Its saved slices whose rows are checked by themselves, too, so that each can block; none: an empty list. */
      slices: z.array(z.string()).optional(),
    }),
    ValidationPolicy,
  ),
}

import { z } from 'zod'
import { call, work } from './call.ts'
import { At, Name } from './ids.ts'
import { Anomaly, AnomalyKind } from './validation/anomaly.ts'
import { HistoryPoint, Validation, Verdict } from './validation/outcome.ts'
import { ValidationPolicy } from './validation/policy.ts'
import { Schema, SchemaFeature } from './validation/schema.ts'
import { Suggestion } from './validation/suggestion.ts'

export * from './validation/anomaly.ts'
export * from './validation/outcome.ts'
export * from './validation/policy.ts'
export * from './validation/schema.ts'
export * from './validation/suggestion.ts'

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

import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Hash, Name, Split, Validation } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import {
  type Anomalies,
  AnomaliesSchema,
  AnomalyInfo_Severity,
  AnomalyInfo_Type,
  CustomValidationConfigSchema,
  type DatasetFeatureStatisticsList,
  readMessage,
  type Schema,
  ValidationConfigSchema,
  writeMessage,
} from '../metadata/index.ts'
import type { StatisticsRoom } from '../statistics/index.ts'
import { type Checked, type Controls, checkStatistics, checkStrictly } from './check.ts'
import { checkRows } from './checkRows.ts'
import { checkSlices, type GatedSlice } from './checkSlices.ts'
import { anomaliesOf } from './found.ts'
import { inferFrom } from './infer.ts'
import { onSubject, type Subject, schemaIn, statisticsFor } from './inputs.ts'
import type { Validations } from './kept.ts'
import { messageWith } from './message.ts'
import type { Policy } from './policy.ts'
import { type KeptSchema, messageOf, type Schemas } from './schema/schemas.ts'
import type { Override } from './tfdv/index.ts'
import { verdictOf } from './verdict.ts'

/** Features whose history is kept; the curves of more are nobody's to read. */
const MOST_FEATURES = 2000

type Check = Doors['validation']['check']
type Given = Parameters<Check>[0]

/** Other severities that a file asks for. */
async function overridesIn(path: string): Promise<Override[]> {
  const config = await readMessage(resolve(path), ValidationConfigSchema)
  const overrides = config.severityOverrides.map(({ type, severity }) => ({ type, severity }))
  return config.newFeaturesAreWarnings
    ? [{ type: AnomalyInfo_Type.SCHEMA_NEW_COLUMN, severity: AnomalyInfo_Severity.WARNING }, ...overrides]
    : overrides
}

async function written(found: Anomalies, out: string | undefined): Promise<{ out?: string }> {
  if (out === undefined) return {}
  await writeMessage(resolve(out), AnomaliesSchema, found)
  return { out: resolve(out) }
}

/** Checks data, or statistics of data, against a schema: strictly, or with all that is ours. */
export function createChecking({
  dataset,
  statistics,
  schemas,
  validations,
  policy,
}: {
  dataset: DatasetRoom
  statistics: StatisticsRoom
  schemas: Schemas
  validations: Validations
  policy: Policy
}): Check {
  /** What the data are held against beside the schema; what the schema was inferred from, where nobody says otherwise. */
  async function controlsOf(
    given: Given,
    kept: KeptSchema | null,
    strict: boolean,
    signal: AbortSignal,
  ): Promise<Controls> {
    const other = async (named: string | undefined) =>
      named === undefined
        ? undefined
        : {
            title: existsSync(named) ? basename(named) : named,
            list: await statisticsFor(named, statistics, { strict, signal }),
          }
    const reference = kept && !strict ? schemas.referenceOf(kept) : null
    const { validationConfig, customValidations } = given
    return {
      limits: reference ?? undefined,
      previous: (await other(given.previous)) ?? reference ?? undefined,
      serving: await other(given.serving),
      previousVersion: (await other(given.previousVersion))?.list,
      severityOverrides: validationConfig === undefined ? [] : await overridesIn(validationConfig),
      customValidation:
        customValidations === undefined
          ? undefined
          : await readMessage(resolve(customValidations), CustomValidationConfigSchema),
    }
  }

  /** The schema to check by: of a file, of the dataset that is named, else of the data's own; inferred if there is none. */
  async function schemaFor(
    subject: Subject,
    named: string | undefined,
    strict: boolean,
    job: JobContext,
  ): Promise<{ kept: KeptSchema | null; message: Schema }> {
    if (named !== undefined) {
      const there = schemas.get(named as Hash)
      if (there) return { kept: there, message: messageOf(there) }
      const name = await dataset
        .subjectOf(named, job.signal)
        .then(({ name }) => name)
        .catch(() => null)
      const ofDataset = name !== null && !existsSync(resolve(named)) ? schemas.newest(name) : null
      if (ofDataset) return { kept: ofDataset, message: messageOf(ofDataset) }
      const isData = /\.(csv|tsv|parquet|jsonl|arrow|tfrecord|xlsx)(\.gz|\.zst)?$/i.test(named)
      const inFile = isData ? null : await schemaIn(named)
      if (inFile) return { kept: null, message: inFile }
      const kept = await onSubject({ data: named }, { dataset, job, rows: true }, other =>
        inferFrom(other, job, { statistics, schemas }, { strict }),
      )
      return { kept, message: messageOf(kept) }
    }
    if (!subject.table)
      throw fail('bad-input', 'There is no schema to check by.', 'Name one: --schema schema.pbtxt')
    const kept =
      schemas.newest(subject.name) ?? (await inferFrom(subject, job, { statistics, schemas }, { strict }))
    return { kept, message: messageOf(kept) }
  }

  /** The slices of a dataset that are to be checked by themselves. */
  function slicesOf(name: Name): GatedSlice[] {
    const wanted = policy.get().slices.find(({ dataset }) => dataset === name)?.names ?? []
    if (!wanted.length) return []
    const saved = new Map(dataset.slicesOf(name).map(slice => [slice.name, slice.where]))
    return wanted.map(slice => ({ name: slice, where: saved.get(slice) ?? null }))
  }

  /** The statistics that are compared with other data: of the train split's rival where the schema came from the same rows. */
  async function nowOf(
    subject: Subject,
    kept: KeptSchema | null,
    job: JobContext,
  ): Promise<{ list: DatasetFeatureStatisticsList; split: Split | null } | null> {
    const { table, hash } = subject
    if (!table) return null
    if (kept?.reference?.subject !== hash) {
      const list = await statistics.protoOf(table, { signal: job.signal })
      return { list, split: null }
    }
    if (!table.version || !table.splits.eval) return null
    const list = await statistics.protoOf(table.version.id, { split: 'eval', signal: job.signal })
    return { list, split: 'eval' }
  }

  /** Writes and keeps what a check found. */
  async function finished(
    subject: Subject,
    kept: KeptSchema | null,
    checked: Checked,
    job: JobContext,
    rest: Pick<Validation, 'environment' | 'against'> & { label: string | null; rows: number },
  ): Promise<Validation> {
    const title = `Check of ${subject.title}`
    const { anomalies, drifts } = checked
    const content = { version: subject.hash, schema: kept?.id ?? null, title, anomalies, drifts }
    const validation: Validation = {
      id: hashOf(canonicalJson(content)),
      ...content,
      verdict: verdictOf(anomalies),
      against: rest.against,
      environment: rest.environment,
      at: now(),
      madeBy: job.id,
    }
    job.signal.throwIfAborted()
    if (!subject.table) return validation
    const figures = subject.table.version && statistics.of(subject.table.version)
    const driftOf = new Map(
      drifts.filter(({ kind }) => kind === 'drift').map(one => [one.feature, one.drift.value]),
    )
    const counts = Map.groupBy(anomalies, ({ feature }) => feature)
    validations.put({
      ...validation,
      dataset: subject.name,
      label: rest.label,
      point: {
        rows: rest.rows,
        features: (figures?.features ?? []).slice(0, MOST_FEATURES).map(({ name, all }) => ({
          name,
          missing: all.count + all.missing ? all.missing / (all.count + all.missing) : 0,
          drift: driftOf.get(name) ?? null,
          anomalies: counts.get(name)?.length ?? 0,
        })),
      },
    })
    job.makes({ id: validation.id, kind: 'validation', title })
    return validation
  }

  return ({ tfdv: strict = false, schema: named, environment, out, ...given }, job) =>
    onSubject(given, { dataset, job, rows: true }, async (subject, list) => {
      const { kept, message } = await schemaFor(subject, named, strict, job)
      if (kept) job.uses(kept.id)
      const { signal } = job
      const controls = await controlsOf(given, kept, strict, signal)
      const against = controls.previous?.title ?? null
      const before = validations.of(subject.name)[0]
      const label = given.label ?? before?.label ?? null
      const rest = { environment: environment ?? null, against, label }

      if (strict) {
        const counted =
          list ??
          (await statistics.protoOf(subject.table?.version ? subject.table : subject.source, {
            strict,
            signal,
          }))
        const found = checkStrictly(counted, message, controls, environment)
        const checked = { anomalies: anomaliesOf(found), drifts: [] }
        const validation = await finished({ ...subject, table: null }, kept, checked, job, {
          ...rest,
          rows: 0,
        })
        return { ...validation, ...(await written(found, out)) }
      }

      let checked: Checked
      const { table } = subject
      if (table) {
        const asked = { statistics, schema: message, controls, environment, label }
        const { without } = policy.get()
        const now = given.previous
          ? { list: await statistics.protoOf(table, { signal }), split: null }
          : await nowOf(subject, kept, job)
        const { anomalies, drifts } = await checkRows(table, job, { ...asked, without, now })
        const slices = slicesOf(kept?.dataset ?? subject.name)
        const inSlices = await checkSlices(table, slices, anomalies, job, asked)
        checked = { anomalies: [...anomalies, ...inSlices], drifts }
      } else checked = checkStatistics(list as DatasetFeatureStatisticsList, message, controls, environment)
      const validation = await finished(subject, kept, checked, job, {
        ...rest,
        rows: subject.table?.rows ?? 0,
      })
      const found = messageWith(validation.anomalies, validation.drifts)
      return { ...validation, ...(await written(found, out)) }
    })
}

import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Anomaly, Hash, Schema as Shown, Split, Validation } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import {
  AnomaliesSchema,
  create,
  type DatasetFeatureStatisticsList,
  fromText,
  readMessage,
  type Schema,
  SchemaSchema,
  writeMessage,
} from '../metadata/index.ts'
import type { StatisticsRoom } from '../statistics/index.ts'
import type { Store } from '../store/index.ts'
import { allowing } from './allowing.ts'
import { type Checked, type Controls, checkRows, checkStatistics, checkStrictly } from './check.ts'
import { anomaliesOf } from './found.ts'
import { inferFrom, inferFromStatistics } from './infer.ts'
import { onSubject, type Subject, schemaIn } from './inputs.ts'
import { type KeptValidation, pointOf, shownOf, type Validations } from './kept.ts'
import { messageWith } from './message.ts'
import type { Policy } from './policy.ts'
import { withForm } from './schema/form.ts'
import { type KeptSchema, messageOf, openSchemas } from './schema/schemas.ts'
import { suggest } from './suggestions/index.ts'
import { updateSchema } from './tfdv/index.ts'
import { verdictOf } from './verdict.ts'

/** Features whose history is kept; the curves of more are nobody's to read. */
const MOST_FEATURES = 2000

const visible = ({ reference: _, ...schema }: KeptSchema): Shown => schema

export function createDoor({
  store,
  dataset,
  statistics,
  validations,
  policy,
}: {
  store: Store
  dataset: DatasetRoom
  statistics: StatisticsRoom
  validations: Validations
  policy: Policy
}): Doors['validation'] {
  const schemas = openSchemas(store)
  const tools = { statistics, schemas }
  const nameOf = async (data: string, signal: AbortSignal) => (await dataset.subjectOf(data, signal)).name

  /** The newest schema of some data. @throws Failure not-found */
  async function schemaOf(data: string, signal: AbortSignal): Promise<KeptSchema> {
    const found = schemas.newest(await nameOf(data, signal))
    if (found) return found
    throw fail(
      'not-found',
      `There is no schema of "${data}" yet.`,
      `Infer one: edgewright validation infer "${data}"`,
    )
  }

  async function written(schema: Schema, out: string | undefined): Promise<{ out?: string }> {
    if (out === undefined) return {}
    await writeMessage(resolve(out), SchemaSchema, schema)
    return { out: resolve(out) }
  }

  /** Other data to compare with: of a file of statistics, else of data. */
  async function control(named: string | undefined, strict: boolean, signal: AbortSignal) {
    if (named === undefined) return undefined
    const isFile = existsSync(named)
    const title = isFile ? (named.split(/[\\/]/).at(-1) ?? named) : named
    return { title, list: await statistics.protoOf(named, { strict, signal }) }
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
      const name = await nameOf(named, job.signal).catch(() => null)
      const ofDataset = name !== null && !existsSync(resolve(named)) ? schemas.newest(name) : null
      if (ofDataset) return { kept: ofDataset, message: messageOf(ofDataset) }
      const isData = /\.(csv|tsv|parquet|jsonl|arrow|tfrecord|xlsx)(\.gz|\.zst)?$/i.test(named)
      const inFile = isData ? null : await schemaIn(named)
      if (inFile) return { kept: null, message: inFile }
      const kept = await onSubject({ data: named }, { dataset, job, rows: true }, other =>
        inferFrom(other, job, tools, { strict }),
      )
      return { kept, message: messageOf(kept) }
    }
    if (!subject.table)
      throw fail('bad-input', 'There is no schema to check by.', 'Name one: --schema schema.pbtxt')
    const kept = schemas.newest(subject.name) ?? (await inferFrom(subject, job, tools, { strict }))
    return { kept, message: messageOf(kept) }
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
    if (!table.splits.eval) return null
    return { list: await statistics.protoOf(table, { split: 'eval', signal: job.signal }), split: 'eval' }
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

  /** The newest check of some data, to be changed. @throws Failure not-found */
  async function newestOf(data: string, signal: AbortSignal): Promise<KeptValidation> {
    const { subject } = await dataset.subjectOf(data, signal)
    const newest = validations.newest(subject)
    if (newest) return newest
    throw fail('not-found', `${data} was not checked yet.`, `Check it: edgewright validation check "${data}"`)
  }

  return {
    infer: ({ out, tfdv, shape, maxDomain, ...given }, job) =>
      onSubject(given, { dataset, job, rows: true }, async (subject, list) => {
        const options = { shape, maxDomain }
        const schema = list
          ? inferFromStatistics(subject, list, job, options)
          : visible(await inferFrom(subject, job, tools, { ...options, strict: tfdv }))
        return { ...schema, ...(await written(messageOf(schema), out)) }
      }),

    check: (
      { tfdv: strict = false, schema: named, environment, out, previous, serving, previousVersion, ...given },
      job,
    ) =>
      onSubject(given, { dataset, job, rows: true }, async (subject, list) => {
        const { kept, message } = await schemaFor(subject, named, strict, job)
        if (kept) job.uses(kept.id)
        const { signal } = job
        const reference = kept && !strict ? schemas.referenceOf(kept) : null
        const controls: Controls = {
          previous:
            (await control(previous, strict, signal)) ??
            (reference ? { title: kept?.reference?.title ?? '', list: reference } : undefined),
          serving: await control(serving, strict, signal),
          previousVersion: (await control(previousVersion, strict, signal))?.list,
        }
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
          const anomalies = anomaliesOf(found)
          const validation = await finished(
            { ...subject, table: null },
            kept,
            { anomalies, drifts: [] },
            job,
            {
              ...rest,
              rows: 0,
            },
          )
          if (out === undefined) return validation
          await writeMessage(resolve(out), AnomaliesSchema, found)
          return { ...validation, out: resolve(out) }
        }

        let checked: Checked
        if (subject.table)
          checked = await checkRows({ ...subject, table: subject.table }, job, {
            statistics,
            schema: message,
            controls,
            environment,
            label,
            without: policy.get().without,
            now: previous
              ? { list: await statistics.protoOf(subject.table, { signal }), split: null }
              : await nowOf(subject, kept, job),
          })
        else checked = checkStatistics(list as DatasetFeatureStatisticsList, message, controls, environment)
        const validation = await finished(subject, kept, checked, job, {
          ...rest,
          rows: subject.table?.rows ?? 0,
        })
        if (out === undefined) return validation
        await writeMessage(
          resolve(out),
          AnomaliesSchema,
          messageWith(validation.anomalies, validation.drifts),
        )
        return { ...validation, out: resolve(out) }
      }),

    async show({ data }, { signal }) {
      const { subject, name } = await dataset.subjectOf(data, signal)
      const schema = schemas.newest(name)
      const validation = validations.newest(subject)
      return { schema: schema && visible(schema), validation: validation && shownOf(validation) }
    },

    async edit({ data, text, file, ...form }, { signal }) {
      const name = await nameOf(data, signal)
      const newest = schemas.newest(name)
      const given =
        file !== undefined
          ? await readMessage(resolve(file), SchemaSchema)
          : text !== undefined
            ? fromText(SchemaSchema, text, 'the schema')
            : null
      const base = given ?? (newest ? messageOf(newest) : create(SchemaSchema))
      return visible(schemas.keep(name, withForm(base, form), null))
    },

    async write({ data, out }, { signal }) {
      await writeMessage(resolve(out), SchemaSchema, messageOf(await schemaOf(data, signal)))
      return { out: resolve(out), bytes: statSync(resolve(out)).size }
    },

    async update({ data, feature }, { signal }) {
      const newest = await newestOf(data, signal)
      const schema = await schemaOf(data, signal)
      const named = newest.anomalies.filter(
        anomaly => anomaly.updatable && (feature === undefined || anomaly.feature === feature),
      )
      if (!named.length)
        throw fail(
          'not-found',
          feature === undefined
            ? `The newest check of ${data} found nothing that a wider schema would allow.`
            : `The newest check of ${data} found nothing in "${feature}" that a wider schema would allow.`,
          'Check the data again, or edit the schema by hand.',
        )
      const table = await dataset.open(data, { signal })
      try {
        const list = await statistics.protoOf(table, { signal })
        const paths = [...new Set(named.map(one => one.feature))].map(name => [name])
        const next = updateSchema(messageOf(schema), list, { paths, quirks: false })
        return visible(schemas.keep(schema.dataset, allowing(next, named), null))
      } finally {
        table.close()
      }
    },

    async suggestions({ data }, { signal }) {
      const schema = schemas.newest(await nameOf(data, signal))
      const reference = schema && schemas.referenceOf(schema)
      if (!schema || !reference) return { suggestions: [] }
      return { suggestions: suggest({ title: schema.reference?.title ?? '', list: reference }, schema) }
    },

    async suggest({ data, ids }, { signal }) {
      const schema = await schemaOf(data, signal)
      const reference = schemas.referenceOf(schema)
      const all = reference ? suggest({ title: schema.reference?.title ?? '', list: reference }, schema) : []
      const unknown = ids?.find(id => !all.some(one => one.id === id))
      if (unknown !== undefined)
        throw fail(
          'not-found',
          `There is no suggested limit "${unknown}" any more.`,
          `See which there are: edgewright validation suggestions "${data}"`,
        )
      const taken = ids ? all.filter(({ id }) => ids.includes(id)) : all
      const features = schema.features.map(feature => {
        const limits = taken
          .filter(one => one.feature === feature.name)
          .map(({ set: { rows: _, ...set } }) => set)
        return Object.assign({}, feature, ...limits)
      })
      const rows = taken.reduce((next, { set }) => set.rows ?? next, schema.rows)
      return visible(schemas.keep(schema.dataset, withForm(messageOf(schema), { features, rows }), null))
    },

    async accept({ data, feature, kind, reason }, { signal }) {
      const newest = await newestOf(data, signal)
      const isMeant = (anomaly: Anomaly) => anomaly.feature === feature && anomaly.kind === kind
      if (!newest.anomalies.some(isMeant))
        throw fail(
          'not-found',
          `The newest check of ${data} has no anomaly of the kind "${kind}" in "${feature}".`,
          'Check the data again and choose one of its anomalies.',
        )
      const accepted = { reason, at: now() }
      const anomalies = newest.anomalies.map(anomaly =>
        isMeant(anomaly) ? { ...anomaly, accepted } : anomaly,
      )
      const validation = { ...newest, anomalies, verdict: verdictOf(anomalies) }
      validations.put(validation)
      return shownOf(validation)
    },

    async alerts() {
      const alerts = validations.newestOfEach().flatMap(kept =>
        shownOf(kept)
          .anomalies.filter(({ accepted }) => !accepted)
          .map(anomaly => ({ dataset: kept.dataset, title: kept.title, at: kept.at, anomaly })),
      )
      return { alerts }
    },

    async history({ data }, { signal }) {
      const points = validations.of(await nameOf(data, signal)).map(pointOf)
      return { points: points.reverse() }
    },

    policy: async () => policy.get(),
    setPolicy: async change => policy.set(change),
  }
}

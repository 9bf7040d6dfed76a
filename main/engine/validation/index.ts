import type { Anomaly, Hash, Name, Schema, SchemaFeature, Validation } from '#contract'
import type { DatasetRoom, Table } from '../dataset/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import type { StatisticsRoom } from '../statistics/index.ts'
import { collection, type Store } from '../store/index.ts'
import { checks } from './checks/index.ts'
import { inferFeatures } from './infer.ts'
import { verdictOf } from './verdict.ts'

/** Says what may be expected of data, and where data is otherwise. */
export interface ValidationRoom {
  door: Doors['validation']
  /** The newest check of a version, or null where it was not checked. */
  verdictOf(version: Hash): Validation | null
}

export function createValidation({
  store,
  dataset,
  statistics,
}: {
  store: Store
  dataset: DatasetRoom
  statistics: StatisticsRoom
}): ValidationRoom {
  const schemas = collection<Schema>(store.db, 'schemas')
  const validations = collection<Validation>(store.db, 'validations')

  const titleOf = ({ dataset: name, number }: Schema) => `Schema of ${name} v${number}`

  /** Keeps features as the next schema of a dataset; the same features again are the same schema. */
  function keep(name: Name, features: SchemaFeature[], job: JobContext | null): Schema {
    const before = schemas.newest(name)
    if (before && canonicalJson(before.features) === canonicalJson(features)) return before
    const content = { dataset: name, number: (before?.number ?? 0) + 1, features }
    const schema: Schema = {
      id: hashOf(canonicalJson(content)),
      ...content,
      at: now(),
      madeBy: job?.id ?? null,
    }
    schemas.put(schema, name)
    return schema
  }

  /** The figures that a schema or a check goes by. They are an artifact of their own only when asked for as such. */
  const figuresOf = (table: Table, job: JobContext, from: number, to: number) =>
    statistics.ensure(table, { ...job, makes: () => {} }, { from, to })

  async function infer(table: Table, job: JobContext, from: number, to: number): Promise<Schema> {
    const figures = await figuresOf(table, job, from, to)
    const session = await table.session(job.signal)
    try {
      job.progress(to, 'inferring the schema')
      const schema = keep(table.name, await inferFeatures(table, figures, session), job)
      job.makes({ id: schema.id, kind: 'schema', title: titleOf(schema) })
      return schema
    } finally {
      session.close()
    }
  }

  /** The schema to check by: of the dataset that is named, else of the data's own; inferred where there is none. */
  async function schemaFor(table: Table, named: string | undefined, job: JobContext): Promise<Schema> {
    if (named === undefined) return schemas.newest(table.name) ?? (await infer(table, job, 0.3, 0.6))
    const there = schemas.get(named) ?? schemas.newest((await dataset.subjectOf(named, job.signal)).name)
    if (there) return there
    const other = await dataset.open(named, { signal: job.signal })
    try {
      return await infer(other, job, 0.3, 0.6)
    } finally {
      other.close()
    }
  }

  async function check(table: Table, schema: Schema, job: JobContext): Promise<Validation> {
    const figures = await figuresOf(table, job, 0.6, 0.9)
    job.uses(schema.id)
    const session = await table.session(job.signal)
    const anomalies: Anomaly[] = []
    try {
      for (const { kind, run } of checks) {
        job.progress(0.9, `checking: ${kind.replaceAll('-', ' ')}`)
        const found = await run({ table, session, statistics: figures, schema: schema.features })
        anomalies.push(...found.map(finding => ({ ...finding, accepted: null })))
      }
    } finally {
      session.close()
    }
    const title = `Check of ${table.title}`
    const content = { version: table.subject, schema: schema.id, title, anomalies }
    const validation: Validation = {
      id: hashOf(canonicalJson(content)),
      ...content,
      verdict: verdictOf(anomalies),
      at: now(),
      madeBy: job.id,
    }
    job.signal.throwIfAborted()
    validations.put(validation, table.subject)
    job.makes({ id: validation.id, kind: 'validation', title })
    return validation
  }

  /** Runs work on opened data, and lets go of it. */
  async function on<T>(data: string, job: JobContext, work: (table: Table) => Promise<T>): Promise<T> {
    const table = await dataset.open(data, {
      signal: job.signal,
      tell: (share, step) => job.progress(share === null ? null : share * 0.3, step),
    })
    try {
      if (table.version) job.uses(table.version.id)
      return await work(table)
    } finally {
      table.close()
    }
  }

  const door: Doors['validation'] = {
    infer: ({ data }, job) => on(data, job, table => infer(table, job, 0.3, 0.9)),
    check: ({ data, schema }, job) =>
      on(data, job, async table => check(table, await schemaFor(table, schema, job), job)),
    async show({ data }, { signal }) {
      const { subject, name } = await dataset.subjectOf(data, signal)
      return { schema: schemas.newest(name), validation: validations.newest(subject) }
    },
    async edit({ data, features }, { signal }) {
      const { name } = await dataset.subjectOf(data, signal)
      checkFeatures(features)
      return keep(name, features, null)
    },
    async accept({ data, feature, kind, reason }, { signal }) {
      const { subject } = await dataset.subjectOf(data, signal)
      const newest = validations.newest(subject)
      const isMeant = (anomaly: Anomaly) => anomaly.feature === feature && anomaly.kind === kind
      if (!newest?.anomalies.some(isMeant))
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
      validations.put(validation, subject)
      return validation
    },
  }
  return { door, verdictOf: version => validations.newest(version) }
}

/** @throws Failure bad-input where an edited schema contradicts itself */
function checkFeatures(features: SchemaFeature[]): void {
  const seen = new Set<string>()
  for (const { name, range } of features) {
    if (seen.has(name))
      throw fail('bad-input', `The schema names "${name}" twice.`, 'Keep one of the two features.')
    seen.add(name)
    if (range && range.min !== null && range.max !== null && range.min > range.max)
      throw fail(
        'bad-input',
        `The range of "${name}" begins at ${range.min}, above its end ${range.max}.`,
        'Exchange the two, or leave one of them empty.',
      )
  }
}

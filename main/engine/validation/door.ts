import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Anomaly } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { Doors } from '../jobs/index.ts'
import { fail, now } from '../kit/index.ts'
import {
  AnomaliesSchema,
  create,
  fromText,
  readMessage,
  SchemaSchema,
  writeMessage,
} from '../metadata/index.ts'
import type { StatisticsRoom } from '../statistics/index.ts'
import type { Store } from '../store/index.ts'
import { createChecking } from './checking.ts'
import { anomaliesOf } from './found.ts'
import { inferFrom, inferFromStatistics } from './infer.ts'
import { onSubject, schemaOfFile } from './inputs.ts'
import { type KeptValidation, pointOf, shownOf, type Validations } from './kept.ts'
import type { Policy } from './policy.ts'
import { drafted } from './schema/drafted.ts'
import { withForm } from './schema/form.ts'
import { type KeptSchema, messageOf, openSchemas, visible, written } from './schema/schemas.ts'
import { createUpdating } from './updating.ts'
import { verdictOf } from './verdict.ts'

/** All that people ask of the room. */
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

    check: createChecking({ dataset, statistics, schemas, validations, policy }),

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
          ? await schemaOfFile(resolve(file))
          : text !== undefined
            ? fromText(SchemaSchema, text, 'the schema')
            : null
      const base = given ?? (newest ? messageOf(newest) : create(SchemaSchema))
      return visible(schemas.keep(name, withForm(base, form), null))
    },

    draft: async ({ text, ...form }) => drafted(text, form),

    async write({ data, out }, { signal }) {
      await writeMessage(resolve(out), SchemaSchema, messageOf(await schemaOf(data, signal)))
      return { out: resolve(out), bytes: statSync(resolve(out)).size }
    },

    ...createUpdating({ dataset, statistics, schemas, schemaOf, newestOf }),

    async accept({ data, feature, kind, slice, reason }, { signal }) {
      const newest = await newestOf(data, signal)
      const isMeant = (anomaly: Anomaly) =>
        anomaly.feature === feature && anomaly.kind === kind && anomaly.slice === slice
      if (!newest.anomalies.some(isMeant))
        throw fail(
          'not-found',
          `The newest check of ${data} has no anomaly of the kind "${kind}" in "${feature}"${slice === undefined ? '' : `, slice "${slice}"`}.`,
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

    async anomalies({ file, out }) {
      const found = await readMessage(resolve(file), AnomaliesSchema)
      if (out !== undefined) await writeMessage(resolve(out), AnomaliesSchema, found)
      const anomalies = anomaliesOf(found)
      const written = out === undefined ? {} : { out: resolve(out) }
      return { title: basename(file), verdict: verdictOf(anomalies), anomalies, ...written }
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
    async setPolicy({ data, slices, ...change }, { signal }) {
      if (slices === undefined) return policy.set(change)
      if (data === undefined)
        throw fail(
          'bad-input',
          'Slices belong to a dataset, and none is named.',
          'Name it: edgewright validation set-policy --data census --slices night',
        )
      const name = await nameOf(data, signal)
      for (const slice of slices) dataset.filterOf(name, slice)
      const others = policy.get().slices.filter(one => one.dataset !== name)
      const mine = slices.length ? [{ dataset: name, names: [...new Set(slices)] }] : []
      return policy.set({ ...change, slices: [...others, ...mine] })
    },
  }
}

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Anomaly, Schema as Shown } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { Doors } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { StatisticsRoom } from '../statistics/index.ts'
import { allowing } from './allowing.ts'
import { nameOf as nameOfFile, schemaIn, statisticsFor } from './inputs.ts'
import type { KeptValidation } from './kept.ts'
import { withForm } from './schema/form.ts'
import { type KeptSchema, messageOf, type Schemas, shown, visible, written } from './schema/schemas.ts'
import { suggest } from './suggestions/index.ts'
import { updateSchema } from './tfdv/index.ts'

type Door = Pick<Doors['validation'], 'update' | 'suggestions' | 'suggest'>

/** Widens schemas by what was found, and narrows them by what the data suggest. */
export function createUpdating({
  dataset,
  statistics,
  schemas,
  schemaOf,
  newestOf,
}: {
  dataset: DatasetRoom
  statistics: StatisticsRoom
  schemas: Schemas
  schemaOf(data: string, signal: AbortSignal): Promise<KeptSchema>
  newestOf(data: string, signal: AbortSignal): Promise<KeptValidation>
}): Door {
  /** The anomalies of the newest check that a wider schema would allow. @throws Failure not-found */
  async function updatable(
    data: string,
    feature: string | undefined,
    signal: AbortSignal,
  ): Promise<Anomaly[]> {
    const newest = await newestOf(data, signal)
    const named = newest.anomalies.filter(
      anomaly => anomaly.updatable && (feature === undefined || anomaly.feature === feature),
    )
    if (named.length) return named
    throw fail(
      'not-found',
      `The newest check of ${data} found nothing${feature === undefined ? '' : ` in "${feature}"`} that a wider schema would allow.`,
      'Check the data again, or edit the schema by hand.',
    )
  }

  const suggested = (schema: KeptSchema) => {
    const reference = schemas.referenceOf(schema)
    return reference ? suggest(reference, schema) : []
  }

  return {
    async update(
      { data, statistics: counted, schema: file, feature, maxDomain, environment, out },
      { signal },
    ) {
      const paths = feature === undefined ? undefined : [[feature]]
      let next: Shown
      if (counted !== undefined || file !== undefined) {
        const schema = file === undefined ? null : await schemaIn(file)
        if (!schema || counted === undefined || !existsSync(resolve(counted)))
          throw fail(
            'bad-input',
            'A schema file is updated by a file of statistics.',
            'Name both: --schema schema.pbtxt --statistics stats.pb',
          )
        const list = await statisticsFor(counted, statistics, { signal })
        next = shown(
          nameOfFile(file ?? counted),
          updateSchema(schema, list, { maxDomain, environment, paths }),
          null,
        )
      } else {
        if (data === undefined)
          throw fail(
            'bad-input',
            'There is nothing to update.',
            'Name a dataset, or --schema and --statistics.',
          )
        const named = await updatable(data, feature, signal)
        const schema = await schemaOf(data, signal)
        const list = await statistics.protoOf(data, { signal })
        const wanted = [...new Set(named.map(one => one.feature))].map(name => [name])
        const wider = updateSchema(messageOf(schema), list, {
          maxDomain,
          environment,
          paths: wanted,
          quirks: false,
        })
        next = visible(schemas.keep(schema.dataset, allowing(wider, named), null))
      }
      return { ...next, ...(await written(messageOf(next), out)) }
    },

    async suggestions({ data }, { signal }) {
      const { name } = await dataset.subjectOf(data, signal)
      const schema = schemas.newest(name)
      return { suggestions: schema ? suggested(schema) : [] }
    },

    async suggest({ data, ids }, { signal }) {
      const schema = await schemaOf(data, signal)
      const all = suggested(schema)
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
  }
}

import { resolve } from 'node:path'
import type { Hash, Name, Schema as Shown } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { canonicalJson, hashOf, now } from '../../kit/index.ts'
import { openLineage } from '../../lineage/index.ts'
import {
  create,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  fromText,
  type Schema,
  SchemaSchema,
  toText,
  writeMessage,
} from '../../metadata/index.ts'
import { collection, type Store } from '../../store/index.ts'
import type { Reference as Suggesting } from '../suggestions/index.ts'
import { formOf, withForm } from './form.ts'
import { checkNames } from './names.ts'

/** The data that a schema was inferred from, in figures: what new data are compared with where nobody says otherwise. */
export interface Reference {
  /** "census v1, train": its name in sentences. */
  title: string
  /** The version whose rows they were, or the hash of a file. */
  subject: Hash
  /** A DatasetFeatureStatisticsList in text, as a blob. */
  statistics: Hash
  /** How many different values each feature has; the message knows it of text alone. */
  unique: Record<string, number>
}

/** A schema as the workspace keeps it. */
export interface KeptSchema extends Shown {
  reference?: Reference | undefined
}

/** The schemas of a workspace, a row of versions for each dataset. */
export interface Schemas {
  newest(name: Name): KeptSchema | null
  get(id: Hash): KeptSchema | null
  /**
   * Keeps a schema as the next of its dataset; the same text again is the same schema.
   * @param job null: a person edited it; it is an artifact all the same, of no job
   */
  keep(name: Name, schema: Schema, job: JobContext | null, reference?: Reference): KeptSchema
  /** Keeps statistics that new data will be compared with. */
  refer(about: Omit<Reference, 'statistics'>, list: DatasetFeatureStatisticsList): Reference
  /** What a schema was inferred from, or null where that is not known any more. */
  referenceOf(schema: KeptSchema): Suggesting | null
}

/** The schema itself. */
export const messageOf = ({ text }: Pick<Shown, 'text'>): Schema => fromText(SchemaSchema, text, 'the schema')

/** What everyone sees of a schema that is kept nowhere. */
export function shown(name: Name, schema: Schema, job: JobContext | null): Shown {
  checkNames(schema)
  const content = { dataset: name, number: 1, text: toText(SchemaSchema, schema) }
  return {
    id: hashOf(canonicalJson(content)),
    ...content,
    ...formOf(schema),
    at: now(),
    madeBy: job?.id ?? null,
  }
}

/** What a kept schema is called in the lineage. */
export const titleOf = ({ dataset, number }: Pick<Shown, 'dataset' | 'number'>): string =>
  `Schema of ${dataset} v${number}`

/** A kept schema as everyone sees it. */
export const visible = ({ reference: _, ...schema }: KeptSchema): Shown => schema

/** Writes a schema where a file is named. */
export async function written(schema: Schema, out: string | undefined): Promise<{ out?: string }> {
  if (out === undefined) return {}
  await writeMessage(resolve(out), SchemaSchema, schema)
  return { out: resolve(out) }
}

export function openSchemas(store: Store): Schemas {
  const kept = collection<KeptSchema>(store.db, 'schemas')
  const lineage = openLineage(store)
  // Schemas of older workspaces hold the form alone.
  const whole = (schema: KeptSchema | null): KeptSchema | null => {
    if (!schema || schema.text !== undefined) return schema
    const message = withForm(create(SchemaSchema), { features: schema.features })
    return { ...schema, text: toText(SchemaSchema, message), ...formOf(message) }
  }
  return {
    newest: name => whole(kept.newest(name)),
    get: id => whole(kept.get(id)),
    keep(name, schema, job, reference) {
      const before = whole(kept.newest(name))
      const next = shown(name, schema, job)
      const known = reference ?? before?.reference
      if (before?.text === next.text && before.reference?.statistics === known?.statistics) return before
      const number = (before?.number ?? 0) + 1
      const id = hashOf(
        canonicalJson({ dataset: name, number, text: next.text, reference: known?.statistics ?? null }),
      )
      const keeping: KeptSchema = { ...next, id, number, ...(known && { reference: known }) }
      store.db.transaction(() => {
        kept.put(keeping, name)
        if (!job) lineage.note({ id, kind: 'schema', title: titleOf(keeping) })
      })()
      return keeping
    },
    refer: (about, list) => ({
      ...about,
      statistics: store.blobs.put(toText(DatasetFeatureStatisticsListSchema, list)),
    }),
    referenceOf({ reference }) {
      if (!reference || !store.blobs.has(reference.statistics)) return null
      const text = store.blobs.read(reference.statistics).toString('utf8')
      const list = fromText(DatasetFeatureStatisticsListSchema, text, 'the statistics of the schema')
      return { title: reference.title, list, unique: new Map(Object.entries(reference.unique ?? {})) }
    },
  }
}

import type { SchemaFeature, Suggestion } from '#contract'
import type { DatasetFeatureStatisticsList } from '../../metadata/index.ts'
import type { Form } from '../schema/form.ts'
import type { Dataset, Figures } from './figures.ts'

/** The data that limits are taken from: what the schema was inferred from, or the data before. */
export interface Reference {
  /** "census v1". */
  title: string
  list: DatasetFeatureStatisticsList
  /** How many different values each feature has, where that is known; statistics say it of texts only. */
  unique?: ReadonlyMap<string, number>
}

/** One way to suggest limits. */
export interface Suggests {
  /** Of one feature. */
  feature?(subject: Subject): Suggestion | null
  /** Of the dataset. */
  dataset?(subject: Pick<Subject, 'reference' | 'data' | 'form'>): Suggestion | null
}

export interface Subject {
  reference: Reference
  data: Dataset
  form: Form
  feature: SchemaFeature
  figures: Figures
}

/** 16281 as people write it: 16,281; of fractions four digits. */
export const figure = (value: number): string =>
  Number.isInteger(value)
    ? value.toLocaleString('en-US')
    : value.toLocaleString('en-US', { maximumSignificantDigits: Math.abs(value) >= 1000 ? 6 : 4 })

export const percent = (share: number): string =>
  `${(share * 100).toLocaleString('en-US', share > 0.99 && share < 1 ? { maximumFractionDigits: 3 } : { maximumSignificantDigits: 3 })} %`

/** A feature whose values are all, or nearly all, different names a row and says nothing that recurs. */
export const NEAR_KEY = 0.95

/** Share of the values that are different, or null where it is not known. */
export function differentShare({
  reference,
  figures,
}: Pick<Subject, 'reference' | 'figures'>): number | null {
  const unique = figures.texts ? Number(figures.texts.unique) : reference.unique?.get(figures.name)
  return unique === undefined || figures.present === 0 ? null : unique / figures.present
}

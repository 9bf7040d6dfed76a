import { type Feature, FeatureType, type Schema } from '../../metadata/index.ts'

/** Whether a schema says that the values of a feature are names rather than quantities; texts always are. */
export function isCategory({ type, domainInfo }: Feature): boolean {
  if (type === FeatureType.BYTES) return true
  if (type === FeatureType.FLOAT) return domainInfo.case === 'floatDomain' && domainInfo.value.isCategorical
  return (
    type === FeatureType.INT &&
    ((domainInfo.case === 'intDomain' && domainInfo.value.isCategorical) ||
      domainInfo.case === 'boolDomain' ||
      domainInfo.case === 'naturalLanguageDomain')
  )
}

/** Names of the features of one type of numbers that a schema says to be categories rather than quantities. */
function namesOf(schema: Schema | null, type: FeatureType): Set<string> {
  const features = (schema?.feature ?? []).filter(feature => feature.type === type && isCategory(feature))
  return new Set(features.map(({ name }) => name))
}

/** Names of the whole and of the fractional numbers that a schema says to be categories. */
export const categoriesOf = (schema: Schema | null): { INT: Set<string>; FLOAT: Set<string> } => ({
  INT: namesOf(schema, FeatureType.INT),
  FLOAT: namesOf(schema, FeatureType.FLOAT),
})

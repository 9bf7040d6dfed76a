import { type Feature, FeatureType, type Schema } from '../../metadata/index.ts'

/** Names of the features of whole numbers that a schema says to be categories rather than quantities. */
export function categoriesOf(schema: Schema | null): Set<string> {
  const isCategory = ({ type, domainInfo }: Feature) =>
    type === FeatureType.INT &&
    ((domainInfo.case === 'intDomain' && domainInfo.value.isCategorical) ||
      domainInfo.case === 'boolDomain' ||
      domainInfo.case === 'naturalLanguageDomain')
  return new Set((schema?.feature ?? []).filter(isCategory).map(({ name }) => name))
}

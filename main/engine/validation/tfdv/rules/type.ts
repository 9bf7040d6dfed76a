import {
  type Feature,
  FeatureNameStatistics_Type,
  FeatureNameStatistics_TypeSchema,
  FeatureSchema,
  FeatureTypeSchema,
  toText,
} from '../../../metadata/index.ts'
import { deprecate } from '../lifecycle.ts'
import { shortest } from '../numbers.ts'
import { reason } from '../reasons.ts'
import { clearDomain } from '../schemaView.ts'
import type { Rule } from './rule.ts'

/** The data are of the feature's type. */
export const type: Rule = ({ feature, view }) => {
  if (view.featureType === feature.type) return []
  deprecate(feature)
  const expected = FeatureTypeSchema.value[feature.type]?.name ?? `unknown(${feature.type})`
  const actual = FeatureNameStatistics_TypeSchema.value[view.type]?.name ?? `unknown(${view.type})`
  const sentence = `Expected data of type: ${expected} but got ${actual}`
  return [reason('UNEXPECTED_DATA_TYPE', 'Unexpected data type', sentence)]
}

type DomainCase = Feature['domainInfo']['case']

/** Domains that data of bytes, which are not looked into, can have. */
const OF_BYTES: readonly DomainCase[] = [undefined, 'naturalLanguageDomain', 'imageDomain', 'urlDomain']

/** Bytes are not read as numbers or words. */
export const bytes: Rule = ({ feature, view }) => {
  if (view.type !== FeatureNameStatistics_Type.BYTES || OF_BYTES.includes(feature.domainInfo.case)) return []
  clearDomain(feature)
  const sentence = `Data is marked as BYTES with incompatible domain_info: ${inFull(feature)}`
  return [reason('DOMAIN_INVALID_FOR_TYPE', 'Invalid domain type', sentence)]
}

/** The feature as C++ prints it for a report: whole floating-point numbers without a point. */
const inFull = (feature: Feature): string =>
  toText(FeatureSchema, feature).replace(/(?<=^ *\w+: )-?\d[\d.e+-]*[.e][\d.e+-]*$/gm, number =>
    shortest(Number(number)),
  )

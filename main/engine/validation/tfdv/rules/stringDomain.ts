import {
  DistributionConstraintsSchema,
  type Feature,
  isFieldSet,
  type StringDomain,
} from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { type Reason, reason } from '../reasons.ts'
import { clearDomain } from '../schemaView.ts'
import { escapeValue } from '../texts.ts'
import type { Rule } from './rule.ts'

/** Words of the data are those of the domain, but for a share that is allowed to be others. */
export const stringDomain: Rule = ({ feature, view, domains }) => {
  const { domainInfo } = feature
  if (domainInfo.case !== 'domain' && domainInfo.case !== 'stringDomain') return []
  const domain = domainInfo.case === 'domain' ? domains.find(domainInfo.value) : domainInfo.value
  if (!domain) return []
  if (!view.hasInvalidUtf8) return withinDomain(domain, view, allowedShare(feature))
  if (domainInfo.case === 'domain') domains.remove(domainInfo.value)
  clearDomain(feature)
  const sentence = 'Found strings that were not valid UTF8 strings.'
  return [reason('ENUM_TYPE_INVALID_UTF8', 'Invalid UTF8 strings', sentence)]
}

/** A column of few enough different words gets a domain of its own. */
export const isStringDomainCandidate = (view: FeatureView, maxDomain: number): boolean =>
  !view.hasInvalidUtf8 && view.values.size > 0 && view.values.size <= maxDomain

/** Adds the words of the data that a domain lacks, in byte order. */
export function withinDomain(domain: StringDomain, view: FeatureView, allowed: number): Reason[] {
  const known = new Set(domain.value)
  const missing = [...view.values].filter(([value]) => !known.has(value))
  const count = missing.reduce((sum, [, often]) => sum + often, 0)
  const total = view.totalValues
  if (!(count / total > allowed || (allowed === 0 && missing.length > 0))) return []
  for (const [value] of missing) domain.value.push(value)
  const listed = missing.map(([value, often]) => `${escapeValue(value)} (${percentage(often, total)})`)
  const sentence = `Examples contain values missing from the schema: ${listed.join(', ')}. `
  return [reason('ENUM_TYPE_UNEXPECTED_STRING_VALUES', 'Unexpected string values', sentence)]
}

/** The share of values that may lie outside; computed as there, since 1 - 0.9 is a little less than 0.1. */
function allowedShare({ distributionConstraints: bounds }: Feature): number {
  const isBound = bounds && isFieldSet(bounds, DistributionConstraintsSchema.field.minDomainMass)
  return isBound ? 1 - bounds.minDomainMass : 0
}

function percentage(count: number, total: number): string {
  if (total === 0) return '?'
  const percent = (100 * Math.trunc(count)) / total
  return percent < 1 ? '<1%' : `~${Math.floor(percent)}%`
}

import { deprecate, isDeprecated } from './lifecycle.ts'
import { type Reason, reason } from './reasons.ts'
import { boolDomain } from './rules/boolDomain.ts'
import { type Comparison, drift, skew } from './rules/comparators.ts'
import { customDomain } from './rules/customDomain.ts'
import { derived } from './rules/derived.ts'

import { environment } from './rules/environment.ts'
import { floatDomain } from './rules/floatDomain.ts'
import { imageDomain } from './rules/imageDomain.ts'
import { intDomain } from './rules/intDomain.ts'
import { naturalLanguageDomain } from './rules/naturalLanguageDomain.ts'
import { presence } from './rules/presence.ts'
import type { Checked, Rule } from './rules/rule.ts'
import { shape } from './rules/shape.ts'
import { specification } from './rules/specification.ts'
import { stringDomain } from './rules/stringDomain.ts'
import { bytes, type } from './rules/type.ts'
import { unique } from './rules/unique.ts'
import { valueCount } from './rules/valueCount.ts'
import { isRequired } from './schemaView.ts'

/** What is wrong with one feature, and what its comparisons measured. */
export interface Findings {
  reasons: Reason[]
  drift: Comparison['measurements']
  skew: Comparison['measurements']
}

const BEFORE_DOMAIN: readonly Rule[] = [environment, valueCount, shape, presence, type, bytes]

/** Each looks at its own kind of domain; which one there is, is clear once the rules before have mended the entry. */
const DOMAINS: Partial<Record<NonNullable<Checked['feature']['domainInfo']['case']>, Rule>> = {
  domain: stringDomain,
  stringDomain,
  boolDomain,
  intDomain,
  floatDomain,
  imageDomain,
  naturalLanguageDomain,
}

/** Holds a feature of the schema against its statistics: all rules in their order. */
export function checkFeature(about: Checked): Findings {
  const { feature, view, schema } = about
  const none: Findings = { reasons: [], drift: [], skew: [] }
  if (isDeprecated(feature)) return none
  const reasons = specification(about)
  if (isDeprecated(feature)) return { ...none, reasons }
  if (view.numPresent === 0) {
    if (!isRequired(schema, feature, view.dataset.surroundings.environment)) return { ...none, reasons }
    deprecate(feature)
    const sentence = 'The feature was not present in any examples.'
    return { ...none, reasons: [...reasons, reason('FEATURE_TYPE_NOT_PRESENT', 'Column dropped', sentence)] }
  }
  for (const rule of BEFORE_DOMAIN) reasons.push(...rule(about))
  const { case: domain } = feature.domainInfo
  const ofDomain = domain ? DOMAINS[domain] : customDomain
  if (ofDomain) reasons.push(...ofDomain(about))
  reasons.push(...unique(about))
  const [drifted, skewed] = [drift(about), skew(about)]
  reasons.push(...drifted.reasons, ...skewed.reasons, ...derived(about))
  return { reasons, drift: drifted.measurements, skew: skewed.measurements }
}

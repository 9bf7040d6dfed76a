import {
  type BoolDomain,
  BoolDomainSchema,
  clearField,
  type Feature,
  type FeaturePresence,
  FeaturePresenceSchema,
  FeatureSchema,
  FeatureType,
  FeatureTypeSchema,
  isFieldSet,
  type ValueCount,
  ValueCountSchema,
} from '../../../metadata/index.ts'
import { deprecate } from '../lifecycle.ts'
import { type Reason, reason } from '../reasons.ts'
import { clearDomain, type SharedDomains } from '../schemaView.ts'
import type { Rule } from './rule.ts'

type DomainCase = NonNullable<Feature['domainInfo']['case']>

const { BYTES, FLOAT, INT, STRUCT } = FeatureType

/** Types of features that a domain fits; without a domain or with any other every known type does. */
const FITTING: Partial<Record<DomainCase, readonly FeatureType[]>> = {
  domain: [BYTES],
  boolDomain: [INT, BYTES, FLOAT],
  intDomain: [INT, BYTES],
  floatDomain: [FLOAT, BYTES],
  stringDomain: [BYTES],
  structDomain: [STRUCT],
  naturalLanguageDomain: [BYTES, INT],
  imageDomain: [BYTES],
  midDomain: [BYTES],
  urlDomain: [BYTES],
  timeDomain: [INT, BYTES],
}

/** Domains to which a share of the mass cannot be bound, by the words for them. */
const UNBOUND: Partial<Record<DomainCase, string>> = {
  boolDomain: 'not supported for bool domains.',
  intDomain: 'not supported for int domains.',
  floatDomain: 'not supported for float domains.',
  structDomain: 'not supported for struct domains.',
  naturalLanguageDomain: 'not supported for semantic domains.',
  imageDomain: 'not supported for semantic domains.',
  midDomain: 'not supported for semantic domains.',
  urlDomain: 'not supported for semantic domains.',
  timeDomain: 'not supported for semantic domains.',
}

/** The schema's entry makes sense by itself. What cannot be mended is deprecated. */
export const specification: Rule = ({ feature, domains }) => {
  if (!isFieldSet(feature, FeatureSchema.field.name)) {
    deprecate(feature)
    const title = 'unspecified name (maybe meant to be the empty string): find name rather than deprecating.'
    return [reason('FEATURE_MISSING_NAME', title)]
  }
  const reasons: Reason[] = []
  if (!isFieldSet(feature, FeatureSchema.field.type)) {
    const { case: domain } = feature.domainInfo
    if (domain !== 'domain' && domain !== 'stringDomain') {
      deprecate(feature)
      const title = 'unspecified type: determine the type and set it, rather than deprecating.'
      return [reason('FEATURE_MISSING_TYPE', title)]
    }
    feature.type = BYTES
    const title = 'unspecified type: inferring the type to be BYTES, given the domain specified.'
    reasons.push(reason('FEATURE_MISSING_TYPE', title))
  }
  const { presenceConstraints, shapeType } = feature
  if (presenceConstraints.case === 'presence') reasons.push(...presenceEntry(presenceConstraints.value))
  if (shapeType.case === 'valueCount') reasons.push(...valueCountEntry(shapeType.value, 'ValueCount'))
  if (shapeType.case === 'valueCounts')
    for (const [level, count] of shapeType.value.valueCount.entries())
      reasons.push(...valueCountEntry(count, 'ValueCounts', level))
  if (shapeType.case === 'shape' && shapeType.value.dim.some(({ size }) => size <= 0n)) {
    feature.shapeType = { case: undefined }
    reasons.push(invalid('Shape.dim.size must be a positive integer'))
  }
  return [...reasons, ...domainFits(feature), ...domainEntry(feature, domains)]
}

function presenceEntry(presence: FeaturePresence): Reason[] {
  if (presence.minFraction < 0) {
    clearField(presence, FeaturePresenceSchema.field.minFraction)
    return [invalid('min_fraction should not be negative: clear is equal to zero')]
  }
  if (presence.minFraction <= 1 || Number.isNaN(presence.minFraction)) return []
  presence.minFraction = 1
  return [invalid('min_fraction should not greater than 1')]
}

function valueCountEntry(count: ValueCount, message: string, level?: number): Reason[] {
  const at = (end: string, rule: string) =>
    level === undefined ? '' : `${message}.${end} at level ${level} should not be ${rule}.`
  const reasons: Reason[] = []
  if (count.min < 0n) {
    clearField(count, ValueCountSchema.field.min)
    reasons.push(invalid(`${message}.min should not be negative`, at('min', 'negative')))
  }
  if (isFieldSet(count, ValueCountSchema.field.max) && count.max < count.min) {
    count.max = count.min
    reasons.push(invalid(`${message}.max should not be less than min`, at('max', 'less than min')))
  }
  return reasons
}

function domainFits(feature: Feature): Reason[] {
  const { case: domain } = feature.domainInfo
  const fitting = (domain && FITTING[domain]) ?? [INT, FLOAT, BYTES, STRUCT]
  if (fitting.includes(feature.type)) return []
  const name = domain ? FeatureSchema.field[domain].name : 'UNSET'
  const type = FeatureTypeSchema.value[feature.type]?.name ?? ''
  clearDomain(feature)
  const sentence = `The domain "${name}" does not match the type: ${type}`
  return [reason('DOMAIN_INVALID_FOR_TYPE', 'The domain does not match the type', sentence)]
}

function domainEntry(feature: Feature, domains: SharedDomains): Reason[] {
  const { domainInfo } = feature
  switch (domainInfo.case) {
    case 'domain': {
      if (domains.find(domainInfo.value)) return []
      clearDomain(feature)
      return [reason('INVALID_DOMAIN_SPECIFICATION', 'missing domain: ')]
    }
    case 'stringDomain': {
      domainInfo.value.value = [...new Set(domainInfo.value.value)]
      return []
    }
    case 'timeOfDayDomain': {
      clearDomain(feature)
      return [reason('INVALID_DOMAIN_SPECIFICATION', 'internal issue: unknown domain_info type')]
    }
  }
  if (domainInfo.case === 'boolDomain') mendBool(domainInfo.value)
  if (!feature.distributionConstraints) return []
  feature.distributionConstraints = undefined
  const rule = (domainInfo.case && UNBOUND[domainInfo.case]) ?? 'require domain or string domain.'
  return [invalid(`distribution constraints ${rule}`)]
}

/** One word cannot stand for both true and false. TensorFlow Data Validation mends this without a word. */
function mendBool(domain: BoolDomain): void {
  const { trueValue, falseValue } = BoolDomainSchema.field
  const isBoth = isFieldSet(domain, trueValue) && isFieldSet(domain, falseValue)
  if (isBoth && domain.trueValue === domain.falseValue) clearField(domain, falseValue)
}

const invalid = (title: string, sentence = ''): Reason =>
  reason('INVALID_SCHEMA_SPECIFICATION', title, sentence)

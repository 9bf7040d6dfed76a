import { type Feature, FeatureSchema, fromText, isFieldSet } from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { reason } from '../reasons.ts'
import type { Rule } from './rule.ts'

/** A feature without a domain takes the one that its statistics carry. */
export const customDomain: Rule = ({ feature, view }) => {
  if (!takeCustomDomain(view, feature)) return []
  const sentence = `Updated semantic domain for feature: ${feature.name}`
  return [reason('SEMANTIC_DOMAIN_UPDATE', 'Updated semantic domain', sentence)]
}

/** Gives a feature the domain that its statistics carry as text; false where there is none, or not just one. */
export function takeCustomDomain({ statistics }: FeatureView, feature: Feature): boolean {
  if (feature.domainInfo.case) return false
  const texts = statistics.customStats
    .filter(({ name }) => name === 'domain_info')
    .map(({ val }) => (val.case === 'str' ? val.value : ''))
  const [text, ...more] = texts.slice(texts.findIndex(one => one !== ''))
  if (!text || more.length > 0) return false
  const domainInfo = readDomain(text)
  if (domainInfo === null) return false
  feature.domainInfo = domainInfo
  return true
}

/** A feature's text in which nothing but a domain stands. */
function readDomain(text: string): Feature['domainInfo'] | null {
  try {
    const told = fromText(FeatureSchema, text)
    const fields = FeatureSchema.fields.filter(field => isFieldSet(told, field))
    return told.domainInfo.case && fields.length === 1 ? told.domainInfo : null
  } catch {
    return null
  }
}

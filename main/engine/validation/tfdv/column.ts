import { create, FeatureNameStatistics_Type, IntDomainSchema } from '../../metadata/index.ts'
import type { FeatureView } from './featureView.ts'
import { markDerived } from './lifecycle.ts'
import { serializePath } from './paths.ts'
import { boolDomainOf, isBoolDomainCandidate } from './rules/boolDomain.ts'
import { takeCustomDomain } from './rules/customDomain.ts'
import { isIntDomainCandidate } from './rules/intDomain.ts'
import { initPresence } from './rules/presence.ts'
import { initShape } from './rules/shape.ts'
import { isStringDomainCandidate, withinDomain } from './rules/stringDomain.ts'
import { initValueCount } from './rules/valueCount.ts'
import type { SchemaView } from './schemaView.ts'

/** How much a new feature takes over from its statistics. */
export interface InferOptions {
  /** Whether a fixed number of values is noted as a shape; else as a number of values. */
  shape: boolean
  /** The most different words that make a domain. */
  maxDomain: number
}

/** Adds a feature to the schema as its statistics show it. */
export function addColumn(schema: SchemaView, view: FeatureView, { shape, maxDomain }: InferOptions): void {
  const feature = schema.add(view.path)
  feature.type = view.featureType
  initPresence(view, feature)
  if (view.numPresent > 0) {
    if (shape) initShape(view, feature)
    if (feature.shapeType.case !== 'shape') initValueCount(view, feature)
  }
  const source = view.statistics.validationDerivedSource
  if (source) markDerived(feature, source)
  if (takeCustomDomain(view, feature)) return
  if (view.hasInvalidUtf8 || view.type === FeatureNameStatistics_Type.BYTES) return
  if (isBoolDomainCandidate(view)) feature.domainInfo = { case: 'boolDomain', value: boolDomainOf(view) }
  else if (isIntDomainCandidate(view))
    feature.domainInfo = { case: 'intDomain', value: create(IntDomainSchema) }
  else if (isStringDomainCandidate(view, maxDomain)) {
    const domain = schema.addDomain(serializePath(view.path))
    withinDomain(domain, view, 0)
    feature.domainInfo = { case: 'domain', value: domain.name }
  }
}

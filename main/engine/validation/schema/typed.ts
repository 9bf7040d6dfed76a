import type { ColumnType } from '#contract'
import { BoolDomainSchema, create, FeatureType, type Schema } from '../../metadata/index.ts'
import { timeDomain } from './form.ts'

/**
 * A schema that was inferred from statistics, with what only the columns' own types say: which texts are moments, and
 * which are truth values. TensorFlow Data Validation sees mere strings there.
 * @param names columns that name each row, so that a list of their values says nothing
 */
export function typed(
  schema: Schema,
  columns: { name: string; type: ColumnType }[],
  names: ReadonlySet<string> = new Set(),
): Schema {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const freed = new Set<string>()
  for (const feature of schema.feature) {
    const type = types.get(feature.name)
    if (feature.type !== FeatureType.BYTES) continue
    if (names.has(feature.name) && feature.domainInfo.case === 'domain') {
      freed.add(feature.domainInfo.value)
      feature.domainInfo = { case: undefined }
    }
    if (type !== 'date' && type !== 'timestamp' && type !== 'boolean') continue
    if (feature.domainInfo.case === 'domain') freed.add(feature.domainInfo.value)
    feature.domainInfo =
      type === 'boolean'
        ? {
            case: 'boolDomain',
            value: create(BoolDomainSchema, { trueValue: 'true', falseValue: 'false' }),
          }
        : timeDomain(type)
  }
  schema.stringDomain = schema.stringDomain.filter(({ name }) => !freed.has(name))
  return schema
}

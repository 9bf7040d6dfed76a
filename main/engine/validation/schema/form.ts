import type { ColumnType, Comparator, DriftMeasure, Schema as Kept, SchemaFeature } from '#contract'
import { fail } from '../../kit/index.ts'
import {
  AnnotationSchema,
  BoolDomainSchema,
  clearField,
  clone,
  create,
  DatasetConstraintsSchema,
  DistributionConstraintsSchema,
  type Feature,
  type FeatureComparator,
  FeatureComparatorSchema,
  FeaturePresenceSchema,
  FeatureSchema,
  FeatureType,
  FixedShapeSchema,
  FloatDomainSchema,
  HistogramSelection_Type,
  IntDomainSchema,
  isFieldSet,
  LifecycleStage,
  type Schema,
  SchemaSchema,
  StringDomainSchema,
  TimeDomainSchema,
  UniqueConstraintsSchema,
} from '../../metadata/index.ts'

/** What a form shows of a schema; the rest of the schema's text stays as it is. */
export type Form = Pick<Kept, 'features' | 'environments' | 'rows'>

const DATE = '%Y-%m-%d'
const TIMESTAMP = '%Y-%m-%dT%H:%M:%SZ'
/** Stages at which a feature is not looked at. */
const RETIRED: ReadonlySet<LifecycleStage> = new Set([
  LifecycleStage.PLANNED,
  LifecycleStage.ALPHA,
  LifecycleStage.DEPRECATED,
  LifecycleStage.DEBUG_ONLY,
  LifecycleStage.DISABLED,
])

/** The column type that a feature of a schema means. */
function typeOf({ type, domainInfo }: Feature): ColumnType {
  if (type === FeatureType.INT) return 'integer'
  if (type === FeatureType.FLOAT) return 'float'
  if (domainInfo.case === 'boolDomain') return 'boolean'
  if (domainInfo.case === 'timeDomain')
    return domainInfo.value.format.case === 'stringFormat' && domainInfo.value.format.value.includes('%H')
      ? 'timestamp'
      : 'date'
  return 'text'
}

const FIELDS = {
  'l-infinity': 'infinityNorm',
  'jensen-shannon': 'jensenShannonDivergence',
  'normalized-difference': 'normalizedAbsDifference',
} as const satisfies Record<DriftMeasure, keyof FeatureComparator>

const comparatorsOf = (comparator: FeatureComparator | undefined): Comparator[] =>
  Object.entries(FIELDS).flatMap(([measure, field]) => {
    const set = comparator?.[field]
    return set ? [{ measure: measure as DriftMeasure, threshold: set.threshold }] : []
  })

/** Values of a feature's domain: its own, or the one of the schema that it names. */
function domainOf(schema: Schema, { domainInfo }: Feature): string[] | null {
  if (domainInfo.case === 'stringDomain') return domainInfo.value.value
  if (domainInfo.case !== 'domain') return null
  return schema.stringDomain.find(({ name }) => name === domainInfo.value)?.value ?? null
}

function rangeOf({ domainInfo, annotation }: Feature): SchemaFeature['range'] {
  if (domainInfo.case === 'intDomain') {
    const { value } = domainInfo
    const min = isFieldSet(value, IntDomainSchema.field.min) ? Number(value.min) : null
    const max = isFieldSet(value, IntDomainSchema.field.max) ? Number(value.max) : null
    return min === null && max === null ? null : { min, max }
  }
  if (domainInfo.case === 'timeDomain') return momentsOf(annotation?.tag ?? [])
  if (domainInfo.case !== 'floatDomain') return null
  const { value } = domainInfo
  const min = isFieldSet(value, FloatDomainSchema.field.min) ? value.min : null
  const max = isFieldSet(value, FloatDomainSchema.field.max) ? value.max : null
  return min === null && max === null ? null : { min, max }
}

/**
 * TensorFlow Metadata has no range for moments; ours stands in tags, which other tools pass over: the first and the last
 * moment that is allowed, as ISO 8601.
 */
const TAGS = { min: 'edgewright/first=', max: 'edgewright/last=' }

/** Seconds since 1970. */
function momentsOf(tags: string[]): SchemaFeature['range'] {
  const secondsIn = (prefix: string) => {
    const text = tags.find(tag => tag.startsWith(prefix))?.slice(prefix.length)
    const seconds = text === undefined ? Number.NaN : Date.parse(text) / 1000
    return Number.isNaN(seconds) ? null : seconds
  }
  const range = { min: secondsIn(TAGS.min), max: secondsIn(TAGS.max) }
  return range.min === null && range.max === null ? null : range
}

function setMoments(feature: Feature, { min, max }: { min: number | null; max: number | null }): void {
  const tags = (feature.annotation?.tag ?? []).filter(
    tag => !tag.startsWith(TAGS.min) && !tag.startsWith(TAGS.max),
  )
  const moment = (seconds: number) => {
    const date = new Date(seconds * 1000)
    if (!Number.isNaN(date.getTime())) return date.toISOString()
    throw fail(
      'bad-input',
      `"${feature.name}" has a limit that is no date.`,
      'Give a date between the years 1 and 9999.',
    )
  }
  if (min !== null) tags.push(TAGS.min + moment(min))
  if (max !== null) tags.push(TAGS.max + moment(max))
  if (!tags.length && !feature.annotation) return
  feature.annotation ??= create(AnnotationSchema)
  feature.annotation.tag = tags
}

function uniqueOf({ uniqueConstraints: unique }: Feature): SchemaFeature['unique'] {
  if (!unique) return null
  return {
    min: isFieldSet(unique, UniqueConstraintsSchema.field.min) ? Number(unique.min) : null,
    max: isFieldSet(unique, UniqueConstraintsSchema.field.max) ? Number(unique.max) : null,
  }
}

function featureOf(schema: Schema, feature: Feature): SchemaFeature {
  const presence = feature.presenceConstraints
  const present = presence.case === 'presence' ? presence.value : null
  const constraints = feature.distributionConstraints
  return {
    name: feature.name,
    type: typeOf(feature),
    required: present !== null && (present.minCount > 0n || present.minFraction > 0),
    minPresence: present?.minFraction ?? 0,
    domain: domainOf(schema, feature),
    ...(constraints && { domainMass: constraints.minDomainMass }),
    range: rangeOf(feature),
    ...(feature.uniqueConstraints && { unique: uniqueOf(feature) }),
    ...(feature.notInEnvironment.length && { notInEnvironments: feature.notInEnvironment }),
    ...(feature.driftComparator && { drift: comparatorsOf(feature.driftComparator) }),
    ...(feature.skewComparator && { skew: comparatorsOf(feature.skewComparator) }),
    ...(isRetired(feature) && { deprecated: true }),
  }
}

const isRetired = (feature: Feature) => feature.deprecated || RETIRED.has(feature.lifecycleStage)

/** A schema as a form shows it. */
export function formOf(schema: Schema): Form {
  const constraints = schema.datasetConstraints
  const most = constraints && isFieldSet(constraints, DatasetConstraintsSchema.field.maxExamplesCount)
  return {
    features: schema.feature.map(feature => featureOf(schema, feature)),
    environments: schema.defaultEnvironment,
    rows: {
      min: constraints && constraints.minExamplesCount > 0n ? Number(constraints.minExamplesCount) : null,
      max: most ? Number(constraints.maxExamplesCount) : null,
    },
  }
}

/** The schema with what a form says; what a form does not show stays. @throws Failure bad-input */
export function withForm(schema: Schema, form: Partial<Form>): Schema {
  const next = clone(SchemaSchema, schema)
  if (form.features) setFeatures(next, form.features)
  if (form.environments) next.defaultEnvironment = [...form.environments]
  if (form.rows) setRows(next, form.rows)
  return next
}

function setRows(schema: Schema, { min, max }: Form['rows']): void {
  const constraints = schema.datasetConstraints ?? create(DatasetConstraintsSchema)
  if (min === null) clearField(constraints, DatasetConstraintsSchema.field.minExamplesCount)
  else constraints.minExamplesCount = BigInt(min)
  if (max === null) clearField(constraints, DatasetConstraintsSchema.field.maxExamplesCount)
  else constraints.maxExamplesCount = BigInt(max)
  const isNeeded = Object.values(DatasetConstraintsSchema.field).some(field => isFieldSet(constraints, field))
  schema.datasetConstraints = isNeeded ? constraints : undefined
}

/** Sets the features that the form names, in its order; those that it leaves out are dropped, with their domains. */
function setFeatures(schema: Schema, features: SchemaFeature[]): void {
  const before = new Map(schema.feature.map(feature => [feature.name, feature]))
  schema.feature = features.map(wanted => {
    const feature = before.get(wanted.name) ?? create(FeatureSchema, { name: wanted.name })
    const was = featureOf(schema, feature)
    const isNew = !before.has(wanted.name)
    if (isNew || was.type !== wanted.type) setType(feature, wanted.type)
    if (isNew || was.required !== wanted.required || was.minPresence !== wanted.minPresence)
      setPresence(feature, wanted)
    if (isNew || JSON.stringify(was.domain) !== JSON.stringify(wanted.domain))
      setDomain(schema, feature, wanted.domain)
    if (isNew || JSON.stringify(was.range) !== JSON.stringify(wanted.range)) setRange(feature, wanted)
    if (was.domainMass !== wanted.domainMass) setDomainMass(feature, wanted.domainMass)
    setUnique(feature, wanted.unique ?? null)
    setEnvironments(schema, feature, wanted.notInEnvironments ?? [])
    feature.driftComparator = comparator(feature.driftComparator, wanted.drift)
    feature.skewComparator = comparator(feature.skewComparator, wanted.skew)
    if (isRetired(feature) !== Boolean(wanted.deprecated)) {
      clearField(feature, FeatureSchema.field.deprecated)
      if (wanted.deprecated) feature.lifecycleStage = LifecycleStage.DEPRECATED
      else clearField(feature, FeatureSchema.field.lifecycleStage)
    }
    return feature
  })
  const named = new Set(
    schema.feature.flatMap(({ domainInfo }) => (domainInfo.case === 'domain' ? [domainInfo.value] : [])),
  )
  const owned = new Set([...before.keys()].filter(name => !schema.feature.some(one => one.name === name)))
  schema.stringDomain = schema.stringDomain.filter(({ name }) => named.has(name) || !owned.has(name))
}

function setType(feature: Feature, type: ColumnType): void {
  feature.type =
    type === 'integer' ? FeatureType.INT : type === 'float' ? FeatureType.FLOAT : FeatureType.BYTES
  feature.domainInfo = { case: undefined }
  if (type === 'boolean')
    feature.domainInfo = {
      case: 'boolDomain',
      value: create(BoolDomainSchema, { trueValue: 'true', falseValue: 'false' }),
    }
  else if (type === 'date' || type === 'timestamp') feature.domainInfo = timeDomain(type)
}

/** The domain of moments, as ISO 8601 text. */
export const timeDomain = (type: 'date' | 'timestamp'): Feature['domainInfo'] => ({
  case: 'timeDomain',
  value: create(TimeDomainSchema, {
    format: { case: 'stringFormat', value: type === 'date' ? DATE : TIMESTAMP },
  }),
})

function setPresence(feature: Feature, { required, minPresence }: SchemaFeature): void {
  if (!required && minPresence > 0)
    throw fail(
      'bad-input',
      `"${feature.name}" may be left out, and yet must have a value in some rows.`,
      'Make it required, or let all its values be missing.',
    )
  const before = feature.presenceConstraints
  const count = before.case === 'presence' ? before.value.minCount : 0n
  const presence = create(FeaturePresenceSchema, {
    minCount: required ? (count > 0n ? count : 1n) : 0n,
    ...(minPresence > 0 && { minFraction: minPresence }),
  })
  feature.presenceConstraints = { case: 'presence', value: presence }
  // A shape says that no row is without its values.
  if (minPresence < 1 && feature.shapeType.case === 'shape') feature.shapeType = { case: undefined }
  else if (minPresence === 1 && feature.shapeType.case === undefined)
    feature.shapeType = { case: 'shape', value: create(FixedShapeSchema, { dim: [{ size: 1n }] }) }
}

function setDomain(schema: Schema, feature: Feature, values: string[] | null): void {
  const { domainInfo } = feature
  if (!values) {
    if (domainInfo.case === 'domain' || domainInfo.case === 'stringDomain')
      feature.domainInfo = { case: undefined }
    return
  }
  if (typeOf(feature) !== 'text')
    throw fail(
      'bad-input',
      `"${feature.name}" is no text, so it has no list of values.`,
      'Give it a range, or make it a text.',
    )
  if (domainInfo.case === 'stringDomain') {
    domainInfo.value.value = [...values]
    return
  }
  // A domain that other features share is theirs, too.
  const name = domainInfo.case === 'domain' ? domainInfo.value : freeName(schema, feature.name)
  const there = schema.stringDomain.find(domain => domain.name === name)
  if (there) there.value = [...values]
  else schema.stringDomain.push(create(StringDomainSchema, { name, value: [...values] }))
  feature.domainInfo = { case: 'domain', value: name }
}

/** As TensorFlow Data Validation does it: the feature's own name, then with 2, 3, … behind it. */
function freeName(schema: Schema, name: string): string {
  const taken = new Set(schema.stringDomain.map(domain => domain.name))
  for (let nth = 1; ; nth++) {
    const free = nth === 1 ? name : `${name}${nth}`
    if (!taken.has(free)) return free
  }
}

function setRange(feature: Feature, { range, type }: SchemaFeature): void {
  const { domainInfo } = feature
  if (!range || (range.min === null && range.max === null)) {
    if (domainInfo.case === 'timeDomain') setMoments(feature, { min: null, max: null })
    else if (domainInfo.case === 'intDomain') {
      clearField(domainInfo.value, IntDomainSchema.field.min)
      clearField(domainInfo.value, IntDomainSchema.field.max)
      if (!domainInfo.value.isCategorical) feature.domainInfo = { case: undefined }
    } else if (domainInfo.case === 'floatDomain') {
      clearField(domainInfo.value, FloatDomainSchema.field.min)
      clearField(domainInfo.value, FloatDomainSchema.field.max)
    }
    return
  }
  const { min, max } = range
  if (min !== null && max !== null && min > max)
    throw fail(
      'bad-input',
      `The range of "${feature.name}" begins at ${min}, above its end ${max}.`,
      'Exchange the two, or leave one of them empty.',
    )
  if (domainInfo.case === 'timeDomain') setMoments(feature, range)
  else if (type === 'integer') {
    const domain = domainInfo.case === 'intDomain' ? domainInfo.value : create(IntDomainSchema)
    clearField(domain, IntDomainSchema.field.min)
    clearField(domain, IntDomainSchema.field.max)
    if (min !== null) domain.min = BigInt(Math.ceil(min))
    if (max !== null) domain.max = BigInt(Math.floor(max))
    feature.domainInfo = { case: 'intDomain', value: domain }
  } else if (type === 'float') {
    const domain = domainInfo.case === 'floatDomain' ? domainInfo.value : create(FloatDomainSchema)
    clearField(domain, FloatDomainSchema.field.min)
    clearField(domain, FloatDomainSchema.field.max)
    if (min !== null) domain.min = min
    if (max !== null) domain.max = max
    feature.domainInfo = { case: 'floatDomain', value: domain }
  } else
    throw fail('bad-input', `"${feature.name}" is no number, so it has no range.`, 'Leave its range empty.')
}

function setDomainMass(feature: Feature, mass: number | undefined): void {
  feature.distributionConstraints =
    mass === undefined || mass === 1
      ? undefined
      : create(DistributionConstraintsSchema, { minDomainMass: mass })
}

function setUnique(feature: Feature, unique: NonNullable<SchemaFeature['unique']> | null): void {
  feature.uniqueConstraints =
    unique && (unique.min !== null || unique.max !== null)
      ? create(UniqueConstraintsSchema, {
          ...(unique.min !== null && { min: BigInt(unique.min) }),
          ...(unique.max !== null && { max: BigInt(unique.max) }),
        })
      : undefined
}

/** A column that one environment does without must be in the others, so the schema has to list them all. */
function setEnvironments(schema: Schema, feature: Feature, without: string[]): void {
  feature.notInEnvironment = [...without]
  for (const name of without)
    if (!schema.defaultEnvironment.includes(name)) schema.defaultEnvironment.push(name)
}

function comparator(
  before: FeatureComparator | undefined,
  wanted: Comparator[] | undefined,
): FeatureComparator | undefined {
  if (!wanted?.length) return undefined
  const next = before ? clone(FeatureComparatorSchema, before) : create(FeatureComparatorSchema)
  for (const [measure, field] of Object.entries(FIELDS)) {
    const set = wanted.find(one => one.measure === measure)
    if (!set) clearField(next, FeatureComparatorSchema.field[field])
    else if (next[field]) next[field].threshold = set.threshold
  }
  for (const { measure, threshold } of wanted)
    if (measure === 'jensen-shannon')
      next.jensenShannonDivergence ??= create(FeatureComparatorSchema, {
        // TensorFlow Data Validation's own default misfires on numbers with a long tail.
        jensenShannonDivergence: { threshold, source: { type: HistogramSelection_Type.QUANTILES } },
      }).jensenShannonDivergence
    else if (measure === 'l-infinity')
      next.infinityNorm ??= create(FeatureComparatorSchema, { infinityNorm: { threshold } }).infinityNorm
    else
      next.normalizedAbsDifference ??= create(FeatureComparatorSchema, {
        normalizedAbsDifference: { threshold },
      }).normalizedAbsDifference
  return next
}

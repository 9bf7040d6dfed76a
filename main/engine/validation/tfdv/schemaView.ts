import {
  create,
  type Feature,
  FeatureSchema,
  FeatureType,
  type Schema,
  type SparseFeature,
  type StringDomain,
  StringDomainSchema,
  type StructDomain,
  StructDomainSchema,
  type WeightedFeature,
} from '../../metadata/index.ts'
import { isDeprecated, isSparseDeprecated } from './lifecycle.ts'
import { lastStep, parentOf, type Steps } from './paths.ts'

/** What a schema says about one path. Without clashes it is at most one of these. */
export interface Entry {
  feature?: Feature | undefined
  sparse?: SparseFeature | undefined
  weighted?: WeightedFeature | undefined
}

/** The domains that features of a schema share by name. */
export interface SharedDomains {
  find(name: string): StringDomain | undefined
  /** Removes a domain, and with it what refers to it. */
  remove(name: string): void
}

/** A schema by the paths of its features. Of entries with one name the first counts. */
export class SchemaView implements SharedDomains {
  readonly schema: Schema
  readonly #byName = new WeakMap<Named[], { map: Map<string, Named>; seen: number }>()

  constructor(schema: Schema) {
    this.schema = schema
  }

  entry(path: Steps): Entry {
    const name = lastStep(path)
    const isColumn = path.length <= 1
    const struct = isColumn ? this.schema : this.#structAt(parentOf(path))
    return {
      feature: struct && this.#named(struct.feature, name),
      sparse: struct && this.#named(struct.sparseFeature, name),
      weighted: isColumn ? this.#named(this.schema.weightedFeature, name) : undefined,
    }
  }

  has(path: Steps): boolean {
    return Object.values(this.entry(path)).some(one => one !== undefined)
  }

  isDeprecated(path: Steps): boolean {
    return isEntryDeprecated(this.entry(path))
  }

  /** Paths that may not be absent, in the order of the schema. */
  requiredPaths(environment: string | undefined): Steps[] {
    const required = (prefix: Steps, features: readonly Feature[]): Steps[] =>
      features.flatMap(feature => {
        const path = [...prefix, feature.name]
        const within = isDeprecated(feature) ? [] : required(path, fieldsOf(feature))
        return isRequired(this.schema, feature, environment) ? [path, ...within] : within
      })
    return required([], this.schema.feature)
  }

  /** A new feature at the end; structs on the way to it that are not there are made too. */
  add(path: Steps): Feature {
    const feature = create(FeatureSchema, { name: lastStep(path) })
    this.#siblingsAt(path).push(feature)
    return feature
  }

  find(name: string): StringDomain | undefined {
    return this.#named(this.schema.stringDomain, name)
  }

  /** A new domain of this name, or of this name with the first free number from 2 on. */
  addDomain(name: string): StringDomain {
    let free = name
    for (let number = 2; this.find(free); number++) free = `${name}${number}`
    const domain = create(StringDomainSchema, { name: free })
    this.schema.stringDomain.push(domain)
    return domain
  }

  remove(name: string): void {
    const forget = (features: readonly Feature[]): void => {
      for (const feature of features) {
        if (feature.domainInfo.case === 'domain' && feature.domainInfo.value === name) clearDomain(feature)
        forget(fieldsOf(feature))
      }
    }
    forget(this.schema.feature)
    this.schema.stringDomain = this.schema.stringDomain.filter(domain => domain.name !== name)
  }

  /** Lists only grow at their end, so each is read once. */
  #named<T extends Named>(list: T[], name: string): T | undefined {
    let index = this.#byName.get(list) as { map: Map<string, T>; seen: number } | undefined
    if (!index) {
      index = { map: new Map(), seen: 0 }
      this.#byName.set(list, index)
    }
    for (; index.seen < list.length; index.seen++) {
      const one = list[index.seen]
      if (one && !index.map.has(one.name)) index.map.set(one.name, one)
    }
    return index.map.get(name)
  }

  #structAt(path: Steps): StructDomain | undefined {
    const info = this.entry(path).feature?.domainInfo
    return info?.case === 'structDomain' ? info.value : undefined
  }

  #siblingsAt(path: Steps): Feature[] {
    if (path.length <= 1) return this.schema.feature
    const above = parentOf(path)
    const parent = this.entry(above).feature ?? this.#addStruct(above)
    if (parent.domainInfo.case === 'structDomain') return parent.domainInfo.value.feature
    const struct = create(StructDomainSchema)
    parent.domainInfo = { case: 'structDomain', value: struct }
    return struct.feature
  }

  #addStruct(path: Steps): Feature {
    const feature = this.add(path)
    feature.type = FeatureType.STRUCT
    return feature
  }
}

interface Named {
  name: string
}

export const isEntryDeprecated = ({ feature, sparse }: Entry): boolean =>
  feature ? isDeprecated(feature) : sparse !== undefined && isSparseDeprecated(sparse)

/** Without a named environment every feature is in; else by its own lists, then by the schema's. */
export function isInEnvironment(schema: Schema, feature: Feature, environment: string | undefined): boolean {
  if (environment === undefined || feature.inEnvironment.includes(environment)) return true
  return !feature.notInEnvironment.includes(environment) && schema.defaultEnvironment.includes(environment)
}

/** Whether data in this environment must have the feature. */
export function isRequired(schema: Schema, feature: Feature, environment: string | undefined): boolean {
  const { presenceConstraints: presence } = feature
  if (isDeprecated(feature) || presence.case !== 'presence') return false
  if (presence.value.minCount <= 0n && presence.value.minFraction <= 0) return false
  return isInEnvironment(schema, feature, environment)
}

export function clearDomain(feature: Feature): void {
  feature.domainInfo = { case: undefined }
}

const fieldsOf = ({ domainInfo }: Feature): readonly Feature[] =>
  domainInfo.case === 'structDomain' ? domainInfo.value.feature : []

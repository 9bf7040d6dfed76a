import { fail } from '../../kit/index.ts'
import {
  create,
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsSchema,
  type FeatureNameStatistics,
  FeatureNameStatistics_Type,
} from '../../metadata/index.ts'
import type { Distribution } from './drift/index.ts'
import { type Control, type Dataset, FeatureView, type Surroundings } from './featureView.ts'
import { comparePaths, parentOf, pathKey, type Steps } from './paths.ts'
import { compareBytes } from './texts.ts'

/** The name of the dataset that holds all rows where statistics are sliced. */
export const ALL_ROWS = 'All Examples'

/** The one dataset, or of several the one over all rows. */
export function wholeDataset({ datasets }: DatasetFeatureStatisticsList): DatasetFeatureStatistics {
  const whole = datasets.length === 1 ? datasets[0] : datasets.find(({ name }) => name === ALL_ROWS)
  if (whole) return whole
  throw fail(
    'bad-input',
    datasets.length === 0
      ? 'The statistics are of no dataset.'
      : `The statistics are of several datasets, and none of them is “${ALL_ROWS}”.`,
    'Compute the statistics again and check those.',
  )
}

/**
 * The statistics of one dataset as a tree of features. A feature is found by its path; one that is named only belongs
 * below the struct whose name is the beginning of its name. Of features with one path the last counts.
 */
export class StatisticsView implements Dataset, Control {
  readonly byWeight: boolean
  readonly surroundings: Surroundings
  /** Features that have statistics, in the order of the file. */
  readonly features: readonly FeatureView[]
  readonly #dataset: DatasetFeatureStatistics
  readonly #byPath: ReadonlyMap<string, FeatureView>
  readonly #children = new Map<string, FeatureView[]>()

  constructor(dataset: DatasetFeatureStatistics, byWeight: boolean, surroundings: Surroundings = {}) {
    this.byWeight = byWeight
    this.surroundings = surroundings
    this.#dataset = dataset
    const views = pathsOf(dataset).map(([steps, at]) => {
      // biome-ignore lint/style/noNonNullAssertion: the index comes from the list itself
      const statistics = dataset.features[at]!
      return { at, view: new FeatureView(statistics, steps, this) }
    })
    this.#byPath = new Map(views.map(({ view }) => [pathKey(view.path), view]))
    for (const { view } of views) {
      if (this.#parentOf(view) === undefined) continue
      const key = pathKey(parentOf(view.path))
      const siblings = this.#children.get(key)
      if (siblings) siblings.push(view)
      else this.#children.set(key, [view])
    }
    this.features = views
      .toSorted((a, b) => a.at - b.at)
      .map(({ view }) => view)
      .filter(view => !view.isEmpty)
  }

  get numExamples(): number {
    return this.byWeight ? this.#dataset.weightedNumExamples : Number(this.#dataset.numExamples)
  }

  find(path: Steps): FeatureView | undefined {
    return this.#byPath.get(pathKey(path))
  }

  /** Features that lie in no struct. */
  get roots(): FeatureView[] {
    return this.features.filter(view => this.#parentOf(view) === undefined)
  }

  /** Features within a struct, by path. */
  childrenOf(view: FeatureView): readonly FeatureView[] {
    return this.#children.get(pathKey(view.path)) ?? []
  }

  #parentOf({ path }: FeatureView): FeatureView | undefined {
    return path.length > 1 ? this.find(parentOf(path)) : undefined
  }
}

/** How the values of one feature are spread, to be compared with those of another. */
export const distributionOf = (feature: FeatureNameStatistics, byWeight = false): Distribution => {
  const dataset = create(DatasetFeatureStatisticsSchema, { features: [feature] })
  return new StatisticsView(dataset, byWeight).features[0] ?? NOTHING
}

const NOTHING: Distribution = { values: new Map(), histogram: () => undefined }

/** Whether every feature was also counted by weight; then the weights are what counts. */
export function isWeighted(dataset: DatasetFeatureStatistics): boolean {
  return (
    dataset.weightedNumExamples !== 0 &&
    new StatisticsView(dataset, false).features.every(feature => feature.isWeighted)
  )
}

/** Path and place of each feature that can be found, in the order in which a struct has them. */
function pathsOf({ features }: DatasetFeatureStatistics): [steps: Steps, at: number][] {
  const isNamed = features.every(({ fieldId }) => fieldId.case !== 'path')
  return isNamed ? pathsByName(features) : pathsByStep(features)
}

function pathsByStep(features: DatasetFeatureStatistics['features']): [Steps, number][] {
  const byPath = new Map<string, [Steps, number]>()
  for (const [at, { fieldId }] of features.entries()) {
    const steps = fieldId.case === 'path' ? fieldId.value.step : [fieldId.value ?? '']
    const path = steps.length === 0 ? [''] : steps
    byPath.set(pathKey(path), [path, at])
  }
  return [...byPath.values()].sort(([a], [b]) => comparePaths(a, b))
}

/** In byte order a name comes right after what it begins with, so the open structs are a stack. */
function pathsByName(features: DatasetFeatureStatistics['features']): [Steps, number][] {
  const byName = new Map<string, number>()
  for (const [at, { fieldId, stats, customStats }] of features.entries())
    if (stats.case !== undefined || customStats.length > 0)
      byName.set(fieldId.case === 'name' ? fieldId.value : '', at)
  const open: { name: string; steps: Steps }[] = []
  return [...byName]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([name, at]) => {
      while (open.length > 0 && !isWithin(name, open.at(-1)?.name ?? '')) open.pop()
      const struct = open.at(-1)
      const steps = struct ? [...struct.steps, name.slice(struct.name.length + 1)] : [name]
      if (features[at]?.type === FeatureNameStatistics_Type.STRUCT) open.push({ name, steps })
      return [steps, at]
    })
}

const isWithin = (name: string, struct: string): boolean =>
  name.length > struct.length && name.startsWith(struct)

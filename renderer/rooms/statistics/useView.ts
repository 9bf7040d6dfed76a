import { computed, shallowRef, watch } from 'vue'
import { type LocationQuery, type LocationQueryRaw, useRoute, useRouter } from 'vue-router'
import { ColumnType, FeatureOrder } from '#contract'
import type { Kind } from './columns.ts'
import { CATEGORICAL, NUMERIC } from './measured.ts'

/** Everything that decides what the page shows. It stands in the address, so that back works and a link shows it. */
export interface View {
  /** The dataset or version; null: the one the window is on. */
  data: string | null
  slice: string[]
  weight: string | null
  within: string | null
  correlations: boolean
  /** What is laid beside: a reference, `none`, or null for the version before. */
  with: string | null
  search: string
  kind: Kind
  /** Empty: all types of the kind. */
  types: ColumnType[]
  order: FeatureOrder
  descending: boolean
  log: boolean
  bins: 'width' | 'quantiles'
  as: 'share' | 'count'
  /** Keys of sides that are put out. */
  hidden: string[]
  /** The feature whose detail is open. */
  feature: string | null
}

const many = (value: LocationQuery[string] | undefined): string[] =>
  (Array.isArray(value) ? value : [value]).filter((text): text is string => !!text)
const one = (value: LocationQuery[string] | undefined): string | null => many(value)[0] ?? null
const among = <T extends string>(value: string | null, known: readonly T[], otherwise: T): T =>
  known.find(word => word === value) ?? otherwise

/** Reads an address; what it says wrongly counts as not said. */
export function readView(query: LocationQuery): View {
  return {
    data: one(query.data),
    slice: many(query.slice),
    weight: one(query.weight),
    within: one(query.within),
    correlations: one(query.correlations) === 'yes',
    with: one(query.with),
    search: one(query.search) ?? '',
    kind: among(one(query.kind), ['all', 'numeric', 'categorical'], 'all'),
    types: ColumnType.options.filter(type => many(query.types).includes(type)),
    order: among(one(query.order), FeatureOrder.options, 'data'),
    descending: one(query.descending) === 'yes',
    log: one(query.log) === 'yes',
    bins: among(one(query.bins), ['width', 'quantiles'], 'width'),
    as: among(one(query.as), ['share', 'count'], 'share'),
    hidden: many(query.hidden),
    feature: one(query.feature),
  }
}

/** The address of a view; `readView` reads it back. What is as usual is left out. */
export function printView(view: View): LocationQueryRaw {
  const said: Record<string, string | string[] | null> = {
    ...view,
    search: view.search || null,
    correlations: view.correlations ? 'yes' : null,
    descending: view.descending ? 'yes' : null,
    log: view.log ? 'yes' : null,
    kind: view.kind === 'all' ? null : view.kind,
    order: view.order === 'data' ? null : view.order,
    bins: view.bins === 'width' ? null : view.bins,
    as: view.as === 'share' ? null : view.as,
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null && value.length > 0))
}

/** The types that are asked for; undefined: all. */
export function typesOf(view: Pick<View, 'kind' | 'types'>): ColumnType[] | undefined {
  const ofKind = view.kind === 'all' ? ColumnType.options : view.kind === 'numeric' ? NUMERIC : CATEGORICAL
  const wanted = ofKind.filter(type => view.types.length === 0 || view.types.includes(type))
  return wanted.length === ColumnType.options.length ? undefined : wanted.length ? [...wanted] : [...ofKind]
}

/** The view that the address says, and a way to change it. */
export function useView() {
  const route = useRoute()
  const router = useRouter()
  const { path } = route
  let underWay = 0
  const query = shallowRef<LocationQuery>(route.query)
  watch(
    () => route.fullPath,
    () => {
      // on the way to another page its address is not ours to read, and an older change must not undo a newer one
      if (route.path === path && underWay === 0) query.value = route.query
    },
  )
  const view = computed(() => readView(query.value))
  /** @param quietly without a step for the back button: for what is typed or walked through */
  function set(change: Partial<View>, quietly = false): void {
    const next = printView({ ...view.value, ...change })
    // shown at once, and so that two changes in one moment do not undo each other
    query.value = next as LocationQuery
    underWay++
    void router[quietly ? 'replace' : 'push']({ path, query: next }).finally(() => {
      underWay--
      if (route.path === path && underWay === 0) query.value = route.query
    })
  }
  return { view, set }
}

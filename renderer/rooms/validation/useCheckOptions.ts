import { computed, ref, watch } from 'vue'
import type { Engine } from '#contract'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { moment, type Option } from '../../ui/index.ts'

export type CheckInput = Parameters<Engine['validation']['check']>[0]

/** What a check can be told beyond its data. Null or empty: as usual. */
export interface CheckOptions {
  previous: string | null
  serving: string | null
  previousVersion: string | null
  environment: string | null
  label: string | null
  tfdv: boolean
}

export const usual = (): CheckOptions => ({
  previous: null,
  serving: null,
  previousVersion: null,
  environment: null,
  label: null,
  tfdv: false,
})

/** What is asked of the engine. */
export function inputOf(data: string, options: CheckOptions): CheckInput {
  const { tfdv, ...named } = options
  const said = Object.entries(named)
    .map(([key, value]) => [key, value?.trim()] as const)
    .filter(([, value]) => value)
  return { data, ...Object.fromEntries(said), ...(tfdv ? { tfdv } : {}) }
}

/** Options of a check, and what there is to choose from: other versions, other datasets, columns. */
export function useCheckOptions(data: () => string | null) {
  const flow = useFlow()
  const options = ref(usual())
  watch(data, () => {
    options.value = usual()
  })
  const shown = useCall(
    e => e.dataset.show,
    () => (data() ? { name: data() as string } : null),
    { after: ['dataset.import', 'dataset.fix'] },
  )
  const name = computed(() => shown.value?.version.dataset ?? datasetOf(data() ?? ''))
  const versions = computed(() => [...(shown.value?.versions ?? [])].sort((a, b) => b.number - a.number))
  const others = computed<Option<string>[]>(() => [
    ...versions.value
      .filter(one => one.id !== shown.value?.version.id)
      .map(one => ({
        value: `${one.dataset}@${one.number}`,
        label: `v${one.number}`,
        hint: `${one.rows.toLocaleString('en-US')} rows, ${moment(one.at)}`,
      })),
    ...flow.all
      .filter(one => one.dataset !== name.value)
      .map(one => ({ value: one.dataset, label: one.dataset, hint: `v${one.latest.number}` })),
  ])
  return {
    options,
    name,
    version: computed(() => shown.value?.version ?? null),
    versions,
    others,
    columns: computed(() => shown.value?.version.columns.map(column => column.name) ?? []),
    input: computed(() => inputOf(data() ?? '', options.value)),
    /** How many were changed from what is usual. */
    changed: computed(() => Object.values(options.value).filter(Boolean).length),
  }
}

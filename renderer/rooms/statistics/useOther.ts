import { computed } from 'vue'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import type { Option } from '../../ui/index.ts'

const NONE = 'none'

/**
 * What can be laid beside the data: its other versions and the other datasets; by itself the version before.
 * @param wanted what the address says: a reference, `none`, or null for what is usual
 */
export function useOther(data: () => string | null, wanted: () => string | null, isSliced: () => boolean) {
  const flow = useFlow()
  const name = computed(() => datasetOf(data() ?? ''))
  const shown = useCall(
    e => e.dataset.show,
    () =>
      data() && flow.all.some(one => one.dataset === name.value && one.versions > 1)
        ? { name: data() as string }
        : null,
    { after: ['dataset.import', 'dataset.fix'] },
  )
  const numbers = computed(() =>
    (shown.value?.versions ?? [])
      .map(version => version.number)
      .filter(number => number !== shown.value?.version.number)
      .sort((a, b) => b - a),
  )
  const before = computed(() => {
    const own = shown.value?.version.number
    return own === undefined || isSliced() ? null : (numbers.value.find(number => number < own) ?? null)
  })
  const ref = computed(() => {
    const said = wanted()
    if (said === NONE || !data()) return null
    return said ?? (before.value === null ? null : `${name.value}@${before.value}`)
  })
  /* Its statistics may not be there yet; asked first, so that the whole page does not fail for it. */
  const known = useCall(
    e => e.statistics.features,
    () => (ref.value ? { data: ref.value, limit: 1 } : null),
    { after: ['statistics.compute'] },
  )
  const labelOf = (of: string): string => (datasetOf(of) === name.value ? `v${of.split('@')[1] ?? ''}` : of)
  const options = computed<Option<string>[]>(() => {
    const listed = [
      ...numbers.value.map(number => ({ value: `${name.value}@${number}`, label: `v${number}` })),
      ...flow.all
        .filter(one => one.dataset !== name.value)
        .map(one => ({ value: one.dataset, label: one.dataset })),
    ]
    const own = ref.value
    if (own && !listed.some(({ value }) => value === own)) listed.push({ value: own, label: labelOf(own) })
    return [
      { value: NONE, label: 'Beside nothing' },
      ...listed.map(({ value, label }) => ({ value, label: `Beside ${label}` })),
    ]
  })
  return {
    options,
    chosen: computed(() => ref.value ?? NONE),
    /** What is to be laid beside, known or not. */
    wanted: ref,
    /** The same where it can be: its statistics are there. */
    other: computed(() =>
      ref.value && known.value?.statistics ? { ref: ref.value, label: labelOf(ref.value) } : null,
    ),
    /** Chosen, and never computed. */
    isMissing: computed(() => !!ref.value && known.value?.statistics === null),
    failure: computed(() => (ref.value ? known.failure : null)),
    /** It is not known yet whether something will be laid beside. */
    isOpen: computed(
      () => shown.state === 'loading' || (!!ref.value && known.state === 'loading' && !known.value),
    ),
    labelOf,
  }
}

import { computed, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { RunId } from '#contract'
import { pathOf } from '../../app/places.ts'
import { useTraining } from './trainingStore.ts'
import { jobOf, useRuns } from './useRuns.ts'
import type { RunTableState } from './useRunTable.ts'

/** Which run is shown: the address names it, so that links and the back button work. */
export function useShownRun(table: RunTableState) {
  const store = useTraining()
  const route = useRoute()
  const router = useRouter()
  const runs = useRuns(table)
  const { main, mainId, others, open } = runs
  watch(
    () => route.params.id,
    id => {
      if (typeof id === 'string' && id && store.selected[0] !== id) show(id as RunId)
    },
    { immediate: true },
  )
  watch(
    () => store.selected[0],
    id => {
      if (route.path.startsWith(pathOf('training')) && (route.params.id || undefined) !== id)
        void router.replace(pathOf('training', id))
    },
  )
  /** Shows a run; those that are laid over it stay. */
  function show(id: RunId): void {
    store.selected = [id, ...others.value.filter(one => one !== id)]
  }
  return {
    ...runs,
    show,
    /** The job that works on the run shown. */
    job: computed(() => (main.value ? jobOf(main.value, open.value) : null)),
    /** Runs laid over the one shown, as the table checks them. */
    checked: computed<RunId[]>({
      get: () => others.value,
      set: ids => {
        const first = mainId.value
        store.selected = first ? [first, ...ids.filter(id => id !== first)] : ids
      },
    }),
  }
}

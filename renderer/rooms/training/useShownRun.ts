import { computed, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { RunId } from '#contract'
import { pathOf } from '../../app/places.ts'
import { useTraining } from './trainingStore.ts'
import { jobOf, useRuns } from './useRuns.ts'

/** The runs of the page, and which one is shown: the address names it, so that links and the back button work. */
export function useShownRun() {
  const store = useTraining()
  const route = useRoute()
  const router = useRouter()
  const { runs, main, others, open, waiting } = useRuns()
  watch(
    () => route.params.id,
    id => {
      if (typeof id === 'string' && id && store.selected[0] !== id)
        store.selected = [id as RunId, ...store.selected.filter(one => one !== id)].slice(0, 1)
    },
    { immediate: true },
  )
  watch(
    () => store.selected[0],
    id => {
      if (id && route.path.startsWith(pathOf('training')) && route.params.id !== id)
        void router.replace(pathOf('training', id))
    },
  )
  return {
    runs,
    main,
    others,
    open,
    waiting,
    /** The job that works on the run shown. */
    job: computed(() => (main.value ? jobOf(main.value, open.value) : null)),
    /** The run shown is marked in the table also where nobody chose it. */
    selected: computed<RunId[]>({
      get: () => (main.value ? [main.value.id, ...others.value.map(run => run.id)] : []),
      set: ids => {
        store.selected = ids
      },
    }),
  }
}

import { LayoutGrid, Table2 } from '@lucide/vue'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { DatasetVersion } from '#contract'
import type { Option } from '../../ui/index.ts'
import type { RowsAsked } from './filters.ts'

/**
 * Whether rows are shown as pictures or as a table; the address keeps it. Pictures are asked for by conditions and
 * split only, so what is asked beyond that is a table.
 */
export function useRowView(version: () => DatasetVersion, asked: () => RowsAsked) {
  const route = useRoute()
  const router = useRouter()
  const noGrid = computed(() =>
    asked().search || asked().only || asked().sort
      ? 'Pictures come in the order of the data: take away the search, the order and the chosen rows.'
      : null,
  )
  const view = computed<'grid' | 'table'>({
    get: () => (version().images && !noGrid.value && route.query.view !== 'table' ? 'grid' : 'table'),
    set: now => {
      const query = { ...route.query, view: now === 'table' ? 'table' : undefined }
      void router.replace({ path: route.path, query })
    },
  })
  const options = computed<Option<'grid' | 'table'>[]>(() => [
    {
      value: 'grid',
      label: 'Pictures',
      icon: LayoutGrid,
      ...(noGrid.value ? { closedReason: noGrid.value } : {}),
    },
    { value: 'table', label: 'Table', icon: Table2 },
  ])
  return { view, options }
}

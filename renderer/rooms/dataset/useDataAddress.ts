import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { DatasetVersion } from '#contract'
import { pathOf } from '../../app/places.ts'
import { refOf } from './filters.ts'

const one = (value: unknown): string | null => (typeof value === 'string' && value) || null

/** Which dataset, version and comparison the address of the Data page names, and the ways to another. */
export function useDataAddress() {
  const route = useRoute()
  const router = useRouter()

  /** A version's hash in the path, or a reference (`strikes@2`) in the query. */
  const wanted = computed(() => one(route.params.id) ?? one(route.query.name))
  const compared = computed(() => {
    const read = /^(\d+),(\d+)$/.exec(one(route.query.compare) ?? '')
    return read ? { from: Number(read[1]), to: Number(read[2]) } : null
  })
  const matchBy = computed<string[] | null>(() => {
    const text = one(route.query.key)
    if (!text) return null
    try {
      const read: unknown = JSON.parse(text)
      return Array.isArray(read) && read.every(name => typeof name === 'string') ? read : null
    } catch {
      return null
    }
  })

  return {
    wanted,
    compared,
    matchBy,
    open: (version: DatasetVersion) => router.push(pathOf('dataset', version.id)),
    newest: () => router.push(pathOf('dataset')),
    compare: (of: DatasetVersion, from: number, to: number, key: string[] | null) =>
      router.push({
        path: pathOf('dataset', of.id),
        query: { compare: `${from},${to}`, ...(key ? { key: JSON.stringify(key) } : {}) },
      }),
    rows: () => router.push({ path: route.path, query: {} }),
    statistics: (from: DatasetVersion, to: DatasetVersion) =>
      router.push({ path: pathOf('statistics'), query: { name: refOf(to), with: refOf(from) } }),
  }
}

import { computed, reactive, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Contract, Device, Site } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useNow } from '../../app/useNow.ts'
import { useCall } from '../../engine/index.ts'
import { usePublishing } from './publishingStore.ts'
import { useDeeds } from './useDeeds.ts'
import { type Part, usePart } from './usePart.ts'

export interface Command {
  room: keyof Contract
  verb: string
  input: Record<string, unknown>
}

/** All that the parts of the publishing page look at: sites, devices, releases, and what can be done with them. */
export function usePublishingView() {
  const flow = useFlow()
  const store = usePublishing()
  const route = useRoute()
  const router = useRouter()
  const place = usePart()
  const now = useNow()

  /* The registry sends a version over by the address: /publishing?publish=strikes&version=3 */
  watch(
    () => route.query.publish,
    model => {
      if (typeof model !== 'string' || !model) return
      const version = Number(route.query.version)
      store.form = { model, ...(Number.isInteger(version) && version > 0 ? { version } : {}) }
      void router.replace({ path: route.path })
    },
    { immediate: true },
  )

  const sites = useCall(
    e => e.publishing.sites,
    () => ({}),
    { after: ['publishing.publish', 'publishing.pack', 'publishing.receive'] },
  )
  /** Counts up with each change made here, so that parts ask anew what it may have changed. */
  const changes = ref(0)
  const changed = () => {
    changes.value++
    void sites.reload()
  }
  const deeds = useDeeds(changed)

  const every = computed<Device[]>(() => flow.devices.value?.devices ?? [])
  const names = computed(() => sites.value?.sites.map(each => each.name) ?? [])
  /** Of the chosen site, else of all. */
  const devices = computed(() =>
    store.site && names.value.includes(store.site)
      ? every.value.filter(device => device.site === store.site)
      : every.value,
  )
  const site = computed<Site | null>(
    () => sites.value?.sites.find(each => each.name === store.site) ?? sites.value?.sites[0] ?? null,
  )
  const releases = computed(() =>
    [...(flow.releases.value?.releases ?? [])].sort((a, b) => b.at.localeCompare(a.at)),
  )
  const hasModels = computed(() => (flow.models.value?.models.length ?? 0) > 0)
  const publishClosed = computed(
    () =>
      flow.closed ??
      (!flow.models.value
        ? 'The versions could not be read yet.'
        : hasModels.value
          ? null
          : 'Train a model first; its versions can be published.'),
  )
  /** What "Copy as command" copies, by part. */
  const commands = reactive<Partial<Record<Part, Command | null>>>({})

  return {
    flow,
    store,
    place,
    now,
    sites,
    changes,
    changed,
    deeds,
    every,
    devices,
    site,
    releases,
    hasModels,
    publishClosed,
    commands,
  }
}
export type PublishingView = ReturnType<typeof usePublishingView>

import { computed } from 'vue'
import type { Model, ModelVersion } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useRegistryChoice } from './registryStore.ts'

/** The models of the workspace, those of the chosen dataset first, and the versions of the one shown. */
export function useModels() {
  const flow = useFlow()
  const store = useRegistryChoice()
  const models = computed<Model[]>(() => {
    const all = flow.models.value?.models ?? []
    const here = new Set<string>((flow.current?.models ?? []).map(model => model.name))
    return [...all.filter(model => here.has(model.name)), ...all.filter(model => !here.has(model.name))]
  })
  const model = computed(() => models.value.find(one => one.name === store.model) ?? models.value[0] ?? null)
  /** Newest first. */
  const versions = computed<ModelVersion[]>(() =>
    [...(model.value?.versions ?? [])].sort((a, b) => b.version - a.version),
  )
  const of = (number: number | undefined) => versions.value.find(one => one.version === number)
  const shown = computed<ModelVersion | null>(
    () => store.versions.map(of).find(one => one !== undefined) ?? versions.value[0] ?? null,
  )
  const compared = computed(() =>
    [shown.value, ...store.versions.map(of)].filter(
      (one, at, list): one is ModelVersion => !!one && list.indexOf(one) === at,
    ),
  )
  const runOf = (version: ModelVersion) => flow.runs.value?.runs.find(run => run.id === version.run) ?? null
  return { models, model, versions, shown, compared, runOf }
}

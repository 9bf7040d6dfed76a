import { computed, reactive, ref, watch } from 'vue'
import type { PublishedKind, Site } from '#contract'
import { useFlow } from '../../../app/flow.ts'
import { wantedVariant, wantedVersion } from './publishForm.ts'

export type Unit = 'auto' | 'device' | 'inference'

/** The fields beside model, version and forms. */
export interface PublishForm {
  /** A site of this workspace, or `elsewhere`. */
  where: string
  to: string
  groups: string[]
  isCanary: boolean
  /** Percent. */
  canary: number | null
  unit: Unit
  shadow: boolean
  encrypt: boolean
}

/** What a publication is filled in with, as the page and the command line say it. */
export function usePublishForm(
  known: () => { model?: string; version?: number } | null,
  sites: () => readonly Site[],
) {
  const flow = useFlow()
  const name = ref('')
  const number = ref<number | null>(null)
  const kinds = ref<PublishedKind[]>([])
  const form = reactive<PublishForm>({
    ...{ where: '', to: '', groups: [], isCanary: false, canary: 20, unit: 'auto' },
    ...{ shadow: false, encrypt: false },
  })

  const models = computed(() => flow.models.value?.models ?? [])
  const model = computed(() => models.value.find(one => one.name === name.value) ?? null)
  const version = computed(() => model.value?.versions.find(one => one.version === number.value) ?? null)
  const site = computed(() => sites().find(each => each.name === form.where) ?? null)

  watch(
    () => [known(), models.value.length] as const,
    ([now], before) => {
      if (!now || (before?.[0] === now && name.value)) return
      name.value = now.model ?? flow.current?.models[0]?.name ?? models.value[0]?.name ?? ''
      number.value = now.version ?? (model.value && wantedVersion(model.value))
      Object.assign(form, { to: '', groups: [], isCanary: false, shadow: false, encrypt: false })
      form.where = sites().length === 1 ? (sites()[0]?.name ?? '') : sites().length ? '' : 'elsewhere'
      if (!form.where) form.where = sites()[0]?.name ?? 'elsewhere'
    },
    { immediate: true },
  )
  watch(
    version,
    one => {
      if (one) kinds.value = [wantedVariant(one)]
    },
    { immediate: true },
  )
  watch(
    () => form.where,
    () => {
      form.groups = []
    },
  )

  /** What the command takes. What is as it would be anyway is left out. */
  const input = computed(() => {
    const only = kinds.value
    const byItself = version.value && only.length === 1 && only[0] === wantedVariant(version.value)
    return {
      model: name.value,
      version: number.value ?? 1,
      ...(byItself || !only.length ? {} : { variant: [...only] }),
      ...(form.where && form.where !== 'elsewhere' ? { to: form.where } : {}),
      ...(form.where === 'elsewhere' && form.to.trim() ? { to: form.to.trim() } : {}),
      ...(form.groups.length ? { group: [...form.groups] } : {}),
      ...(form.isCanary && form.canary ? { canary: form.canary } : {}),
      ...(form.isCanary && form.unit !== 'auto' ? { unit: form.unit } : {}),
      ...(form.isCanary && form.shadow ? { shadow: true } : {}),
      ...(form.encrypt ? { encrypt: true } : {}),
    }
  })
  function chooseModel(next: string | undefined): void {
    if (!next || next === name.value) return
    name.value = next
    number.value = model.value && wantedVersion(model.value)
  }
  return { form, name, number, kinds, models, model, version, site, input, chooseModel }
}

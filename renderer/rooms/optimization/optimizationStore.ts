import { defineStore } from 'pinia'
import { markRaw, ref, shallowRef, watch } from 'vue'
import type { Hash, Transformed } from '#contract'
import { createRecipe } from './passes/recipe.ts'

/** A run of passes that ended: over which model, which steps as they were written, and what came of it. */
export interface Ran {
  model: string
  steps: string[]
  done: Transformed
}

/** What the optimization page is looking at, and the passes that are being put together. */
export const useOptimization = defineStore('optimization', () => {
  /** A run's id or the path of a model file; null: the newest run of the flow. */
  const model = ref<string | null>(null)
  /** Paths of the model files that were opened in this window, newest first. */
  const files = ref<string[]>([])
  /** Null: the one that the file names first. */
  const signature = ref<string | null>(null)
  /** The variant whose figures are shown; null: the model itself. */
  const variant = ref<Hash | null>(null)
  /** The graph that is drawn: `model`, the id of a variant, or that of the result of the passes. */
  const graph = ref<string>('model')
  /** Layers that were picked to stay float in the next conversion. */
  const keepFloat = ref<string[]>([])
  const ran = shallowRef<Ran | null>(null)
  // Its refs stay refs: a store unwraps those of what it holds.
  const recipe = markRaw(createRecipe())

  watch([model, signature], () => {
    variant.value = null
    graph.value = 'model'
    keepFloat.value = []
  })

  function open(path: string): void {
    files.value = [path, ...files.value.filter(known => known !== path)]
    signature.value = null
    model.value = path
  }
  function choose(wanted: string | null): void {
    signature.value = null
    model.value = wanted
  }
  /** Shows a variant, and its graph. */
  function look(id: string): void {
    variant.value = id === 'model' ? null : (id as Hash)
    graph.value = id
  }
  function keep(layer: string): void {
    if (!keepFloat.value.includes(layer)) keepFloat.value = [...keepFloat.value, layer]
  }

  return { model, files, signature, variant, graph, keepFloat, ran, recipe, open, choose, look, keep }
})

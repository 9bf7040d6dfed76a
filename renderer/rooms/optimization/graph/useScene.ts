import { onBeforeUnmount, type Ref, ref, shallowRef, watch } from 'vue'
import type { GraphView } from '#contract'
import { opening, type Scene, sceneOf } from './scene.ts'
import type { Drawn, Question } from './scene.worker.ts'
import { treeOf } from './tree.ts'

/**
 * The drawing of a graph, laid out in a worker, so that the page answers while a big one is being laid out; `cancel`
 * ends that worker at once and keeps the drawing that is there.
 */
export function useScene(view: Ref<GraphView | undefined>, values: Ref<boolean>) {
  const scene = shallowRef<Scene>()
  const open = ref<ReadonlySet<string>>(new Set())
  const busy = ref(false)
  const cancelled = ref(false)
  let worker: Worker | undefined
  let id = 0

  function begin(): Worker | undefined {
    // A page in a test has no workers; there the few nodes are laid out right away.
    if (typeof Worker === 'undefined') return undefined
    const made = new Worker(new URL('./scene.worker.ts', import.meta.url), { type: 'module' })
    made.onmessage = ({ data }: MessageEvent<Drawn>) => {
      if (data.id !== id) return
      scene.value = data.scene
      open.value = new Set(data.open)
      busy.value = false
    }
    return made
  }

  function end() {
    worker?.terminate()
    worker = undefined
  }

  function draw(wanted: ReadonlySet<string> | null) {
    const graph = view.value
    if (!graph) return
    id++
    cancelled.value = false
    // A drawing that is under way is of no use any more, and a worker cannot be interrupted otherwise.
    if (busy.value) end()
    if (!worker) {
      worker = begin()
      worker?.postMessage({ kind: 'graph', view: graph, values: values.value } satisfies Question)
    }
    if (!worker) {
      const tree = treeOf(graph, values.value)
      open.value = wanted ?? opening(tree)
      scene.value = sceneOf(graph, tree, open.value)
      return
    }
    busy.value = true
    worker.postMessage({ kind: 'draw', id, open: wanted && [...wanted] } satisfies Question)
  }

  watch(
    [view, values],
    ([now], [before]) => {
      end()
      busy.value = false
      if (!now) scene.value = undefined
      else draw(before && now.model === before.model && open.value.size ? open.value : null)
    },
    { immediate: true },
  )
  onBeforeUnmount(end)

  return {
    scene,
    open,
    busy,
    cancelled,
    /** Opens or shuts scopes: all that are named are open afterwards, no others. */
    show: (scopes: Iterable<string>) => draw(new Set(scopes)),
    cancel() {
      end()
      busy.value = false
      cancelled.value = true
    },
  }
}

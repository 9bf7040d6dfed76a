import { computed, type Ref, ref, watch } from 'vue'
import type { GraphView, Proof } from '#contract'
import { bytes } from '../../../ui/format.ts'
import { type Difference, differenceOf } from './difference.ts'
import { bytesMarks, errorMarks, type Overlay, timeMarks } from './marks.ts'
import type { Look } from './paint.ts'
import { treeOf } from './tree.ts'
import { useScene } from './useScene.ts'

/** What one graph panel shows and knows: the drawing, what is selected and searched, and what colors the nodes. */
export function useGraph(
  view: Ref<GraphView | undefined>,
  other: Ref<GraphView | undefined>,
  layers: Ref<Proof['layers'] | undefined>,
) {
  const values = ref(false)
  const selected = ref<number | string | null>(null)
  const search = ref('')
  const overlay = ref<Overlay>('family')
  const scene = useScene(view, values)
  const tree = computed(() => view.value && treeOf(view.value, values.value))

  // A place means another node in another graph: the selection goes on by its name, or not at all.
  let name: string | null = null
  watch(
    selected,
    of => {
      name = typeof of === 'number' ? (view.value?.nodes[of]?.name ?? null) : null
    },
    { flush: 'sync' },
  )
  watch(view, now => {
    if (!now || typeof selected.value !== 'number') return
    const place = now.nodes.findIndex(node => node.name === name)
    selected.value = place < 0 ? null : place
  })

  const difference = computed<Difference | null>(() =>
    view.value && other.value ? differenceOf(view.value, other.value) : null,
  )
  const marks = computed(() => {
    if (!view.value) return null
    if (overlay.value === 'bytes') return bytesMarks(view.value, bytes)
    if (overlay.value === 'error' && layers.value) return errorMarks(view.value, layers.value)
    if (overlay.value === 'time' && layers.value)
      return timeMarks(
        view.value,
        layers.value,
        millis =>
          `${millis < 0.1 ? (millis * 1000).toFixed(0) : millis.toFixed(2)} ${millis < 0.1 ? 'µs' : 'ms'}`,
      )
    return null
  })

  /** Nodes whose name, layer, operation or shape holds all words that were typed. */
  const matches = computed<number[] | null>(() => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
    if (!view.value || !tree.value || words.length === 0) return null
    const within = tree.value.within
    return view.value.nodes.flatMap((node, i) => {
      const text = `${node.name} ${node.op} ${node.layer ?? ''} ${node.shape?.join('×') ?? ''}`.toLowerCase()
      return within.has(i) && words.every(word => text.includes(word)) ? [i] : []
    })
  })
  const look = computed<Look>(() => {
    const found = matches.value && new Set<number | string>(matches.value)
    // What lies in a shut scope is found at that scope.
    if (found && tree.value)
      for (const match of matches.value ?? [])
        for (const scope of tree.value.within.get(match) ?? [])
          if (!scene.open.value.has(scope.path)) {
            found.add(scope.path)
            break
          }
    return { selected: selected.value, found, marks: marks.value, changes: difference.value?.changes ?? null }
  })

  function toggle(path: string) {
    const open = new Set(scene.open.value)
    if (!open.delete(path)) open.add(path)
    selected.value = path
    scene.show(open)
  }
  /** Opens all scopes around a node, so that it can be seen, and selects it. */
  function find(node: number) {
    selected.value = node
    const around = (tree.value?.within.get(node) ?? []).map(scope => scope.path)
    if (around.some(path => !scene.open.value.has(path))) scene.show([...scene.open.value, ...around])
  }
  function openAll() {
    const scopes = [...(tree.value?.root.scopes ?? [])]
    for (const scope of scopes) scopes.push(...scope.scopes)
    scene.show(scopes.map(scope => scope.path))
  }

  return {
    ...scene,
    values,
    selected,
    search,
    overlay,
    difference,
    matches,
    look,
    toggle,
    find,
    openAll,
    shutAll: () => scene.show([]),
  }
}

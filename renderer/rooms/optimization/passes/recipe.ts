import { computed, ref } from 'vue'
import { printSteps, type Step } from './transformString.ts'

/** A step with a key of its own, so that a list can move it. */
export interface ChosenStep extends Step {
  key: number
}

/** The passes that a person put together, with undo and redo. */
export function createRecipe() {
  let next = 1
  const keyed = (step: Step): ChosenStep => ({ name: step.name, args: step.args, key: next++ })
  const past = ref<ChosenStep[][]>([])
  const steps = ref<ChosenStep[]>([])
  const future = ref<ChosenStep[][]>([])

  function change(now: ChosenStep[]): void {
    past.value = [...past.value, steps.value]
    future.value = []
    steps.value = now
  }
  function step(from: typeof past, to: typeof past): void {
    const last = from.value.at(-1)
    if (!last) return
    from.value = from.value.slice(0, -1)
    to.value = [...to.value, steps.value]
    steps.value = last
  }

  return {
    steps,
    text: computed(() => printSteps(steps.value)),
    canUndo: computed(() => past.value.length > 0),
    canRedo: computed(() => future.value.length > 0),
    /** Puts other steps in place of all; those that stay the same keep their place in the list. */
    replace(wanted: readonly Step[]) {
      if (printSteps(wanted) === printSteps(steps.value)) return
      const left = [...steps.value]
      change(
        wanted.map(each => {
          const same = left.findIndex(known => printSteps([known]) === printSteps([each]))
          return same < 0 ? keyed(each) : (left.splice(same, 1)[0] as ChosenStep)
        }),
      )
    },
    add(added: Step) {
      change([...steps.value, keyed(added)])
    },
    set(key: number, args: Step['args']) {
      change(steps.value.map(each => (each.key === key ? { ...each, args } : each)))
    },
    remove(key: number) {
      change(steps.value.filter(each => each.key !== key))
    },
    /** Moves a step to a place in the list, from 0. */
    move(key: number, to: number) {
      const at = steps.value.findIndex(each => each.key === key)
      const place = Math.max(0, Math.min(steps.value.length - 1, to))
      if (at < 0 || at === place) return
      const now = [...steps.value]
      now.splice(place, 0, ...now.splice(at, 1))
      change(now)
    },
    undo: () => step(past, future),
    redo: () => step(future, past),
  }
}

export type Recipe = ReturnType<typeof createRecipe>

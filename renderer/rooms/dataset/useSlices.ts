import type { Filter } from '#contract'
import { attempt, useCall, useEngine } from '../../engine/index.ts'
import { toast } from '../../ui/index.ts'

/** The saved slices of a dataset, how many rows of the version each has, and what can be done with them. */
export function useSlices(name: () => string) {
  const { engine } = useEngine()
  const shown = useCall(
    e => e.dataset.slices,
    () => (name() ? { name: name() } : null),
  )
  const datasetOf = (): string => name().replace(/@\d+$/, '')

  /** Saves a filter under a name. */
  async function save(slice: string, where: Filter) {
    const answer = await attempt(engine.dataset.saveSlice({ dataset: datasetOf(), name: slice, where }))
    if (answer.ok) await shown.reload()
    return answer
  }

  /** Removes a slice; a few seconds long it can be taken back. */
  async function remove(slice: string): Promise<boolean> {
    const answer = await attempt(engine.dataset.removeSlice({ dataset: datasetOf(), name: slice }))
    if (!answer.ok) {
      toast({ kind: 'bad', title: answer.failure.message, text: answer.failure.remedy ?? '' })
      return false
    }
    const { where } = answer.value
    toast({
      kind: 'info',
      title: `Slice ${slice} removed`,
      text: 'Figures that were computed with it stay.',
      action: { label: 'Undo', run: () => void save(slice, where) },
    })
    await shown.reload()
    return true
  }
  return { shown, save, remove }
}

import { ref } from 'vue'
import type { RunId } from '#contract'
import { attempt, type Outcome, useEngine } from '../../engine/index.ts'
import { bytes, plural, toast } from '../../ui/index.ts'
import { runTitle } from './runWords.ts'

const named = (runs: readonly RunId[]): string =>
  runs.length === 1 ? runTitle(runs[0] as string) : plural(runs.length, 'run')

/**
 * Puts runs in order: pins, tags, notes, the archive and the bin. Each is done at once, said, and can be taken back from
 * what says it.
 * @param changed is called after each change
 */
export function useShelving(changed: () => void) {
  const { engine } = useEngine()
  const busy = ref(false)

  async function act<T>(
    call: Promise<T>,
    done: (value: T) => Parameters<typeof toast>[0] | null,
  ): Promise<Outcome<T>> {
    busy.value = true
    const said = await attempt(call)
    busy.value = false
    if (said.ok) {
      changed()
      const words = done(said.value)
      if (words) toast(words)
    } else toast({ kind: 'bad', title: said.failure.message, text: said.failure.remedy })
    return said
  }
  type Edit = Omit<Parameters<typeof engine.training.edit>[0], 'runs'>
  const edit = (runs: readonly RunId[], change: Edit) => engine.training.edit({ runs: [...runs], ...change })
  const undo = (run: () => void) => ({ action: { label: 'Undo', run } })

  function pin(runs: readonly RunId[], pinned: boolean): Promise<unknown> {
    return act(edit(runs, { pinned }), () => null)
  }
  function archive(runs: readonly RunId[], archived: boolean): Promise<unknown> {
    return act(edit(runs, { archived }), () => ({
      kind: 'good',
      title: `${named(runs)} ${archived ? 'archived' : 'taken out of the archive'}`,
      ...undo(() => void archive(runs, !archived)),
    }))
  }
  function restore(runs: readonly RunId[]): Promise<unknown> {
    return act(engine.training.restore({ runs: [...runs] }), () => ({
      kind: 'good',
      title: `${named(runs)} restored`,
    }))
  }
  function remove(runs: readonly RunId[]): Promise<unknown> {
    return act(engine.training.remove({ runs: [...runs] }), () => ({
      kind: 'good',
      title: `${named(runs)} moved to the bin`,
      text: 'Nothing is lost until the bin is emptied.',
      ...undo(() => void restore(runs)),
    }))
  }
  /** Without runs: all of the bin. */
  function purge(runs?: readonly RunId[]) {
    return act(engine.training.purge(runs ? { runs: [...runs] } : {}), ({ purged, freedBytes }) => ({
      kind: 'good',
      title: `${named(purged)} removed`,
      text: `${bytes(freedBytes)} are free again.`,
    }))
  }
  return {
    busy,
    pin,
    archive,
    restore,
    remove,
    purge,
    tag: (runs: readonly RunId[], change: { addTags?: string[]; withoutTags?: string[]; tags?: string[] }) =>
      act(edit(runs, change), () => null),
    note: (run: RunId, notes: string) => act(edit([run], { notes }), () => null),
  }
}
export type Shelving = ReturnType<typeof useShelving>

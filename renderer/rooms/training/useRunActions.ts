import {
  Archive,
  ArchiveRestore,
  Code,
  Copy,
  FileCode,
  FolderOutput,
  Pin,
  PinOff,
  Play,
  Plug,
  Repeat,
  Square,
  SquareTerminal,
  Tag,
  Trash2,
  Undo2,
} from '@lucide/vue'
import { type Ref, ref, watch } from 'vue'
import type { Run, RunId } from '#contract'
import { copyAndSay } from '../../app/copy.ts'
import { useFlow } from '../../app/flow.ts'
import { attempt, useEngine, useWork } from '../../engine/index.ts'
import { type MenuItem, toast } from '../../ui/index.ts'
import { runTitle } from './runWords.ts'
import { useTraining } from './trainingStore.ts'
import type { Shelving } from './useShelving.ts'

/** What must be known of a run to say what can be done with it; a row of the table knows as much. */
export interface Actable {
  id: RunId
  state: Run['state']
  origin: Run['origin']
  pinned: boolean
  artifact: string | null
  dataset: string | null
  /** A job here works on it or follows it. */
  hasJob: boolean
  /** Its work goes on elsewhere and is not followed. */
  isUnfollowed: boolean
  shelf: 'open' | 'archive' | 'bin'
}

/** Something that is written into a folder. */
export interface ExportAsked {
  run: RunId
  as: 'code' | 'events'
}

/** What can be done with a run, as the entries of its menu, and what is being asked before it is done. */
export function useRunActions(shelving: Shelving, again: (run: RunId) => void) {
  const flow = useFlow()
  const store = useTraining()
  const { engine } = useEngine()
  const resume = useWork<{ run: RunId }>(e => e.training.resume, { says: true })
  const attach = useWork<{ run: RunId }>(e => e.training.attach, { says: true })
  const rerun = useWork<{ run: RunId }>(e => e.training.rerun, { says: true })
  for (const work of [resume, attach, rerun])
    watch(
      () => work.job?.id,
      id => {
        if (id) store.awaited = id
      },
    )
  /** The run that is asked about before it is stopped. */
  const ending: Ref<RunId | null> = ref(null)
  const tagging: Ref<RunId[] | null> = ref(null)
  const purging: Ref<RunId[] | null> = ref(null)
  const exporting: Ref<ExportAsked | null> = ref(null)

  async function copyAs(run: RunId, as: 'python' | 'command'): Promise<void> {
    const said = await attempt(engine.training.script({ run, as }))
    if (said.ok)
      await copyAndSay(
        said.value.text,
        as === 'python' ? 'The Python program was copied.' : 'The command was copied.',
      )
    else toast({ kind: 'bad', title: said.failure.message, text: said.failure.remedy })
  }

  function items(run: Actable): MenuItem[] {
    const { id } = run
    const closed = flow.closed ?? undefined
    const isOpen = run.state === 'running'
    const changes = (item: MenuItem): MenuItem => ({ ...item, closedReason: item.closedReason ?? closed })
    const isOwn = run.origin === 'trained'
    const notOwn = run.origin === 'imported' ? 'What trained it is not known here.' : undefined
    if (run.shelf === 'bin')
      return [
        changes({ label: 'Restore', icon: Undo2, run: () => void shelving.restore([id]) }),
        changes({
          label: 'Remove for good…',
          icon: Trash2,
          kind: 'danger',
          separated: true,
          run: () => {
            purging.value = [id]
          },
        }),
      ]
    return [
      ...(run.isUnfollowed
        ? [changes({ label: 'Attach', icon: Plug, run: () => void attach.start({ run: id }) })]
        : []),
      ...(isOpen
        ? [
            changes({
              label: 'Stop…',
              icon: Square,
              run: () => {
                ending.value = id
              },
            }),
          ]
        : []),
      ...(run.state === 'cancelled' || run.state === 'interrupted' || run.state === 'failed'
        ? [
            changes({
              label: 'Continue',
              icon: Play,
              closedReason: notOwn,
              run: () => void resume.start({ run: id }),
            }),
          ]
        : []),
      changes({
        label: 'Run again exactly',
        icon: Repeat,
        closedReason:
          notOwn ?? (run.state === 'succeeded' ? undefined : 'Only a run that is done can be repeated.'),
        run: () => void rerun.start({ run: id }),
      }),
      changes({ label: 'Run again with changes', icon: Copy, closedReason: notOwn, run: () => again(id) }),
      {
        label: 'Copy as command',
        icon: SquareTerminal,
        separated: true,
        closedReason: notOwn,
        run: () => void copyAs(id, 'command'),
      },
      {
        label: 'Copy as Python',
        icon: Code,
        closedReason: isOwn ? undefined : (notOwn ?? 'Its program is its code.'),
        run: () => void copyAs(id, 'python'),
      },
      {
        label: 'Export as code and data…',
        icon: FileCode,
        closedReason: isOwn ? undefined : (notOwn ?? 'Its program is its code.'),
        run: () => {
          exporting.value = { run: id, as: 'code' }
        },
      },
      {
        label: 'Export event files…',
        icon: FolderOutput,
        run: () => {
          exporting.value = { run: id, as: 'events' }
        },
      },
      changes({
        label: run.pinned ? 'Unpin' : 'Pin',
        icon: run.pinned ? PinOff : Pin,
        separated: true,
        run: () => void shelving.pin([id], !run.pinned),
      }),
      changes({
        label: 'Tag…',
        icon: Tag,
        run: () => {
          tagging.value = [id]
        },
      }),
      changes({
        label: run.shelf === 'archive' ? 'Take out of the archive' : 'Archive',
        icon: run.shelf === 'archive' ? ArchiveRestore : Archive,
        run: () => void shelving.archive([id], run.shelf !== 'archive'),
      }),
      changes({
        label: 'Move to the bin',
        icon: Trash2,
        kind: 'danger',
        closedReason: isOpen ? `${runTitle(id)} is running.` : undefined,
        run: () => void shelving.remove([id]),
      }),
    ]
  }
  return { resume, attach, rerun, ending, tagging, purging, exporting, items, copyAs }
}
export type RunActions = ReturnType<typeof useRunActions>

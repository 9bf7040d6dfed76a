import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Failure, Run } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { bridge, failureOf } from '../../engine/index.ts'
import { type DroppedFile, toast } from '../../ui/index.ts'
import { upload } from '../dataset/index.ts'
import { type DroppedEntry, holdsRuns, isEventFile } from './holdsRuns.ts'

/** The way runs and models from elsewhere come in as runs: dropped, chosen, or typed as a path. */
export const useBringIn = defineStore('bring-in', () => {
  const flow = useFlow()
  const open = ref(false)
  const path = ref('')
  /** A file that is on its way to the engine. */
  const busy = ref<string | null>(null)
  const failure = shallowRef<Failure | null>(null)
  /** The runs that were brought in last. */
  const brought = shallowRef<Run[] | null>(null)

  function show(wanted = ''): void {
    if (flow.closed)
      return void toast({ kind: 'warn', title: 'Nothing can be brought in here', text: flow.closed })
    path.value = wanted
    failure.value = null
    open.value = true
  }

  /** Takes a drop that holds runs: event files, or a folder with such files or of MLflow. Else it is left to others. */
  async function takes(files: readonly DroppedFile[], entries: readonly DroppedEntry[]): Promise<boolean> {
    const isRuns = files.some(({ name }) => isEventFile(name)) || (await holdsRuns(entries)) !== null
    if (isRuns) await take(files)
    return isRuns
  }

  /** Opens the dialog with what was dropped. A file without a path is handed to the engine; a folder cannot be. */
  async function take(files: readonly DroppedFile[]): Promise<void> {
    const [first] = files
    if (!first) return
    const known = first.path || bridge().pathForFile?.(first.file)
    show(known || '')
    if (known || !open.value) return
    if (files.length > 1) {
      failure.value = {
        code: 'unsupported',
        message: 'A browser does not say where a folder lies.',
        remedy: 'Type the path of the folder here.',
      }
      return
    }
    busy.value = `Handing ${first.name} to the engine`
    try {
      path.value = await upload(first.file)
    } catch (reason) {
      failure.value = failureOf(reason)
    } finally {
      busy.value = null
    }
  }

  /** Lets a person choose a file or a folder, where the shell can ask for one. */
  async function choose(what: 'file' | 'folder'): Promise<void> {
    const asks = what === 'file' ? bridge().chooseFile : bridge().chooseFolder
    const found = await asks?.({ title: what === 'file' ? 'Bring in a model' : 'Bring in a folder' })
    if (found) path.value = found
  }

  return { open, path, busy, failure, brought, show, takes, take, choose }
})

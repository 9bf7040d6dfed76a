import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Failure, Sample } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { bridge, failureOf } from '../../engine/index.ts'
import { type DroppedFile, toast } from '../../ui/index.ts'
import { nameOf } from './nameOf.ts'
import { upload } from './upload.ts'

/** What is about to be imported. */
export interface Source {
  /** Where the engine reads it. */
  file: string
  /** What a person knows it by. */
  title: string
  name: string
}

const ENDINGS = ['csv', 'tsv', 'txt', 'parquet', 'jsonl', 'ndjson']

/** The way data comes in, from anywhere in the window: chosen, dropped, or a sample. */
export const useImport = defineStore('import', () => {
  const flow = useFlow()
  const open = ref(false)
  const source = shallowRef<Source | null>(null)
  const failure = shallowRef<Failure | null>(null)
  /** The file that is on its way to the engine; null when none is. */
  const uploading = ref<string | null>(null)
  let stop: AbortController | undefined

  function show(next: Source): void {
    source.value = next
    failure.value = null
    open.value = true
  }

  /** Lets a person choose a file: by the shell's dialog, else by the browser's. */
  async function ask(): Promise<void> {
    if (refused()) return
    const choose = bridge().chooseFile
    if (choose) {
      const file = await choose({
        title: 'Import data',
        filters: [
          { name: 'Tables', extensions: ENDINGS },
          { name: 'All files', extensions: ['*'] },
        ],
      })
      if (file) show({ file, title: file, name: nameOf(file) })
      return
    }
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = ENDINGS.map(ending => `.${ending}`).join()
    input.addEventListener('change', () =>
      take([...(input.files ?? [])].map(file => ({ file, name: file.name }))),
    )
    input.click()
  }

  /** Takes what was dropped or chosen. A file without a path is handed to the engine first. */
  async function take(files: readonly DroppedFile[]): Promise<void> {
    const first = files[0]
    if (!first || refused()) return
    if (files.length > 1)
      toast({ kind: 'info', title: `One file at a time: ${first.name}`, text: 'The others were left alone.' })
    const path = first.path || bridge().pathForFile?.(first.file)
    if (path) return show({ file: path, title: path, name: nameOf(path) })
    stop?.abort()
    const mine = new AbortController()
    stop = mine
    source.value = null
    failure.value = null
    uploading.value = first.name
    open.value = true
    try {
      const file = await upload(first.file, mine.signal)
      if (!mine.signal.aborted) show({ file, title: first.name, name: nameOf(first.name) })
    } catch (reason) {
      if (!mine.signal.aborted) failure.value = failureOf(reason)
    } finally {
      if (stop === mine) uploading.value = null
    }
  }

  function sample(chosen: Sample): void {
    if (!refused()) show({ file: chosen.file, title: chosen.title, name: chosen.name })
  }

  /** Closes the dialog; a file that is still on its way is stopped. */
  function close(): void {
    stop?.abort()
    uploading.value = null
    open.value = false
  }

  function refused(): boolean {
    if (flow.closed) toast({ kind: 'warn', title: 'Nothing can be imported here', text: flow.closed })
    return flow.closed !== null
  }

  return { open, source, failure, uploading: computed(() => uploading.value), ask, take, sample, close }
})

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Failure, FileFormat, Sample } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { attempt, bridge, failureOf, useEngine } from '../../engine/index.ts'
import { type DroppedFile, toast } from '../../ui/index.ts'
import { ENDINGS, patternOf, type Source, sourceOf } from './sources.ts'
import { upload } from './upload.ts'

/* More files than a person means to append one by one; in a browser each would be handed over on its own. */
const MOST_FILES = 100

/** The way data comes in, from anywhere in the window: chosen, dropped, typed as an address, or a sample. */
export const useImport = defineStore('import', () => {
  const flow = useFlow()
  const { engine } = useEngine()
  const open = ref(false)
  /** Null while the dialog is open: the person is to say where the data is. */
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
      if (file) show(sourceOf(file))
      return
    }
    const input = document.createElement('input')
    input.type = 'file'
    input.multiple = true
    input.accept = ENDINGS.map(ending => `.${ending}`).join()
    input.addEventListener('change', () =>
      take([...(input.files ?? [])].map(file => ({ file, name: file.name }))),
    )
    input.click()
  }

  /** Lets a person choose a folder; where the shell cannot ask for one, its path is typed. */
  async function askFolder(format?: FileFormat): Promise<void> {
    if (refused()) return
    const choose = bridge().chooseFolder
    if (!choose) return askAddress()
    const folder = await choose({ title: format === 'images' ? 'Import pictures' : 'Import a folder' })
    if (folder) show(sourceOf(folder, format ? { format } : {}))
  }

  /** Opens the dialog where a path, a pattern or the address of a database is typed. */
  function askAddress(): void {
    if (refused()) return
    stop?.abort()
    source.value = null
    failure.value = null
    open.value = true
  }

  /** Takes what was dropped or chosen. Files without a path are handed to the engine first. */
  async function take(files: readonly DroppedFile[]): Promise<void> {
    const first = files[0]
    if (!first || refused()) return
    stop?.abort()
    if (files.length > MOST_FILES) {
      toast({
        kind: 'info',
        title: `${files.length.toLocaleString('en-US')} files at once`,
        text: 'Import their folder instead: choose it, or type its path.',
      })
      return askAddress()
    }
    const paths = files.map(one => one.path || bridge().pathForFile?.(one.file) || '')
    if (paths.every(path => path !== '')) return takePaths(paths)
    const mine = new AbortController()
    stop = mine
    source.value = null
    failure.value = null
    open.value = true
    const there: { file: string; title: string }[] = []
    try {
      for (const one of files) {
        uploading.value = one.name
        there.push({ file: await upload(one.file, mine.signal), title: one.name })
        if (mine.signal.aborted) return
      }
      const [head, ...rest] = there
      if (head) show(sourceOf(head.title, { ...head, ...(rest.length ? { rest } : {}) }))
    } catch (reason) {
      if (!mine.signal.aborted) failure.value = failureOf(reason)
    } finally {
      if (stop === mine) uploading.value = null
    }
  }

  /* Files that are all of a folder's files of their kind are one import; others are appended one after the other. */
  async function takePaths(paths: string[]): Promise<void> {
    const [first = '', ...rest] = paths
    const pattern = patternOf(paths)
    if (pattern) {
      const looked = await attempt(engine.dataset.inspect({ file: pattern }))
      if (looked.ok && looked.value.files === paths.length) return show(sourceOf(pattern))
    }
    show(sourceOf(first, rest.length ? { rest: rest.map(file => ({ file, title: file })) } : {}))
  }

  /** Takes an address that was typed. */
  const read = (address: string, more: Partial<Source> = {}): void => show(sourceOf(address, more))

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

  return {
    open,
    source,
    failure,
    uploading: computed(() => uploading.value),
    ask,
    askFolder,
    askAddress,
    take,
    read,
    sample,
    close,
  }
})

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { useRouter } from 'vue-router'
import type { Failure } from '#contract'
import { pathOf } from '../../app/places.ts'
import { attempt, bridge, failureOf, useEngine } from '../../engine/index.ts'
import type { DroppedFile } from '../../ui/index.ts'
import { upload } from '../dataset/index.ts'
import { guessOf, MODEL_ENDINGS, mainFileOf } from './modelFiles.ts'
import { useOptimization } from './optimizationStore.ts'

/** The way a model file comes in, from anywhere in the window: chosen, dropped, or typed as a path. */
export const useOpenModel = defineStore('open-model', () => {
  const { engine } = useEngine()
  const router = useRouter()
  const store = useOptimization()
  const open = ref(false)
  const path = ref('')
  /** What is being done, in words; null while nothing is. */
  const busy = ref<string | null>(null)
  const failure = shallowRef<Failure | null>(null)

  /** Opens the dialog where a path is typed or a file chosen. */
  function show(): void {
    failure.value = null
    open.value = true
  }

  /** Looks into a model and shows it; what is wrong with it stands in the dialog. */
  async function read(wanted: string): Promise<boolean> {
    path.value = wanted.trim()
    if (!path.value) return false
    failure.value = null
    busy.value = 'Reading the model'
    const looked = await attempt(engine.optimization.inspect({ model: path.value }))
    busy.value = null
    if (!looked.ok) {
      failure.value = looked.failure
      open.value = true
      return false
    }
    open.value = false
    store.open(path.value)
    await router.push(pathOf('optimization'))
    return true
  }

  /** Lets a person choose a file: by the shell's dialog, else by the browser's. */
  async function ask(): Promise<void> {
    const choose = bridge().chooseFile
    if (choose) {
      const file = await choose({
        title: 'Open a model',
        filters: [
          { name: 'Models', extensions: MODEL_ENDINGS },
          { name: 'All files', extensions: ['*'] },
        ],
      })
      if (file) await read(file)
      return
    }
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = MODEL_ENDINGS.map(ending => `.${ending}`).join()
    input.addEventListener(
      'change',
      () => void take([...(input.files ?? [])].map(file => ({ file, name: file.name }))),
    )
    input.click()
  }

  /** Lets a person choose the folder of a SavedModel, where the shell can ask for one. */
  async function askFolder(): Promise<void> {
    const folder = await bridge().chooseFolder?.({ title: 'Open a model folder' })
    if (folder) await read(folder)
  }

  /** Opens what was dropped, if it is a model; else it is left to others. */
  async function takes(files: readonly DroppedFile[]): Promise<boolean> {
    const guess = guessOf(files)
    if (guess === 'data') return false
    if (guess === 'maybe') {
      const folder = files[0]?.path as string
      const looked = await attempt(engine.optimization.inspect({ model: folder }))
      // What no format knows is data; a model that is broken says so in the dialog.
      if (!looked.ok && ['unsupported', 'not-found', 'engine-lost'].includes(looked.failure.code))
        return false
    }
    await take(files)
    return true
  }

  /** Opens a file. One without a path is handed to the engine first; a folder without one cannot be. */
  async function take(files: readonly DroppedFile[]): Promise<void> {
    const main = mainFileOf(files)
    if (!main) return
    const known = main.path || bridge().pathForFile?.(main.file)
    if (known) return void (await read(known))
    show()
    if (files.length > 1) {
      failure.value = {
        code: 'unsupported',
        message: 'A browser does not say where a model of several files lies.',
        remedy: 'Type the path of its folder here.',
      }
      return
    }
    busy.value = `Handing ${main.name} to the engine`
    try {
      await read(await upload(main.file))
    } catch (reason) {
      failure.value = failureOf(reason)
    } finally {
      busy.value = null
    }
  }

  return { open, path, busy, failure, show, read, ask, askFolder, takes }
})

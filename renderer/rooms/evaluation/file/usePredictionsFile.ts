import { computed, reactive, ref, shallowRef, watch } from 'vue'
import type { Failure, Rows } from '#contract'
import { attempt, bridge, failureOf, useEngine } from '../../../engine/index.ts'
import type { Option } from '../../../ui/index.ts'
import { upload } from '../../dataset/index.ts'
import { fileAsk, LABEL, missingIn, predictionsIn } from './predictionsFile.ts'

const ENDINGS = ['csv', 'tsv', 'parquet', 'jsonl', 'json', 'arrow', 'feather', 'xlsx']

/** A file of predictions that is about to be measured: where it is, its columns, and which of them say what. */
export function usePredictionsFile() {
  const { engine } = useEngine()
  const path = ref('')
  /** What is being done, in words; null while nothing is. */
  const busy = ref<string | null>(null)
  const failure = shallowRef<Failure | null>(null)
  /** Null until the file was looked into. */
  const columns = shallowRef<Rows['columns'] | null>(null)
  const label = ref<string | undefined>()
  /** Null: found by its name. */
  const prediction = ref<string | null | undefined>()
  const positive = ref('')
  const name = ref('')
  // another path is another file
  watch(path, forget, { flush: 'sync' })

  const found = computed(() => predictionsIn(columns.value ?? []))
  const named = computed(() => ({
    label: label.value,
    prediction: prediction.value ?? undefined,
    positive: isProbability.value ? positive.value.trim() : undefined,
  }))
  const isProbability = computed(() => {
    const [first] = prediction.value ? [prediction.value] : found.value
    return columns.value?.find(column => column.name === first)?.type === 'float'
  })
  /** What the predictions may be read from; several columns only where their names say so. */
  const predictions = computed<Option<string | null>[]>(() => [
    ...(found.value.length ? [{ value: null, label: found.value.join(', '), hint: 'Found by name' }] : []),
    ...(columns.value ?? [])
      .filter(column => found.value.length !== 1 || column.name !== found.value[0])
      .map(column => ({ value: column.name, label: column.name })),
  ])

  function forget(): void {
    columns.value = null
    failure.value = null
    label.value = undefined
    prediction.value = undefined
    positive.value = ''
  }
  function clear(): void {
    path.value = ''
    name.value = ''
    forget()
  }

  async function look(): Promise<void> {
    busy.value = 'Looking into the file'
    failure.value = null
    const looked = await attempt(engine.dataset.inspect({ file: path.value.trim() }))
    busy.value = null
    if (!looked.ok) {
      failure.value = looked.failure
      return
    }
    columns.value = looked.value.head.columns
    if (found.value.length) prediction.value = null
    if (columns.value.some(column => column.name === LABEL)) label.value = LABEL
  }

  /** Lets a person choose a file: by the shell's dialog, else by the browser's, which hands it to the engine. */
  async function choose(): Promise<void> {
    const asks = bridge().chooseFile
    if (asks) {
      const chosen = await asks({
        title: 'Measure a file of predictions',
        filters: [
          { name: 'Tables', extensions: ENDINGS },
          { name: 'All files', extensions: ['*'] },
        ],
      })
      if (chosen) await take(chosen)
      return
    }
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = ENDINGS.map(ending => `.${ending}`).join()
    input.addEventListener('change', () => void hand(input.files?.[0]))
    input.click()
  }
  async function hand(file: File | undefined): Promise<void> {
    if (!file) return
    busy.value = `Handing ${file.name} to the engine`
    failure.value = null
    try {
      await take(await upload(file))
    } catch (reason) {
      failure.value = failureOf(reason)
    } finally {
      busy.value = null
    }
  }
  async function take(there: string): Promise<void> {
    path.value = there
    await look()
  }

  return reactive({
    path,
    busy,
    failure,
    columns,
    label,
    prediction,
    positive,
    name,
    isProbability,
    predictions,
    ask: computed(() => fileAsk(named.value, path.value.trim(), name.value.trim() || undefined)),
    missing: computed(() => missingIn(columns.value ?? [], named.value)),
    look,
    choose,
    clear,
  })
}

import { computed } from 'vue'
import type { Run } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { runTitle } from '../training/index.ts'
import { baseName } from './modelFiles.ts'
import { useOptimization } from './optimizationStore.ts'
import { variantRows } from './variantRows.ts'

/** The model that is optimized: a run of this workspace, or a file. */
export interface Subject {
  /** As the engine is asked for it: the run's id, or the path. */
  model: string
  run: Run | null
  /** What its tolerance is kept by, and how a person knows it. */
  name: string
}

/** The chosen model with all that is known of it: what it holds, its variants side by side, and what they may lose. */
export function useModel() {
  const flow = useFlow()
  const store = useOptimization()
  const runs = computed(() => (flow.current?.runs ?? []).filter(run => run.artifact))
  const all = computed(() => flow.variants.value?.variants ?? [])
  /** Opened in this window, or what variants of this workspace were made of. */
  const files = computed(() => [
    ...new Set([...store.files, ...all.value.flatMap(({ run, source }) => (run || !source ? [] : [source]))]),
  ])
  const options = computed(() => [
    ...runs.value.map(run => ({
      value: run.id as string,
      label: runTitle(run.id),
      hint: run.model as string,
    })),
    ...files.value.map(path => ({ value: path, label: baseName(path), hint: path })),
  ])
  const subject = computed<Subject | null>(() => {
    const wanted = options.value.find(option => option.value === store.model) ?? options.value[0]
    if (!wanted) return null
    const run = runs.value.find(one => one.id === wanted.value) ?? null
    return { model: wanted.value, run, name: run ? run.model : baseName(wanted.value) }
  })

  const inspection = useCall(
    e => e.optimization.inspect,
    () =>
      subject.value && {
        model: subject.value.model,
        ...(store.signature ? { signature: store.signature } : {}),
      },
  )
  const tolerance = useCall(
    e => e.optimization.tolerance,
    () => subject.value && { model: subject.value.name },
  )
  const passes = useCall(
    e => e.optimization.passes,
    () => ({}),
  )

  const variants = computed(() =>
    all.value.filter(({ run, source }) =>
      subject.value?.run ? run === subject.value.run.id : run === null && source === subject.value?.model,
    ),
  )
  /** The newest evaluation of the model as trained, where no variant was compared with it yet. */
  const measured = computed(() => {
    const mine = (flow.current?.evaluations ?? []).filter(
      one => one.run === subject.value?.run?.id && one.variant === 'layers',
    )
    return mine.find(one => one.split === 'test') ?? mine[0] ?? null
  })
  const wanted = computed(() => tolerance.value?.tolerance ?? null)
  const rows = computed(() =>
    subject.value
      ? variantRows(
          variants.value,
          {
            bytes: inspection.value?.bytes ?? subject.value.run?.bytes ?? null,
            metrics: measured.value?.metrics ?? null,
            rows: measured.value?.rows ?? null,
          },
          wanted.value,
        )
      : [],
  )
  /** The variant that was chosen, else the last in the table: the smallest kind. */
  const chosen = computed(
    () => rows.value.find(row => row.id === store.variant) ?? rows.value.findLast(row => row.variant) ?? null,
  )
  return { options, subject, inspection, tolerance, wanted, passes, variants, rows, chosen }
}

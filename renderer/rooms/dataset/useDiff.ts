import { computed, watch } from 'vue'
import type { DatasetDiff } from '#contract'
import { useJobs, useWork } from '../../engine/index.ts'

/** What a comparison is of. */
export interface DiffAsked {
  from: string
  to: string
  key?: string[]
}

/**
 * What differs between two versions. Versions never change, so a comparison that was made before is shown again and
 * not made anew.
 */
export function useDiff(asked: () => DiffAsked) {
  const jobs = useJobs()
  const work = useWork(e => e.dataset.diff)
  const wordOf = ({ from, to, key }: DiffAsked): string => JSON.stringify([from, to, key ?? null])
  const wanted = computed(() => wordOf(asked()))
  const made = computed<DatasetDiff | null>(() => {
    for (const job of jobs.list)
      if (
        job.room === 'dataset' &&
        job.verb === 'diff' &&
        job.status.state === 'succeeded' &&
        wordOf(job.input as DiffAsked) === wanted.value
      )
        return job.status.result as DatasetDiff
    return null
  })
  const begin = (): void => {
    if (!made.value) void work.start(asked())
  }
  watch(
    wanted,
    () => {
      work.clear()
      begin()
    },
    { immediate: true },
  )
  return { work, diff: made, again: begin }
}

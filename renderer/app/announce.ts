import { onBeforeUnmount } from 'vue'
import { useRouter } from 'vue-router'
import { useJobs } from '../engine/index.ts'
import { toast } from '../ui/index.ts'
import { reasonOf, tookOf } from './jobWords.ts'
import { pathOfJob } from './places.ts'

/** Says when a job ends, with the way to what it made or the reason why it made nothing. */
export function useAnnouncements(): void {
  const jobs = useJobs()
  const router = useRouter()
  const off = jobs.onEnd(job => {
    const { state } = job.status
    if (state === 'succeeded')
      toast({ kind: 'good', title: job.title, text: `Done in ${tookOf(job)}`, stay: 4_000 })
    else if (state === 'failed')
      toast({
        kind: 'bad',
        title: job.title,
        text: reasonOf(job) ?? undefined,
        action: { label: 'Show', run: () => void router.push(pathOfJob(job)) },
      })
    else toast({ kind: 'info', title: `${job.title}: ${state}`, text: reasonOf(job) ?? undefined })
  })
  onBeforeUnmount(off)
}

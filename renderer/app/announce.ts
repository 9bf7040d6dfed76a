import { onBeforeUnmount } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Job } from '#contract'
import { useJobs } from '../engine/index.ts'
import { say, toast } from '../ui/index.ts'
import { millisOf, reasonOf, tookOf } from './jobWords.ts'
import { pathOf, pathOfJob } from './places.ts'
import { rooms } from './rooms.ts'

/** Work shorter than this is over before anyone looks away. */
const LONG_MS = 5_000

/**
 * Says when a job ends. A failure is shown with its reason and the way there, unless the page in view shows it. A success is spoken, and shown
 * only where the person may have missed it: it took long, or its page was left meanwhile.
 */
export function useAnnouncements(): void {
  const jobs = useJobs()
  const route = useRoute()
  const router = useRouter()
  const isOn = (job: Job) => {
    const base = pathOf(job.room as never)
    return route.path === base || route.path.startsWith(`${base}/`)
  }
  /* Jobs whose page was in view while they were under way. */
  const seen = new Set<Job['id']>()
  const look = () => {
    for (const job of jobs.open) if (isOn(job)) seen.add(job.id)
  }
  const offRoute = router.beforeEach(look)
  const offEnd = jobs.onEnd(job => {
    // a search tells how it ended; its trials, which it stops and counts by itself, would be a heap of words
    if (job.room === 'training' && job.verb === 'trial') return
    const { state } = job.status
    const wasLeft = seen.delete(job.id) && !isOn(job)
    if (state === 'succeeded') {
      const text = `Done in ${tookOf(job)}`
      say(`${job.title}: ${text}`)
      if (wasLeft || (millisOf(job) ?? 0) > LONG_MS)
        toast({
          kind: 'good',
          title: job.title,
          text,
          stay: 4_000,
          ...(isOn(job) || !rooms.some(room => room.name === job.room)
            ? {}
            : { action: { label: 'Show', run: () => void router.push(pathOfJob(job)) } }),
        })
    } else if (state === 'failed') {
      if (jobs.said.has(job.id) && isOn(job)) return
      toast({
        kind: 'bad',
        title: job.title,
        text: reasonOf(job) ?? undefined,
        action: { label: 'Show', run: () => void router.push(pathOfJob(job)) },
      })
    } else toast({ kind: 'info', title: `${job.title}: ${state}`, text: reasonOf(job) ?? undefined })
  })
  onBeforeUnmount(() => {
    offRoute()
    offEnd()
  })
}

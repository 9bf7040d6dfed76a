import type { Job, Packed, Received, SiteModel, TakenBatch } from '#contract'
import { plural } from '../../../ui/format.ts'

const resultsOf = <T>(jobs: readonly Job[], verb: string): { job: Job; result: T }[] =>
  jobs
    .filter(job => job.room === 'publishing' && job.verb === verb && job.status.state === 'succeeded')
    .map(job => ({ job, result: (job.status as unknown as { result: T }).result }))
    .sort((a, b) => (b.job.endedAt ?? '').localeCompare(a.job.endedAt ?? ''))

/** The packs that were made here, newest first. */
export const packsOf = (jobs: readonly Job[]): { job: Job; packed: Packed }[] =>
  resultsOf<Packed>(jobs, 'pack').map(({ job, result }) => ({ job, packed: result }))

/** What was read back here, newest first. */
export const returnsOf = (jobs: readonly Job[]): { job: Job; received: Received }[] =>
  resultsOf<Received>(jobs, 'receive').map(({ job, result }) => ({ job, received: result }))

const broughtText = (records: number, samples: number, word: string): string =>
  [records ? plural(records, `${word}record`) : '', samples ? plural(samples, `${word}sample`) : '']
    .filter(Boolean)
    .join(' and ')

/** "212 records and 14 samples are new" */
export function arrivedText({ newRecords, newSamples, batches }: Received): string {
  if (!batches.length) return 'There was nothing of a device on it.'
  if (!newRecords && !newSamples) return 'All of it was here already; reading it twice does no harm.'
  const isOne = newRecords + newSamples === 1
  return `${broughtText(newRecords, newSamples, '')} ${isOne ? 'is' : 'are'} new.`
}

/** What one file brought. */
export const batchText = (batch: TakenBatch): string =>
  batch.refused
    ? batch.refused.message
    : batch.newRecords || batch.newSamples
      ? broughtText(batch.newRecords, batch.newSamples, 'new ')
      : 'was here already'

/** "strikes v3 and v2": the versions of a model that devices of a site may want. */
export const contentText = ({ model, rollout, stable }: SiteModel): string =>
  `${model} ${[rollout?.version, stable]
    .filter(version => version != null)
    .map(version => `v${version}`)
    .join(' and ')}`

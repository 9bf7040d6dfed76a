import type { Anomaly, Job } from '#contract'
import type { Flow } from '../../app/flow.ts'
import { pathOf } from '../../app/places.ts'
import { plural, type StatusKind } from '../../ui/index.ts'
import { checkText } from '../evaluation/index.ts'

/** Something that needs a person: what, where, and which button. */
export interface Attention {
  key: string
  kind: StatusKind
  text: string
  room: string
  button: string
  /** The page with the way out. */
  path: string
  /** The flow to be on there; none for what belongs to no flow. */
  dataset: string | null
  /** The job to run again, where that is the way out. */
  again?: Job['id']
}

/**
 * What needs a person, what blocks first.
 * @param flows all flows of the workspace
 * @param jobs jobs of the workspace, newest first
 */
export function attentionOf(flows: readonly Flow[], jobs: readonly Job[]): Attention[] {
  const found: Attention[] = []
  for (const flow of flows) {
    const { dataset } = flow
    const open = flow.validation?.anomalies.filter(anomaly => !anomaly.accepted) ?? []
    const errors = open.filter(anomaly => anomaly.severity === 'error')
    const first = errors[0] ?? open[0]
    if (first && flow.validation && flow.validation.verdict !== 'good')
      found.push({
        key: `validation-${dataset}`,
        kind: errors.length ? 'bad' : 'warn',
        text: `${dataset}: ${anomalyText(open, errors.length, first)}`,
        room: 'Validation',
        button: 'Review',
        path: pathOf('validation'),
        dataset,
      })
    const newest = flow.runs[0]
    if (newest?.state === 'failed')
      found.push({
        key: newest.id,
        kind: 'bad',
        text: `${newest.id} failed: ${newest.failure?.message ?? 'no reason was kept'}`,
        room: 'Training',
        button: 'Show the run',
        path: pathOf('training', newest.id),
        dataset,
      })
    else if (newest?.state === 'interrupted')
      found.push({
        key: newest.id,
        kind: 'interrupted',
        text: `${newest.id} was interrupted after epoch ${newest.epochs.at(-1)?.epoch ?? 0} of ${newest.plan.epochs}`,
        room: 'Training',
        button: 'Continue',
        path: pathOf('training', newest.id),
        dataset,
      })
    const { evaluation } = flow
    const missed = evaluation?.gate.checks.find(check => !check.passed)
    if (evaluation && missed)
      found.push({
        key: evaluation.id,
        kind: 'bad',
        text: `${evaluation.model}: ${checkText(missed)}`,
        room: 'Evaluation',
        button: 'Compare',
        path: pathOf('evaluation', evaluation.id),
        dataset,
      })
    for (const device of flow.devices) {
      const model = device.models.find(one => one.failure)
      if (device.health === 'healthy' && !model) continue
      found.push({
        key: `device-${device.id}`,
        kind: device.health === 'offline' ? 'offline' : 'warn',
        text: model?.failure
          ? `${device.name}: ${model.failure.message}`
          : device.health === 'offline'
            ? `${device.name} is offline`
            : `${device.name} wants a look`,
        room: 'Publishing',
        button: 'Show the device',
        path: pathOf('publishing', device.id),
        dataset,
      })
    }
  }
  /* Of the jobs only the newest of each kind: what was run again since is settled. */
  const seen = new Set<string>()
  for (const job of jobs) {
    const kind = `${job.room}.${job.verb} ${JSON.stringify(job.input)}`
    if (seen.has(kind)) continue
    seen.add(kind)
    const { status } = job
    if (job.room === 'training' || (status.state !== 'failed' && status.state !== 'interrupted')) continue
    found.push({
      key: job.id,
      kind: status.state === 'failed' ? 'bad' : 'interrupted',
      text:
        status.state === 'failed'
          ? `${job.title}: ${status.failure.message}`
          : `${job.title} was interrupted`,
      room: titleOf(job.room),
      button: 'Run again',
      path: '',
      dataset: null,
      again: job.id,
    })
  }
  const rank: Partial<Record<StatusKind, number>> = { bad: 0, warn: 1, offline: 2, interrupted: 3 }
  return found.sort((a, b) => (rank[a.kind] ?? 9) - (rank[b.kind] ?? 9))
}

/* One anomaly in its own words, of several how many and the first; one without a feature is of the whole dataset. */
function anomalyText(open: readonly Anomaly[], errors: number, first: Anomaly): string {
  const of = first.feature ? `${first.feature}, ` : ''
  if (open.length === 1) return `${of}${lower(first.title)}. ${first.detail}`
  const named = first.feature || lower(first.title)
  return errors
    ? `${errors} of ${plural(open.length, 'anomaly', 'anomalies')} ${errors === 1 ? 'blocks' : 'block'}, ${named} first`
    : `${plural(open.length, 'anomaly', 'anomalies')} want a look, ${named} first`
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
const titleOf = (room: string): string =>
  room === 'dataset' ? 'Data' : room.charAt(0).toUpperCase() + room.slice(1)
